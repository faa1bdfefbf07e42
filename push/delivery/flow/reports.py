"""What each worker says of its lanes, so that those who watch see why something is slow."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from msgspec import Struct

from push.database import DATABASE_AWAY

log = structlog.get_logger()
EVERY_SECONDS = 2.0


class LaneReport(Struct, frozen=True, kw_only=True):
    """How one worker gets on with one push service."""

    app_id: str
    worker_id: str
    lane: str
    """`fcm`, or `web_push:` and the service's domain."""
    state: str
    """`open` at full rate, `slowed` below it; `stopped`, `probing`, `ramping` around an outage."""
    per_second: float
    """Messages that went lately."""
    limit_per_second: float
    window: int
    """How many may be under way at once."""
    in_flight: int
    good: int
    """Answers of the last ten seconds or so that said what becomes of the message."""
    bad: int
    """Answers of that time that said "not now": errors, time-outs, 429."""
    at: datetime

    @property
    def idle(self) -> bool:
        return self.state == "open" and not (self.in_flight or self.good or self.bad)


class Reports(Protocol):
    async def put(self, reports: Sequence[LaneReport]) -> None: ...


async def keep_reporting(reports: Reports, lanes: Callable[[], Sequence[LaneReport]]) -> None:
    """Until cancelled. What is idle is said once and then no more."""
    idle: set[tuple[str, str]] = set()
    while True:
        now = lanes()
        told = [each for each in now if not each.idle or (each.app_id, each.lane) not in idle]
        try:
            if told:
                await reports.put(told)
        except DATABASE_AWAY as error:
            log.warning("lanes_not_reported", error=type(error).__name__)
        except Exception:
            log.exception("lanes_not_reported")
        else:
            idle = {(each.app_id, each.lane) for each in now if each.idle}
        await asyncio.sleep(EVERY_SECONDS)
