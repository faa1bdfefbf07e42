"""The rosters of this process: made when first needed, kept up with changes, and dropped when nobody asks any more."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from push.audience.roster.columns import fingerprints
from push.audience.roster.following import Following
from push.audience.roster.roster import Roster
from push.audience.roster.store import DEVICES, PEOPLE, RosterStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Change, Database, Document

log = structlog.get_logger()
T = TypeVar("T")

SMALL = 20_000
"""So many devices are counted one by one in 0.2 s."""
IDLE_SECONDS = 900.0
"""So long after the last question a roster is dropped."""
OLDEST = timedelta(minutes=1)
"""Where changes cannot be heard, one that is older is made anew while it still answers."""
MOST_WAITING = 100_000
"""Changes that have not been read; to make the roster anew is quicker then."""
_READ_AT_ONCE = 500
_TAKEN_AT_ONCE = 500
"""So that the event loop is held up for a few milliseconds only."""
_LOOKS_SECONDS = 0.2
_LISTENS_SECONDS = 2.0
_REFUSED_SECONDS = 600.0


class TooLarge(Exception):
    """A roster would take more memory than it may, or knows too many different values."""


class Kept:
    """The roster of one app, as far as it has come."""

    def __init__(self, app_id: str) -> None:
        self.app_id = app_id
        self.roster = Roster()
        self.lock = asyncio.Lock()
        """Held while it is counted or changed."""
        self.read = {DEVICES: asyncio.Event(), PEOPLE: asyncio.Event()}
        """Set once all of them have been."""
        self.began = -1
        """The following under which all changes are heard."""
        self.as_of: datetime | None = None
        self.waiting: dict[str, set[str]] = {DEVICES: set(), PEOPLE: set()}
        """Ids of those that have changed."""
        self.asked_at = time.monotonic()
        self.work: asyncio.Task[None] | None = None

    def has_read(self, *collections: str) -> bool:
        return all(self.read[each].is_set() for each in collections)

    async def wait(self, collections: Sequence[str], seconds: float) -> bool:
        """Until they have been read, or so long. Whether there is anything to ask: False for a small app."""
        assert self.work is not None

        async def read() -> None:
            for each in collections:
                await self.read[each].wait()

        reading = asyncio.create_task(read())
        await asyncio.wait([reading, self.work], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        return not self.work.done()

    async def ask(self, question: Callable[[Roster], T]) -> T:
        """Asked beside the event loop; nothing changes meanwhile."""
        self.asked_at = time.monotonic()
        async with self.lock:
            return await asyncio.to_thread(question, self.roster)

    async def take(self, collection: str, ids: Sequence[str], found: Sequence[Document]) -> None:
        """What was found of these; nothing more is known of the others. `ids` may be left out for those found."""
        gone = set(ids).difference(each["_id"] for each in found)
        async with self.lock:
            if collection == PEOPLE:
                self.roster.take_people(found)
                self.roster.drop_people(gone)
            else:
                strangers = self.roster.take_devices(found)
                self.roster.drop_devices(gone)
                if self.has_read(PEOPLE):
                    self.waiting[PEOPLE].update(strangers)
        if not self.roster.kept:
            raise TooLarge


class Rosters:
    def __init__(self, database: Database, store: RosterStore, clock: Clock, most_bytes: int) -> None:
        """`most_bytes` is for all rosters of this process together; with 0 there are none."""
        self._store = store
        self._clock = clock
        self._most_bytes = most_bytes
        self._following = Following(database, clock, self._heard)
        self._kept: dict[str, Kept] = {}
        self._renewed: dict[str, Kept] = {}
        """Those that are made in the place of others."""
        self._refused: dict[str, float] = {}
        """Until when an app that was too large or too small is not tried again."""

    def of(self, app_id: str) -> Kept | None:
        """The app's roster, which may still be in the making."""
        kept = self._kept.get(app_id)
        if kept is not None and self._outdated(kept) and app_id not in self._renewed:
            self._renewed[app_id] = self._start(app_id)
        return kept

    def begin(self, app_id: str) -> Kept | None:
        """From now on the app has one. None where it is known to be too large, or so small that it needs none."""
        if app_id not in self._kept:
            if not self._most_bytes or self._refused.get(app_id, 0.0) > time.monotonic():
                return None
            self._kept[app_id] = self._start(app_id)
        return self._kept[app_id]

    def drop(self, app_id: str) -> None:
        for kept in (self._kept.pop(app_id, None), self._renewed.pop(app_id, None)):
            if kept is not None and kept.work is not None:
                kept.work.cancel()

    async def close(self) -> None:
        working = [kept.work for kept in self._all if kept.work is not None]
        for app_id in list(self._kept):
            self.drop(app_id)
        await asyncio.gather(*working, return_exceptions=True)
        await self._following.end()

    @property
    def _all(self) -> list[Kept]:
        return [*self._kept.values(), *self._renewed.values()]

    def _outdated(self, kept: Kept) -> bool:
        followed = kept.began == self._following.began
        made = kept.as_of is not None and kept.has_read(DEVICES, PEOPLE)
        return made and not followed and self._clock.now() - kept.as_of > OLDEST  # type: ignore[operator]

    def _start(self, app_id: str) -> Kept:
        kept = Kept(app_id)
        kept.work = asyncio.create_task(self._keep(kept))
        return kept

    async def _keep(self, kept: Kept) -> None:
        try:
            if not await self._store.larger_than(kept.app_id, SMALL):
                self._refused[kept.app_id] = time.monotonic() + _REFUSED_SECONDS
                return
            await self._make(kept)
            if self._renewed.get(kept.app_id) is kept:
                self._replace(kept)
            while time.monotonic() - kept.asked_at < IDLE_SECONDS:
                await self._keep_up(kept)
                await asyncio.sleep(_LOOKS_SECONDS)
            log.info("roster_dropped", app_id=kept.app_id)
        except* TooLarge:
            self._refused[kept.app_id] = time.monotonic() + _REFUSED_SECONDS
            log.warning("no_roster", app_id=kept.app_id, mib=kept.roster.size >> 20)
        except* DATABASE_AWAY as error:
            log.warning("roster_lost", app_id=kept.app_id, error=type(error.exceptions[0]).__name__)
        except* Exception:
            log.exception("roster_lost", app_id=kept.app_id)
        finally:
            for among in (self._kept, self._renewed):
                if among.get(kept.app_id) is kept:
                    del among[kept.app_id]
            if not self._all:
                await self._following.end()

    def _replace(self, kept: Kept) -> None:
        before = self._kept.get(kept.app_id)
        self._kept[kept.app_id] = self._renewed.pop(kept.app_id)
        if before is not None:
            kept.asked_at = before.asked_at
            if before.work is not None:
                before.work.cancel()

    async def _make(self, kept: Kept) -> None:
        started = time.monotonic()
        self._following.begin()
        followed = await self._following.ready(_LISTENS_SECONDS)
        kept.began, kept.as_of = self._following.began if followed else -1, self._clock.now()
        async with asyncio.TaskGroup() as both:
            for collection in kept.read:
                both.create_task(self._read_all(kept, collection))
        taken = {"seconds": round(time.monotonic() - started, 1), "mib": kept.roster.size >> 20}
        log.info("roster_made", app_id=kept.app_id, devices=kept.roster.devices.count, **taken)

    async def _read_all(self, kept: Kept, collection: str) -> None:
        async for some in self._store.all(kept.app_id, collection):
            for start in range(0, len(some), _TAKEN_AT_ONCE):
                await kept.take(collection, (), some[start : start + _TAKEN_AT_ONCE])
                await asyncio.sleep(0)
            self._make_room(kept)
        kept.read[collection].set()

    def _make_room(self, kept: Kept) -> None:
        """Drop those that were not asked for longest. Raises TooLarge where this does not help."""
        while sum(each.roster.size for each in self._all) > self._most_bytes:
            others = [each for each in self._kept.values() if each.app_id != kept.app_id]
            if not others:
                raise TooLarge
            self.drop(min(others, key=lambda each: each.asked_at).app_id)

    async def _keep_up(self, kept: Kept) -> None:
        """Read what has changed; from then on it is as of the moment until which changes had been heard."""
        if kept.began != self._following.began:
            return
        heard_until = self._following.heard_until
        for collection, waiting in kept.waiting.items():
            while waiting:
                ids = [waiting.pop() for _ in range(min(len(waiting), _READ_AT_ONCE))]
                try:
                    await kept.take(collection, ids, await self._store.some(kept.app_id, collection, ids))
                except DATABASE_AWAY:
                    waiting.update(ids)
                    return
        self._make_room(kept)
        if heard_until is not None and kept.began == self._following.began:
            kept.as_of = heard_until

    def _heard(self, collection: str, changes: Sequence[Change]) -> None:
        """Those of the app's own which are to be read again. What is changed and not known is another app's, once all
        have been read."""
        keys = fingerprints(change.id for change in changes)
        for kept in self._all:
            known, read = kept.roster.index(collection).find(keys) >= 0, kept.has_read(collection)
            kept.waiting[collection].update(
                change.id
                for change, there in zip(changes, known, strict=True)
                if there or change.app_id == kept.app_id or (change.app_id is None and not read)
            )
            if len(kept.waiting[collection]) > MOST_WAITING:
                log.warning("roster_left_behind", app_id=kept.app_id)
                self.drop(kept.app_id)
