"""What a device reports, once it is known to be allowed to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from push.database import Document
from push.engagement.attribution.model import OUTCOMES_KEPT, SESSION, SESSIONS_KEPT, Outcome, units
from push.engagement.attribution.service import SETTLES
from push.ledger.model import CONFIRMING_PLATFORMS, campaign_of, channel_of
from push.ledger.participants.model import STEPS as PARTICIPANT_STEPS

OLDEST = timedelta(days=60)
"""Older events are refused: by then their first report may be forgotten."""


class Report(Struct, frozen=True, kw_only=True):
    """A step of a delivery, or a conversion that can come more than once."""

    app_id: str
    delivery_id: str
    kind: str
    at: datetime
    event_id: str
    platform: str | None = None
    locale: str | None = None
    variant: str | None = None
    """Of an experiment: the group its person is in."""
    person_id: str | None = None
    """Whose delivery it is, as the ledger has it."""
    action_id: str | None = None
    name: str | None = None
    value: float | None = None
    currency: str | None = None
    first_row: Document | None = None
    """Of a broadcast: the delivery's row, unless there is one already."""

    @property
    def key(self) -> str:
        """Whatever is reported under the same key is the same step, so it counts once."""
        return f"{self.delivery_id}:{self.kind}"

    @property
    def event_key(self) -> str:
        """Of one that repeats: whatever is reported under the same key is the same event."""
        return f"{self.key}:{self.event_id}"

    @property
    def whose(self) -> str | None:
        return self.person_id or (self.first_row or {}).get("person_id")

    @property
    def confirms(self) -> bool:
        """A push has arrived where its acceptance was not counted as confirmable."""
        unexpected = self.platform not in CONFIRMING_PLATFORMS
        return self.kind == "received" and unexpected and channel_of(self.delivery_id) == "push"

    @property
    def shows(self) -> Sequence[str]:
        """What its person has done by it, in the words of a participant."""
        return ("reached", self.kind) if self.kind in PARTICIPANT_STEPS else ("reached",)

    @property
    def repeats(self) -> bool:
        """Conversions come more than once; only the first is a step, but each has its value."""
        return self.kind == "converted"

    def document(self, received_at: datetime) -> Document:
        given = {"action_id": self.action_id, "name": self.name, "value": self.value, "currency": self.currency}
        return {
            "campaign_id": campaign_of(self.delivery_id),
            "delivery_id": self.delivery_id,
            "kind": self.kind,
            "event_id": self.event_id,
            "at": self.at,
            "received_at": received_at,
            **{name: value for name, value in given.items() if value is not None},
        }


class Deed(Struct, frozen=True, kw_only=True):
    """What a person did by themselves, apart from any delivery: it has a name."""

    app_id: str
    device_id: str
    person_id: str
    kind: str
    name: str
    at: datetime
    event_id: str
    action_id: str | None = None
    value: float | None = None
    currency: str | None = None

    @property
    def key(self) -> str:
        return f"{self.device_id}:{self.event_id}"

    @property
    def event_key(self) -> str:
        return self.key

    @property
    def whose(self) -> str:
        return self.person_id

    def document(self, received_at: datetime) -> Document:
        given = {"name": self.name, "value": self.value, "currency": self.currency, "action_id": self.action_id}
        return {
            "kind": self.kind,
            "event_id": self.event_id,
            "at": self.at,
            "received_at": received_at,
            **{name: value for name, value in given.items() if value is not None},
        }


def outcome_of(thing: Report | Deed, now: datetime) -> Outcome | None:
    """What may be a campaign's doing."""
    if thing.kind != "converted" or thing.whose is None:
        return None
    delivery = thing.delivery_id if isinstance(thing, Report) else None
    session = thing.name == SESSION and delivery is None
    return Outcome(
        id=thing.event_key,
        app_id=thing.app_id,
        person_id=thing.whose,
        at=thing.at,
        name=thing.name,
        value=None if session else units(thing.value),
        currency=None if session else thing.currency,
        campaign_id=campaign_of(delivery) if delivery is not None else None,
        due_at=now + SETTLES,
        expires_at=thing.at + (SESSIONS_KEPT if session else OUTCOMES_KEPT),
    )
