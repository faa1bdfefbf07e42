"""The worker: claims launches and batches of every app, fairly, and sees them through."""

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from push.database import DATABASE_AWAY
from push.delivery.announcing import Announcer
from push.delivery.lanes import Lanes
from push.delivery.loading import Loader
from push.delivery.model import Batch
from push.delivery.planning import Planner
from push.delivery.providers import open_providers
from push.delivery.sending import Sending
from push.delivery.store import BatchStore
from push.engine import Engine, open_engine
from push.errors import LeaseLost
from push.settings import Settings

log = structlog.get_logger()

BATCHES_AT_ONCE = 3
GRACE_SECONDS = 15.0
_POLL_SECONDS = 1.0
_APPS_SECONDS = 5.0
_AWAY_SECONDS = 1.0
_DATABASE_TIMEOUT_SECONDS = 30.0


class Worker:
    def __init__(self, engine: Engine, planner: Planner, sending: Sending) -> None:
        self.id = f"wrk_{secrets.token_hex(6)}"
        self._engine = engine
        self._planner = planner
        self._sending = sending
        self.stopping = asyncio.Event()
        self._to_plan = asyncio.Event()
        self._to_send = asyncio.Event()
        self._apps: list[str] = []
        self._apps_read_at = float("-inf")
        self._in_flight: dict[asyncio.Task[None], Batch] = {}

    async def run(self) -> None:
        """Work until `stopping` is set, then finish or hand back what is under way within the grace period."""
        loops = [
            asyncio.create_task(self._loop(self._plan_next, self._to_plan)),
            asyncio.create_task(self._loop(self._send_next, self._to_send)),
        ]
        listening = asyncio.gather(
            self._listen("campaigns", self._to_plan), self._listen("batches", self._to_send), return_exceptions=True
        )
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

    async def _loop(self, work_next: Callable[[str], Awaitable[bool]], wake: asyncio.Event) -> None:
        """Ask each app in turn for work; rest when none has any, until woken or the next look."""
        while not self.stopping.is_set():
            wake.clear()
            try:
                worked = [await work_next(app_id) for app_id in await self._all_apps() if not self.stopping.is_set()]
            except DATABASE_AWAY as error:
                log.warning("database_away", worker_id=self.id, error=type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            if not any(worked):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), _POLL_SECONDS)

    async def _plan_next(self, app_id: str) -> bool:
        campaign = await self._planner.claim(app_id, self.id)
        if campaign is None:
            return False
        try:
            if await self._planner.plan(campaign, self._to_send, self.stopping):
                self._to_send.set()
                await self._sending.finish_if_empty(campaign)
        except LeaseLost as lost:
            log.warning("lease_lost", work_id=lost.work_id)
        return True

    async def _send_next(self, app_id: str) -> bool:
        while len(self._in_flight) >= BATCHES_AT_ONCE:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        if self.stopping.is_set():
            return False
        batch = await self._sending.claim(app_id, self.id)
        if batch is None:
            return False
        task = asyncio.create_task(self._deliver(batch))
        self._in_flight[task] = batch
        task.add_done_callback(lambda done: self._in_flight.pop(done, None))
        return True

    async def _deliver(self, batch: Batch) -> None:
        """Whatever goes wrong with a batch stays with it: its lease lapses, and it is tried again."""
        try:
            await self._sending.deliver(batch)
        except LeaseLost as lost:
            log.warning("lease_lost", work_id=lost.work_id)
        except DATABASE_AWAY as error:
            log.warning("batch_unsettled", batch_id=batch.id, error=type(error).__name__)
        except Exception:
            log.exception("batch_failed", batch_id=batch.id, campaign_id=batch.campaign_id)

    async def _all_apps(self) -> list[str]:
        """In turns, so that each app comes first as often as the others."""
        if time.monotonic() - self._apps_read_at > _APPS_SECONDS:
            self._apps = [app.id for app in await self._engine.apps.all()]
            self._apps_read_at = time.monotonic()
        self._apps = self._apps[1:] + self._apps[:1]
        return self._apps

    async def _listen(self, collection: str, wake: asyncio.Event) -> None:
        """Wake up for launches and batches as they are written; without change streams, polling finds them."""
        while True:
            with contextlib.suppress(*DATABASE_AWAY):
                async for app_id in self._engine.database.changes(collection):
                    if app_id not in self._apps:
                        self._apps_read_at = float("-inf")
                    wake.set()
            await asyncio.sleep(_AWAY_SECONDS)

    async def _wind_down(self, loops: list[asyncio.Task[None]]) -> None:
        """What is not finished in time is handed back, so that another worker has it at once."""
        deadline = time.monotonic() + GRACE_SECONDS
        await asyncio.wait(loops, timeout=GRACE_SECONDS)
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=max(0.0, deadline - time.monotonic()))
        unfinished = dict(self._in_flight)
        for task in (*loops, *unfinished):
            task.cancel()
        await asyncio.gather(*loops, *unfinished, return_exceptions=True)
        for batch in unfinished.values():
            with contextlib.suppress(*DATABASE_AWAY):
                await self._sending.hand_back(batch)


@contextlib.asynccontextmanager
async def open_worker(engine: Engine) -> AsyncIterator[Worker]:
    """A worker on this engine, with its senders."""
    database, clock = engine.database, engine.clock
    batches = BatchStore(database, engine.campaign_store.lease)
    announcer = Announcer(engine.campaign_store, engine.broadcasts, engine.ledger, clock)
    planner = Planner(engine.audience, engine.campaign_store, batches, engine.ledger, clock, announcer)
    loader = Loader(engine.apps, engine.tokens, engine.device_store, engine.ledger, clock)
    async with open_providers(engine.apps, engine.settings) as providers:
        lanes = Lanes(providers.open)
        sending = Sending(
            engine.campaign_store,
            batches,
            engine.device_store,
            engine.ledger,
            engine.inbox,
            loader,
            lanes,
            clock,
        )
        await database.prepare()
        try:
            yield Worker(engine, planner, sending)
        finally:
            await lanes.close()


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Raises DatabaseAway when there is no database to begin with."""
    async with (
        open_engine(settings, database_timeout_seconds=_DATABASE_TIMEOUT_SECONDS) as engine,
        open_worker(engine) as worker,
    ):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stopping.set)
        await worker.run()
