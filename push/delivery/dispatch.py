"""What this worker is sending now, each batch in a task of its own, and whether it has room for more."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import structlog

from push.database import DATABASE_AWAY
from push.delivery.loading import Fresh
from push.delivery.model import BATCH_SIZE, Batch
from push.delivery.places import Places
from push.delivery.sending import Sending
from push.delivery.turns import Turn
from push.errors import LeaseLost

log = structlog.get_logger()
BATCHES_AT_ONCE = 6
"""Full ones. While two are planned and one is settled, three keep the transport busy."""
_SMALLEST = 50
"""A batch takes at least so many places: it costs the database as much as a larger one."""
_STALLED_SECONDS = 1.0


class Dispatch:
    def __init__(self, sending: Sending, live_workers: Callable[[], int]) -> None:
        """`live_workers` says how many there are, this one among them."""
        self._sending = sending
        self._live_workers = live_workers
        self._places = Places(BATCHES_AT_ONCE * BATCH_SIZE)
        self._in_flight: dict[asyncio.Task[None], Batch] = {}
        self._moved_at = time.monotonic()
        """When a batch was last begun or ended."""
        self.busy_since: float | None = None
        """From when on something was being sent at any moment, by `time.monotonic`."""

    def takes(self, number: int) -> bool:
        """Whether this worker sends the batch of this number itself if it can: the others get their share."""
        return number % max(1, self._live_workers()) == 0

    async def room(self, turn: Turn, size: int, patience: float | None) -> bool:
        """Reserve places for a batch of this size of whoever's turn it is, to be used by `start` or given back by
        `leave`.

        Waits at most `patience` seconds, and not at all where nothing is being sent that could make room.
        """
        stalled = patience is not None and time.monotonic() - self._moved_at > _STALLED_SECONDS
        return await self._places.take(turn, _places(size), 0 if stalled else patience)

    def leave(self, turn: Turn, size: int) -> None:
        self._places.give_back(turn, _places(size))

    def start(self, batch: Batch, size: int, fresh: Fresh | None = None) -> None:
        """Send a batch that this worker holds; `size` is what `room` was asked for."""
        self._moved_at = time.monotonic()
        self.busy_since = self.busy_since or self._moved_at
        task = asyncio.create_task(self._deliver(batch, fresh))
        self._in_flight[task] = batch
        task.add_done_callback(lambda done: self._ended(done, size))

    def _ended(self, task: asyncio.Task[None], size: int) -> None:
        self._moved_at = time.monotonic()
        batch = self._in_flight.pop(task)
        if not self._in_flight:
            self.busy_since = None
        self.leave((batch.app_id, batch.campaign_id), size)

    async def _deliver(self, batch: Batch, fresh: Fresh | None) -> None:
        """Whatever goes wrong with a batch stays with it: its lease lapses, and it is tried again."""
        try:
            await self._sending.deliver(batch, fresh)
        except LeaseLost as lost:
            log.warning("lease_lost", work_id=lost.work_id)
        except DATABASE_AWAY as error:
            log.warning("batch_unsettled", batch_id=batch.id, error=type(error).__name__)
        except Exception:
            log.exception("batch_failed", batch_id=batch.id, campaign_id=batch.campaign_id)

    async def wind_down(self, seconds: float) -> None:
        """Finish what is under way; what is not finished in time is handed back, so that another worker has it."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=max(0.0, seconds))
        unfinished = dict(self._in_flight)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for batch in unfinished.values():
            with contextlib.suppress(*DATABASE_AWAY):
                await self._sending.hand_back(batch)


def _places(size: int) -> int:
    return min(max(size, _SMALLEST), BATCH_SIZE)
