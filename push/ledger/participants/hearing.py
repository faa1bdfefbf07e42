"""A person's part in a campaign, as what is reported changes it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from push.database import Document
from push.ledger.model import end_of


class Told(NamedTuple):
    """A step of a delivery, as it is reported."""

    campaign_id: str
    person_id: str
    delivery_id: str
    step: str
    at: datetime
    shows: Sequence[str]
    """What its person has done by it."""
    bucket: str | None
    """Where the event is kept that told so: all that is stored together of a campaign has the same one."""


class Heard:
    """A person's document as it is, and as it is to be."""

    def __init__(self, known: Document | None, told: Told) -> None:
        self.is_new = known is None
        self.known: Document = known or {}
        self.fields: Document = {}
        self._whose = {"campaign_id": told.campaign_id, "person_id": told.person_id}
        self._steps: dict[str, dict[str, datetime]] = self.known.get("steps") or {}
        self.bucket: str | None = None
        """In which there is something new of them."""

    def hear(self, told: Told) -> list[str] | None:
        """What the person has done for the first time by it; None where it was known."""
        step, at = told.step, told.at
        times = self._steps.setdefault(step, {})
        end = end_of(told.delivery_id)
        if end in times:
            return None
        times[end] = at
        fields = self.fields
        fields[f"steps.{step}"] = times
        self.bucket = told.bucket or self.bucket
        first = []
        for did in told.shows:
            name = f"{did}_at"
            before: datetime | None = fields.get(name)
            if before is None and (known := self.known.get(name)) is not None:
                before = known.replace(tzinfo=UTC)
            if before is None:
                first.append(did)
            if before is None or at < before:
                fields[name] = at
        return first

    def document(self, app_id: str, key: str) -> Document:
        """Of one who was not heard of."""
        fields = {name: value for name, value in self.fields.items() if not name.startswith("steps.")}
        # Whatever they did by it, it had reached them.
        at = fields["reached_at"]
        heard = [self.bucket] if self.bucket is not None else []
        return {"_id": key, "app_id": app_id, **self._whose, "at": at, **fields, "steps": self._steps, "heard": heard}
