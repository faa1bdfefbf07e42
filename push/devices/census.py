"""How many devices an app has, of which kinds. Counting reads all of them, so it is done once for all who ask."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import structlog
from msgspec import Struct

from push.clock import Clock
from push.database import DATABASE_AWAY, Document, patiently
from push.devices.model import STALE_AFTER
from push.devices.store import KINDS, DeviceStore

log = structlog.get_logger()
GOOD_SECONDS = 10.0
"""A count this old is given to whoever asks."""
RESTS = 20.0
"""So many times as long as it took, a count is good for at least: a large app is counted less often."""
OLDEST_SECONDS = 900.0
"""Nobody is given a count older than this: they wait for the next."""
MOST_SECONDS = 60.0
MOST_KINDS = 20
"""Named of each; the others are one number."""
_MOST_APPS = 1000


class Kinds(Struct, frozen=True, kw_only=True):
    """Devices by one thing they say of themselves; the most frequent answers first."""

    counts: dict[str, tuple[int, int]]
    """How many, and how many of them can be pushed to."""
    other: int
    """Of those with another answer than these."""
    unknown: int
    """Of those that never said."""


class Census(Struct, frozen=True, kw_only=True):
    as_of: datetime
    devices: int
    reachable: int
    """Opted in, with a live address."""
    stale: int
    """Of these, with an FCM address not confirmed for 30 days."""
    by_platform: dict[str, tuple[int, int]]
    """How many, and how many of them can be pushed to."""
    kinds: dict[str, Kinds]
    """By `app_version`, `os_version`, `locale` and `timezone`."""


class Censuses:
    """What was counted last is given at once, and counted again behind the one who asked when it is old."""

    def __init__(self, devices: DeviceStore, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock
        self._known: dict[str, tuple[Census, float, float]] = {}
        """By app: what was counted, when that ended, and for how many seconds it is good."""
        self._counting: dict[str, asyncio.Task[Census]] = {}

    async def census(self, app_id: str) -> Census:
        """Raises one of DATABASE_AWAY where none is at hand."""
        known = self._known.get(app_id)
        if known is None:
            return await asyncio.shield(self._count(app_id))
        found, ended, good = known
        age = time.monotonic() - ended
        if age > max(OLDEST_SECONDS, good):
            return await asyncio.shield(self._count(app_id))
        if age > good:
            self._count(app_id)
        return found

    def _count(self, app_id: str) -> "asyncio.Task[Census]":
        if app_id not in self._counting:
            self._counting[app_id] = asyncio.create_task(self._counted(app_id))
            self._counting[app_id].add_done_callback(lambda task: self._ended(app_id, task))
        return self._counting[app_id]

    def _ended(self, app_id: str, task: "asyncio.Task[Census]") -> None:
        del self._counting[app_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waits for it is told as well.
            told = log.warning if isinstance(error, DATABASE_AWAY) else log.error
            told("devices_not_counted", app_id=app_id, error=type(error).__name__)

    async def _counted(self, app_id: str) -> Census:
        began, now = time.monotonic(), self._clock.now()
        with patiently(MOST_SECONDS):
            groups = await self._devices.census(app_id, now - STALE_AFTER)
            kinds = {name: _kinds(await self._devices.kinds(app_id, name)) for name in KINDS}
        found = _census(now, groups, kinds)
        ended = time.monotonic()
        while len(self._known) >= _MOST_APPS:
            del self._known[next(iter(self._known))]
        self._known[app_id] = found, ended, max(GOOD_SECONDS, RESTS * (ended - began))
        return found


def _census(at: datetime, groups: list[Document], kinds: Mapping[str, Kinds]) -> Census:
    counts: Counter[str] = Counter()
    reachable: Counter[str] = Counter()
    stale = 0
    for group in groups:
        key = group["_id"]
        counts[key["platform"]] += group["devices"]
        if key["opted_in"] and key["reachable"]:
            reachable[key["platform"]] += group["devices"]
            stale += group["stale"]
    return Census(
        as_of=at,
        devices=counts.total(),
        reachable=reachable.total(),
        stale=stale,
        by_platform={platform: (count, reachable[platform]) for platform, count in counts.most_common()},
        kinds=dict(kinds),
    )


def _kinds(groups: list[Document]) -> Kinds:
    """The most frequent by name; what comes behind them is one number."""
    said = [group for group in groups if group["_id"] is not None]
    shown, others = said[:MOST_KINDS], said[MOST_KINDS:]
    return Kinds(
        counts={str(group["_id"]): (group["devices"], group["reachable"]) for group in shown},
        other=sum(group["devices"] for group in others),
        unknown=sum(group["devices"] for group in groups if group["_id"] is None),
    )
