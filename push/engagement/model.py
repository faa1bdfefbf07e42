"""What a device reports, once it is known to be allowed to."""

from datetime import datetime, timedelta

from msgspec import Struct

from push.database import Document
from push.ledger.model import CONFIRMING_PLATFORMS, campaign_of, channel_of

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
    def step_key(self) -> str:
        """Whatever is reported under the same key is the same step, so it counts once."""
        return f"{self.delivery_id}:{self.kind}"

    @property
    def whose(self) -> str | None:
        return self.person_id or (self.first_row or {}).get("person_id")

    @property
    def confirms(self) -> bool:
        """A push has arrived where its acceptance was not counted as confirmable."""
        unexpected = self.platform not in CONFIRMING_PLATFORMS
        return self.kind == "received" and unexpected and channel_of(self.delivery_id) == "push"

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
