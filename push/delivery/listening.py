"""How a worker hears of work that nobody holds: told of it as it is written, or by looking for it often enough."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from push.clock import Clock
from push.database import DATABASE_AWAY, Database

POLL_SECONDS = 1.0
_BUSY_POLL_SECONDS = 0.1
_APPS_A_POLL = 5
"""Of more apps it is looked less often: each is asked for by itself."""
_BUSY_SECONDS = 1.0
"""Of work without a pause before it is no longer listened."""
_SOON = timedelta(milliseconds=50)
_AWAY_SECONDS = 1.0

Told = Callable[[str, str], None]
"""Called with app and campaign."""


class Listening:
    """Where telling makes the database look at each row that is written, a worker that has had much to do for a while
    looks for more by itself instead, and listens again once there is little."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        busy_since: Callable[[], float | None],
        on_launch: Told,
        on_free_batch: Told,
    ) -> None:
        """`busy_since` says from when on there was something to do at any moment, by `time.monotonic`."""
        self._database = database
        self._clock = clock
        self._busy_since = busy_since
        self._on_launch = on_launch
        self._on_free_batch = on_free_batch
        self._sure = True
        """Listening goes on since one look at least, so nothing fell between that and the looking before."""

    def looks_seconds(self, apps: int) -> float:
        """How long to wait for the next look for launches of so many apps.

        For batches there is no hurry, as whoever is busy has some: another worker with nothing to do is to have them.
        """
        return POLL_SECONDS if self._sure else min(POLL_SECONDS, _BUSY_POLL_SECONDS * max(1.0, apps / _APPS_A_POLL))

    async def run(self) -> None:
        """Until cancelled."""
        listening: asyncio.Future[Any] | None = None
        try:
            while True:
                self._sure = listening is not None
                if listening is None and not self._much_to_do():
                    # Where there are no streams of changes at all, both end at once, and looking finds it.
                    listening = asyncio.gather(
                        self._listen("campaigns", self._on_launch),
                        self._listen("batches", self._on_free_batch),
                        return_exceptions=True,
                    )
                elif listening is not None and self._much_to_do() and self._database.telling_is_dear:
                    await _ended(listening)
                    listening, self._sure = None, False
                await asyncio.sleep(_BUSY_SECONDS / 2)
        finally:
            if listening is not None:
                await _ended(listening)

    def _much_to_do(self) -> bool:
        since = self._busy_since()
        return since is not None and time.monotonic() - since >= _BUSY_SECONDS

    async def _listen(self, collection: str, tell: Told) -> None:
        """Hear of work that nobody holds as it is written; without change streams, polling finds it."""
        fields = ("app_id", "campaign_id", "due_at")
        while True:
            with contextlib.suppress(*DATABASE_AWAY):
                async for change in self._database.changes(collection, fields, {"owner": None}):
                    due_at = change.get("due_at")
                    if due_at is not None and due_at <= self._clock.now() + _SOON:
                        tell(change["app_id"], change.get("campaign_id", ""))
            await asyncio.sleep(_AWAY_SECONDS)


async def _ended(tasks: "asyncio.Future[Any]") -> None:
    tasks.cancel()
    await asyncio.wait([tasks])
    if not tasks.cancelled():
        tasks.exception()
