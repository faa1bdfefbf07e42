"""Looks at the counters, the queue and the lanes every two seconds, once for all who watch an app."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from push.apps.service import Apps
from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY
from push.delivery.flow.store import LaneReportStore
from push.delivery.store import BatchStore
from push.errors import DatabaseAway, StreamsFull
from push.ledger.counters.store import Counters
from push.live.model import STEPS, Live, Pace, Standing

log = structlog.get_logger()
EVERY_SECONDS = 2.0
LINGER_SECONDS = 12.0
"""Looking goes on so long after somebody asked for one look: when they ask again, it is known how fast things are."""
FIRST_LOOK_SECONDS = 4.0
MOST_WATCHERS = 200
"""At the same time, in one process."""
_NEWEST = 20
_UNDER_WAY = 50
_STANDING_APPS = 100
_STANDS_SECONDS = 5.0


class _Look(Struct, frozen=True):
    at: datetime
    counted: dict[str, dict[str, int]]
    """By campaign, then step."""


class LiveNumbers:
    def __init__(
        self,
        campaigns: CampaignStore,
        counters: Counters,
        batches: BatchStore,
        lanes: LaneReportStore,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._counters = counters
        self._batches = batches
        self._lanes = lanes
        self._clock = clock
        self._watchers: dict[str, set[asyncio.Queue[Live | None]]] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, float] = {}
        """By app: when somebody last asked for one look."""
        self._latest: dict[str, Live] = {}
        self._closing = False
        self._stands: Standing | None = None
        self._stood_until = float("-inf")

    def admit(self) -> None:
        """Raises StreamsFull."""
        if self._closing or sum(map(len, self._watchers.values())) >= MOST_WATCHERS:
            raise StreamsFull

    async def watch(self, app_id: str) -> AsyncIterator[Live]:
        """A look every two seconds, until this process stops. Who reads slowly misses looks, and gets the latest."""
        told = self._join(app_id)
        try:
            while not self._closing and (live := await told.get()) is not None:
                yield live
        finally:
            # Nothing is awaited here: after a disconnect the first wait would be the last.
            self._leave(app_id, told)

    async def now(self, app_id: str) -> Live:
        """One look: the last one, if somebody watches or asked a moment ago. Raises StreamsFull, DatabaseAway."""
        latest = self._latest.get(app_id)
        if latest is None:
            self.admit()
        self._asked[app_id] = asyncio.get_running_loop().time()
        if latest is not None:
            return latest
        told = self._join(app_id)
        try:
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                live = await told.get()
        except TimeoutError as error:
            raise DatabaseAway from error
        finally:
            self._leave(app_id, told)
        if live is None:
            raise StreamsFull
        return live

    def _join(self, app_id: str) -> "asyncio.Queue[Live | None]":
        told: asyncio.Queue[Live | None] = asyncio.Queue(maxsize=1)
        self._watchers.setdefault(app_id, set()).add(told)
        if app_id not in self._looking:
            self._looking[app_id] = asyncio.create_task(self._look_again(app_id))
        return told

    def _leave(self, app_id: str, told: "asyncio.Queue[Live | None]") -> None:
        watchers = self._watchers[app_id]
        watchers.discard(told)
        if not watchers:
            del self._watchers[app_id]
            if not self._lingers(app_id):
                self._stop(app_id)

    def _lingers(self, app_id: str) -> bool:
        asked = self._asked.get(app_id)
        return asked is not None and asyncio.get_running_loop().time() - asked < LINGER_SECONDS

    def _stop(self, app_id: str) -> None:
        self._looking.pop(app_id).cancel()
        self._latest.pop(app_id, None)
        self._asked.pop(app_id, None)

    def end_all(self) -> None:
        """Every stream ends now, and none begins."""
        self._closing = True
        for watchers in self._watchers.values():
            for told in watchers:
                _put(told, None)
        for app_id in [each for each in self._looking if each not in self._watchers]:
            self._stop(app_id)

    async def standing(self, app_ids: Sequence[str]) -> Standing:
        """What waits in these apps. Raises one of DATABASE_AWAY."""
        now = self._clock.now()
        queues = [await self._batches.queue(app_id, now) for app_id in app_ids]
        lanes: Counter[tuple[str, str]] = Counter()
        for app_id in app_ids:
            for lane in await self._lanes.of_app(app_id, now):
                lanes[lane.lane.partition(":")[0], lane.state] += 1
        oldest = min((each.oldest_due_at for each in queues if each.oldest_due_at is not None), default=now)
        return Standing(
            batches=sum(each.batches for each in queues),
            held=sum(each.held for each in queues),
            due=sum(each.due for each in queues),
            oldest_waiting_seconds=max(0.0, (now - oldest).total_seconds()),
            lanes=dict(lanes),
        )

    async def standing_of_all(self, apps: Apps) -> Standing | None:
        """At most some seconds old, of the first apps; None while the database does not answer."""
        if time.monotonic() > self._stood_until:
            try:
                app_ids = [app.id for app in await apps.all()][:_STANDING_APPS]
                self._stands, self._stood_until = await self.standing(app_ids), time.monotonic() + _STANDS_SECONDS
            except DATABASE_AWAY:
                return None
        return self._stands

    async def _look_again(self, app_id: str) -> None:
        before: _Look | None = None
        while True:
            try:
                live, before = await self._look(app_id, before)
            except DATABASE_AWAY as error:
                self._latest.pop(app_id, None)
                log.warning("no_live_numbers", app_id=app_id, error=type(error).__name__)
            except Exception:
                self._latest.pop(app_id, None)
                log.exception("no_live_numbers", app_id=app_id)
            else:
                self._latest[app_id] = live
                for told in self._watchers.get(app_id, ()):
                    _put(told, live)
            await asyncio.sleep(EVERY_SECONDS)
            if app_id not in self._watchers and not self._lingers(app_id):
                self._stop(app_id)

    async def _look(self, app_id: str, before: _Look | None) -> tuple[Live, _Look]:
        now = self._clock.now()
        campaigns = await self._campaigns.active(app_id, _UNDER_WAY, _NEWEST)
        sums = await asyncio.gather(*(self._counters.totals(app_id, each.id) for each in campaigns))
        waiting: dict[str, int] = {}
        counted: dict[str, dict[str, int]] = {}
        for campaign, channels in zip(campaigns, sums, strict=True):
            waiting[campaign.id] = sum(counts["planned"] for counts in channels.values())
            counted[campaign.id] = {step: sum(counts[step] for counts in channels.values()) for step in STEPS}
        live = Live(
            as_of=now,
            campaigns=[_pace(each, waiting[each.id], counted[each.id], before, now) for each in campaigns],
            queue=await self._batches.queue(app_id, now),
            lanes=sorted(await self._lanes.of_app(app_id, now), key=lambda lane: (lane.lane, lane.worker_id)),
        )
        return live, _Look(now, counted)


def _pace(campaign: Campaign, waiting: int, counted: dict[str, int], before: _Look | None, now: datetime) -> Pace:
    """Between two looks; of a campaign that was not looked at before nothing is known yet, and so nothing said."""
    seen = before.counted.get(campaign.id) if before else None
    seconds = (now - before.at).total_seconds() if before else 0.0
    if before and seen is None and campaign.launched_at is not None and campaign.launched_at >= before.at:
        seen = dict.fromkeys(STEPS, 0)
    return Pace(
        campaign_id=campaign.id,
        name=campaign.name,
        state=campaign.state,
        waiting=waiting,
        per_second={step: max(0, counted[step] - seen[step]) / seconds for step in STEPS}
        if seen and seconds > 0
        else {},
    )


def _put(told: "asyncio.Queue[Live | None]", live: Live | None) -> None:
    if told.full():
        told.get_nowait()
    told.put_nowait(live)
