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


class Live(Struct, frozen=True, kw_only=True):
    as_of: datetime
    campaigns: list[Pace]
    queue: Queue
    lanes: list[LaneReport]
