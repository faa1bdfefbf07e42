"""What a device reports, once it is known to be allowed to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from push.database import Document
from push.devices.model import Device
from push.engagement.attribution.model import OUTCOMES_KEPT, SESSION, SESSIONS_KEPT, Outcome, units
from push.engagement.attribution.service import SETTLES
from push.ledger.model import CONFIRMING_PLATFORMS, campaign_of, channel_of, recipient_of
from push.ledger.participants.model import STEPS as PARTICIPANT_STEPS

OLDEST = timedelta(days=60)
"""Older events are refused: by then their first report may be forgotten."""
_REACHED = ("reached",)
_SHOWS = {step: ("reached", step) for step in PARTICIPANT_STEPS}


class Report(Struct, frozen=True, kw_only=True):
    """A step of a delivery, or a conversion that can come more than once."""

    app_id: str
    delivery_id: str
    kind: str
    at: datetime
    event_id: str
    keyed: bool = False
    """It comes with the device's key and without a receipt: only deliveries to `device` or its person are its own."""
    device: Device | None = None
    action_id: str | None = None
    name: str | None = None
    value: float | None = None
    currency: str | None = None
    first_row: Document | None = None
    """Of a broadcast: the delivery's row, unless there is one already."""

    @property
    def event_key(self) -> str:
        """Of one that repeats: whatever is reported under the same key is the same event."""
        return f"{self.delivery_id}:{self.kind}:{self.event_id}"

    def may_tell(self, row: Document) -> bool:
        """Whether who reports it may, of the delivery with this row."""
        if not self.keyed:
            return True
        if self.device is None:
            return False
        if channel_of(self.delivery_id) == "push":
            return recipient_of(self.delivery_id) == self.device.id
        return bool(row["person_id"] == self.device.person_id)

    @property
    def shows(self) -> Sequence[str]:
        """What its person has done by it, in the words of a participant."""
        return _SHOWS.get(self.kind, _REACHED)

    @property
    def repeats(self) -> bool:
        """Conversions come more than once; only the first is a step, but each has its value."""
        return self.kind == "converted"

    def event(self) -> Document:
        """What is kept of it, beside whose it is and when it came."""
        told: Document = {"kind": self.kind, "event_id": self.event_id, "at": self.at}
        if self.action_id is not None:
            told["action_id"] = self.action_id
        if self.name is not None:
            told["name"] = self.name
        if self.value is not None:
            told["value"] = self.value
        if self.currency is not None:
            told["currency"] = self.currency
        return told

    def document(self) -> Document:
        return {"campaign_id": campaign_of(self.delivery_id), "delivery_id": self.delivery_id, **self.event()}


def confirms(kind: str, channel: str, platform: str | None) -> bool:
    """A push has arrived where its acceptance was not counted as confirmable."""
    return kind == "received" and platform not in CONFIRMING_PLATFORMS and channel == "push"


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
    def event_key(self) -> str:
        return f"{self.device_id}:{self.event_id}"

    def document(self) -> Document:
        given = {"name": self.name, "value": self.value, "currency": self.currency, "action_id": self.action_id}
        return {
            "kind": self.kind,
            "event_id": self.event_id,
            "at": self.at,
            **{name: value for name, value in given.items() if value is not None},
        }


def outcome_of(thing: Report | Deed, person_id: str, now: datetime) -> Outcome | None:
    """What may be a campaign's doing."""
    if thing.kind != "converted":
        return None
    delivery = thing.delivery_id if isinstance(thing, Report) else None
    session = thing.name == SESSION and delivery is None
    return Outcome(
        id=thing.event_key,
        app_id=thing.app_id,
        person_id=person_id,
        at=thing.at,
        name=thing.name,
        value=None if session else units(thing.value),
        currency=None if session else thing.currency,
        campaign_id=campaign_of(delivery) if delivery is not None else None,
        due_at=now + SETTLES,
        expires_at=thing.at + (SESSIONS_KEPT if session else OUTCOMES_KEPT),
    )
