"""An import, how far it has come, and what one line of it says."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from push.devices.model import Device
from push.people.model import Consent, Value
from sdk_contracts.wire.people import ImportedPerson

Format = Literal["ndjson", "csv"]
MOST_ERRORS = 1000
"""Listed ones; all are counted."""


class LineError(Struct, frozen=True, kw_only=True):
    """Why a line was left out. Never a value of it: an import says nothing of a person."""

    line: int
    """From 1, as editors count."""
    pointer: str
    detail: str


class Counts(Struct, frozen=True, kw_only=True):
    """What became of lines."""

    people_created: int = 0
    people_known: int = 0
    devices_created: int = 0
    devices_known: int = 0
    """Left as they describe themselves."""
    failed: int = 0


class Import(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    key: str
    """Stands for the Idempotency-Key; unique."""
    format: Format
    state: Literal["running", "done"] = "running"
    lines: int = 0
    """Stored for good: whoever sends the same again goes on behind these."""
    digest: str = ""
    """Of those lines, so that another file is not taken for the same."""
    counts: Counts = Counts()
    errors: tuple[LineError, ...] = ()
    started_at: datetime
    finished_at: datetime | None = None
    until: datetime
    """When whoever stores it counts as lost."""
    attempt: int = 0


class Line(Struct, frozen=True, kw_only=True):
    """A line that can be stored."""

    number: int
    said: ImportedPerson
    attributes: dict[str, Value | None]
    consent: Consent | None
    devices: tuple[Device, ...]
    """Complete but for their person."""
