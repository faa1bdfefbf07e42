"""Sets of people that take seconds to find, remembered for a little: who did something, who has had enough."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from push.audience.roster.columns import Fingerprints, fingerprints
from push.clock import Clock
from push.database import patiently

log = structlog.get_logger()
FRESH = timedelta(seconds=5)
"""For so long a set is taken as it is; then it is looked for anew, beside the answer."""
OLD = timedelta(minutes=1)
"""From then on an answer waits for the new one."""
_RESTS = 10
"""So many times as long as it takes to find a set, it is fresh at least."""
MOST_BYTES = 64 * 2**20
_MOST_SECONDS = 60.0
Key = tuple[object, ...]
Look = Callable[[], Awaitable[Iterable[str]]]


class Found(Struct, frozen=True):
    people: Fingerprints
    as_of: datetime
    took: timedelta


class Remembered:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[Key, Found] = {}
        """The one found last comes last."""
        self._looking: dict[Key, asyncio.Task[None]] = {}

    async def of(self, key: Key, look: Look, seconds: float) -> Found | None:
        """None where it takes longer than that to find it."""
        known = self._known.get(key)
        age = self._clock.now() - known.as_of if known is not None else timedelta.max
        rests = known.took * _RESTS if known is not None else timedelta()
        if age < FRESH + rests:
            return known
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._look(key, look))
        if age < OLD + rests:
            return known
        await asyncio.wait([looking], timeout=seconds)
        return self._known.get(key) if looking.done() else None

    async def close(self) -> None:
        looking = list(self._looking.values())
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    def forget(self) -> None:
        self._known.clear()

    async def _look(self, key: Key, look: Look) -> None:
        began = self._clock.now()
        try:
            with patiently(_MOST_SECONDS):
                people = fingerprints(await look())
            self._known.pop(key, None)
            self._known[key] = Found(people, began, self._clock.now() - began)
            while sum(each.people.nbytes for each in self._known.values()) > MOST_BYTES and len(self._known) > 1:
                del self._known[next(iter(self._known))]
        except Exception:
            # Who waits is told that it is not known; the next one asks again.
            log.exception("people_not_found")
        finally:
            del self._looking[key]
