"""What an export has in it: columns, in the order of the file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from push.ledger.model import STEPS

What = Literal["deliveries", "events"]
Format = Literal["csv", "ndjson", "parquet"]


class Column(Struct, frozen=True):
    name: str
    kind: Literal["text", "time", "number"] = "text"


def _times(*names: str) -> list[Column]:
    return [Column(name, "time") for name in names]


COLUMNS: dict[What, Sequence[Column]] = {
    "deliveries": [
        *(Column(name) for name in ("delivery_id", "channel", "external_id", "person_id", "device_id", "platform")),
        *(Column(name) for name in ("variant", "state", "reason", "died_of")),
        *_times("planned_at", "not_before", "redriven_at", *(f"{step}_at" for step in STEPS)),
    ],
    "events": [
        *(Column(name) for name in ("event_id", "delivery_id", "kind")),
        *_times("at", "received_at"),
        *(Column(name) for name in ("action_id", "name")),
        Column("value", "number"),
        Column("currency"),
    ],
}
VISITS: Sequence[Column] = [
    Column("at", "time"),
    *(Column(name, "number") for name in ("scans", "clicks", "unique", "robots", "late")),
]
"""Of a placement, a line for each hour or day in which anything was counted."""
Line = dict[str, Any]
"""By column; what is not known is None or left out. Times are `datetime`s."""


def told(value: Any) -> Any:
    """A value as text formats have it: times in RFC 3339, to the millisecond."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return value
