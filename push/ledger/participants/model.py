"""A person and a campaign: what of it reached them, and what they did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from push.database import Document
from push.ids import body
from push.ledger.model import end_of

How = Literal["direct", "influenced"]
STEPS = ("reached", "opened", "clicked", "converted")
"""Each has the first time of any of the person's devices. Whatever a device reports of a delivery shows that it reached
its person."""


class Participant(Struct, frozen=True, kw_only=True):
    campaign_id: str
    person_id: str
    variant: str | None = None
    """Of an experiment: the person's group."""
    planned_at: datetime | None = None
    """Of an experiment: when their group was drawn."""
    reached_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    converted_at: datetime | None = None
    """By a delivery of the campaign; of an experiment, also by themselves within the window."""
    influenced_at: datetime | None = None
    """When they came to the app by themselves soon after it had reached them, and never tapped it."""
    credited_at: datetime | None = None
    """When they first did what the campaign was to bring about, as far as it is its doing."""
    credited: How | None = None

    @property
    def tapped_at(self) -> datetime | None:
        return min((at for at in (self.opened_at, self.clicked_at) if at is not None), default=None)


class Change(Struct, frozen=True):
    """What one person changes in the numbers of a campaign."""

    campaign_id: str
    variant: str | None
    name: str
    by: int = 1


def steps_on(steps: Mapping[str, Mapping[str, datetime]], delivery_id: str) -> Document:
    """Of one delivery, as a ledger row has them: `{"opened_at": …}`."""
    end = end_of(delivery_id)
    return {f"{step}_at": times[end] for step, times in steps.items() if end in times}


def deliveries_in(person: Document) -> list[str]:
    """Of which something was heard."""
    stem = f"dlv_{body(person['campaign_id'])}"
    return [stem + end for end in dict.fromkeys(end for times in (person.get("steps") or {}).values() for end in times)]
