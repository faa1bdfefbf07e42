"""The worker: claims launches and batches of every app, fairly, and sees them through."""

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from push.campaigns.model import Campaign
from push.database import DATABASE_AWAY
from push.delivery.announcing import Announcer
from push.delivery.choosing import Choosing
from push.delivery.deciding import Deciding
from push.delivery.dispatch import Dispatch
from push.delivery.flow.pace import Paces
from push.delivery.flow.reports import keep_reporting
from push.delivery.flow.store import BucketStore, LaneReportStore
from push.delivery.lanes import PER_MINUTE, Lanes
from push.delivery.listening import POLL_SECONDS, Listening
from push.delivery.loading import Loader
from push.delivery.model import BATCH_SIZE
from push.delivery.planning import Planner
from push.delivery.progress.store import ProgressStore
from push.delivery.providers import open_providers
from push.delivery.sending import Sending
from push.delivery.sparing import Sparing
from push.delivery.store import BatchStore
from push.delivery.turns import Turns
from push.delivery.upkeep import Upkeep
from push.engine import Engine, open_engine
from push.errors import LeaseLost
from push.garbage import collect_rarely
from push.settings import Settings
from push.webhooks.posting import Posting, open_transport

log = structlog.get_logger()

PLANS_AT_ONCE = 8
GRACE_SECONDS = 15.0
_WAITS_SECONDS = 2.0
_APPS_SECONDS = 5.0
_TURN_SECONDS = 2.0
_AWAY_SECONDS = 1.0
_DATABASE_TIMEOUT_SECONDS = 30.0


class Worker:
    def __init__(
        self,
        engine: Engine,
        planner: Planner,
        sending: Sending,
        dispatch: Dispatch,
        upkeep: Upkeep,
        posting: Posting,
        report: Callable[[str], Awaitable[None]],
    ) -> None:
        """`report` tells under the worker's id how its lanes are, until it is cancelled."""
        self.id = f"wrk_{secrets.token_hex(6)}"
        self._engine = engine
        self._planner = planner
        self._sending = sending
        self._dispatch = dispatch
        self._upkeep = upkeep
        self._posting = posting
        self._report = report
        self.stopping = asyncio.Event()
        self._to_plan = asyncio.Event()
        self._to_send = asyncio.Event()
        self._turns = Turns()
        self._apps: list[str] = []
        self._apps_read_at = self._batches_sought_at = self._fired_at = float("-inf")
        self._planning: dict[asyncio.Task[None], asyncio.Event] = {}
        """Each with the event that makes it let go of its campaign."""
        self._planning_since: float | None = None
        planner.on_free_batch = self._batch_is_free
        self._listening = Listening(
            engine.database, engine.clock, self._busy_since, self._launched, self._batch_is_free
        )

    async def run(self) -> None:
        """Work until `stopping` is set, then finish or hand back what is under way within the grace period."""
        loops = [
            asyncio.create_task(self._loop(self._plan_next, self._to_plan, self._looks_seconds)),
            asyncio.create_task(self._loop(self._send_next, self._to_send, lambda: POLL_SECONDS)),
        ]
        listening = asyncio.gather(
            self._listening.run(), self._upkeep.run(), self._posting.run(), self._engine.attribution.run(),
            self._report(self.id),
            return_exceptions=True,
        )  # fmt: skip
        log.info("worker_started", worker_id=self.id)
        try:
            await self.stopping.wait()
        finally:
            listening.cancel()
            self._to_plan.set()
            self._to_send.set()
            await self._wind_down(loops)
            with contextlib.suppress(asyncio.CancelledError):
                await listening
        log.info("worker_stopped", worker_id=self.id)

    async def _loop(
        self, work_next: Callable[[], Awaitable[bool]], wake: asyncio.Event, looks_seconds: Callable[[], float]
    ) -> None:
        """Go on while there is work; rest when there is none, until woken or the next look."""
        while not self.stopping.is_set():
            wake.clear()
            try:
                worked = await work_next()
            except DATABASE_AWAY as error:
                log.warning("database_away", worker_id=self.id, error=type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            except Exception:
                # The next one may do better; a worker that looks alive and does nothing would be worse.
                log.exception("work_not_claimed", worker_id=self.id)
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            if not worked:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), looks_seconds())

    def _looks_seconds(self) -> float:
        return self._listening.looks_seconds(len(self._apps))

    async def _plan_next(self) -> bool:
        """One launch of each app, in turn. Whoever has been planned for long makes room for those who wait."""
        worked = await self._fire_what_is_due()
        for app_id in await self._all_apps():
            while len(self._planning) >= PLANS_AT_ONCE and not self.stopping.is_set():
                done, _ = await asyncio.wait(self._planning, timeout=_TURN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    next(iter(self._planning.values())).set()
            if self.stopping.is_set():
                break
            campaign = await self._planner.claim(app_id, self.id)
            if campaign is not None:
                worked, yielding = True, asyncio.Event()
                task = asyncio.create_task(self._plan(campaign, yielding))
                self._planning[task] = yielding
                self._planning_since = self._planning_since or time.monotonic()
                task.add_done_callback(self._planned)
        return worked

    async def _fire_what_is_due(self) -> bool:
        """Every two seconds: nobody tells of waits that end."""
        if time.monotonic() - self._fired_at < _WAITS_SECONDS:
            return False
        self._fired_at = time.monotonic()
        return any([await self._engine.firing.fire(app_id) for app_id in await self._all_apps()])

    async def _plan(self, campaign: Campaign, yielding: asyncio.Event) -> None:
        """Whatever goes wrong with a launch stays with it: its lease lapses, and it is taken up again."""
        self._sending.planned_here.add(campaign.id)
        # Known by the second page, whose batches are shared; the first one does not wait for it.
        looking = asyncio.create_task(self._engine.processes.look())
        try:
            planned = await self._planner.plan(campaign, yielding)
            self._sending.planned_here.discard(campaign.id)
            if planned:
                await self._sending.finish_if_empty(campaign.app_id, campaign.id)
        except LeaseLost as lost:
            log.warning("lease_lost", work_id=lost.work_id)
        except DATABASE_AWAY as error:
            log.warning("planning_broken_off", campaign_id=campaign.id, error=type(error).__name__)
        except Exception:
            log.exception("planning_failed", campaign_id=campaign.id)
        finally:
            self._sending.planned_here.discard(campaign.id)
            await asyncio.gather(looking, return_exceptions=True)

    async def _send_next(self) -> bool:
        """A batch of whoever's turn it is."""
        if time.monotonic() - self._batches_sought_at > POLL_SECONDS:
            self._batches_sought_at = time.monotonic()
            for app_id in await self._all_apps():
                for campaign_id in await self._sending.waiting(app_id):
                    self._turns.add(app_id, campaign_id)
        turn = self._turns.next()
        if turn is None:
            return False
        await self._dispatch.room(turn, BATCH_SIZE, None)
        batch = None
        try:
            if not self.stopping.is_set():
                batch = await self._sending.claim(*turn, self.id)
        finally:
            if batch is None:
                self._dispatch.leave(turn, BATCH_SIZE)
        if batch is None:
            self._turns.done(*turn)
        else:
            self._dispatch.start(batch, BATCH_SIZE)
        return True

    async def _all_apps(self) -> list[str]:
        """In turns, so that each app comes first as often as the others."""
        if time.monotonic() - self._apps_read_at > _APPS_SECONDS:
            self._apps = [app.id for app in await self._engine.apps.all()]
            self._apps_read_at = time.monotonic()
        self._apps = self._apps[1:] + self._apps[:1]
        return self._apps

    def _planned(self, task: asyncio.Task[None]) -> None:
        self._planning.pop(task)
        if not self._planning:
            self._planning_since = None

    def _busy_since(self) -> float | None:
        since = [each for each in (self._planning_since, self._dispatch.busy_since) if each is not None]
        return min(since, default=None)

    def _launched(self, app_id: str, _: str) -> None:
        if app_id not in self._apps:
            self._apps_read_at = float("-inf")
        self._to_plan.set()

    def _batch_is_free(self, app_id: str, campaign_id: str) -> None:
        self._turns.add(app_id, campaign_id)
        self._to_send.set()

    async def _wind_down(self, loops: list[asyncio.Task[None]]) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        for yielding in self._planning.values():
            yielding.set()
        tasks = [*loops, *self._planning]
        await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._dispatch.wind_down(deadline - time.monotonic())


@contextlib.asynccontextmanager
async def open_worker(engine: Engine) -> AsyncIterator[Worker]:
    """A worker on this engine, with its senders."""
    database, clock = engine.database, engine.clock
    batches = BatchStore(database, engine.campaign_store.lease)
    announcer = Announcer(engine.campaign_store, engine.broadcasts, engine.ledger, clock)
    sparing = Sparing(engine.apps, engine.capping, clock)
    loader = Loader(
        engine.apps,
        engine.tokens,
        engine.people_store,
        engine.device_store,
        engine.ledger,
        sparing,
        engine.badges,
        engine.waits,
        engine.settings.public_url,
        clock,
    )
    async with (
        open_providers(engine.apps, engine.settings) as providers,
        open_transport(engine.settings) as transport,
    ):
        buckets = BucketStore(database)
        settings = engine.settings
        per_minute = {**PER_MINUTE, "fcm": settings.fcm_per_minute, "email": settings.smtp_per_minute}
        lanes = Lanes(providers.open, buckets, clock, per_minute)
        sending = Sending(
            engine.campaign_store,
            batches,
            engine.device_store,
            engine.ledger,
            engine.inbox,
            loader,
            Deciding(engine.campaign_store, engine.ledger, clock),
            lanes,
            Paces(buckets, clock),
            clock,
        )
        dispatch = Dispatch(sending, lambda: engine.processes.live_workers)
        choosing = Choosing(engine.audience, engine.people_store, engine.device_store, engine.ledger.store)
        planner = Planner(
            choosing,
            engine.campaign_store,
            batches,
            engine.ledger,
            clock,
            announcer,
            dispatch,
            engine.starting,
            ProgressStore(database),
            database,
        )
        await database.prepare()
        await engine.processes.become("worker")
        try:
            upkeep = Upkeep(engine.apps, engine.device_store, engine.expiring, engine.ledger, clock)
            posting = Posting(
                engine.apps,
                engine.webhooks,
                engine.webhook_store,
                engine.outbox_store,
                transport,
                engine.settings.webhook_hosts,
                clock,
            )
            reports = LaneReportStore(database)

            async def report(worker_id: str) -> None:
                await keep_reporting(reports, lambda: lanes.reports(worker_id))

            yield Worker(engine, planner, sending, dispatch, upkeep, posting, report)
        finally:
            await lanes.close()


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Raises DatabaseAway when there is no database to begin with."""
    collect_rarely()
    async with (
        open_engine(settings, database_timeout_seconds=_DATABASE_TIMEOUT_SECONDS) as engine,
        open_worker(engine) as worker,
    ):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stopping.set)
        await worker.run()
