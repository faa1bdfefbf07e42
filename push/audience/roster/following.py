"""Hears of every change of devices and people while anybody wants to know, and says how far it has heard."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

from push.audience.roster.store import DEVICES, PEOPLE
from push.clock import Clock
from push.database import CHANGES_AT_ONCE, Change, Database

Heard = Callable[[str, Sequence[Change]], None]
_AGAIN_SECONDS = 5.0


class Following:
    def __init__(self, database: Database, clock: Clock, heard: Heard) -> None:
        """`heard` is called with `devices` or `people`, and what of them changed."""
        self._database = database
        self._clock = clock
        self._heard = heard
        self._running: list[asyncio.Task[None]] = []
        self._heard_until: dict[str, datetime] = {}
        """By collection: all that changed before then has been heard."""
        self._ready = asyncio.Event()
        self.began = 0
        """How often it has begun; what was heard of before is not known to be all."""

    def begin(self) -> None:
        if not self._running:
            self._running = [asyncio.create_task(self._follow(collection)) for collection in (DEVICES, PEOPLE)]

    async def end(self) -> None:
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        self._lost()
        await asyncio.gather(*running, return_exceptions=True)

    @property
    def heard_until(self) -> datetime | None:
        """None while changes may be missed."""
        return min(self._heard_until.values()) if len(self._heard_until) == 2 else None

    async def ready(self, seconds: float) -> bool:
        """Whether changes are heard, after so long a time at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        return self._ready.is_set()

    async def _follow(self, collection: str) -> None:
        while True:
            asked_at = self._clock.now()
            # Whatever ends it, also a server that has no change streams: then a roster is made anew now and then.
            with contextlib.suppress(Exception):
                async for changes in self._database.changes_together(collection):
                    if changes:
                        self._heard(collection, changes)
                    if len(changes) < CHANGES_AT_ONCE:
                        self._heard_until[collection] = asked_at
                        if self.heard_until is not None:
                            self._ready.set()
                    asked_at = self._clock.now()
            self._lost()
            await asyncio.sleep(_AGAIN_SECONDS)

    def _lost(self) -> None:
        self._heard_until.clear()
        self._ready.clear()
        self.began += 1
