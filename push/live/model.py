"""One look at what an app is sending and what comes back."""

from datetime import datetime

from msgspec import Struct

from push.delivery.flow.reports import LaneReport
from push.delivery.model import Queue

STEPS = ("accepted", "received", "opened")


class Pace(Struct, frozen=True, kw_only=True):
    """A campaign between two looks."""

    campaign_id: str
    name: str
    state: str
    waiting: int
    """Planned and not sent yet, on all channels."""
    per_second: dict[str, float]
    """`accepted`, `received` and `opened`, on all channels."""


class Standing(Struct, frozen=True, kw_only=True):
    """What waits in all apps together, for those who run it."""

    batches: int = 0
    held: int = 0
    due: int = 0
    oldest_waiting_seconds: float = 0.0
    lanes: dict[tuple[str, str], int]
    """How many lanes there are by kind of push service (`fcm`, `web_push`) and state."""


class Live(Struct, frozen=True, kw_only=True):
    as_of: datetime
    campaigns: list[Pace]
    queue: Queue
    lanes: list[LaneReport]
