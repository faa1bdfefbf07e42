"""The broadcasts that are live now, kept in memory: told of changes by the database, and asking now and then anyway."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from push.clock import Clock
from push.database import DATABASE_AWAY, Database
from push.devices.model import Device
from push.inbox.broadcasts.model import Broadcast, Joined
from push.inbox.broadcasts.store import BroadcastStore

ASK_SECONDS = 2.0
"""How old what is known may be where the database cannot tell of changes."""
_ASK_ANYWAY_SECONDS = 30.0
_REMEMBERED = 10_000


class Visible(Struct, frozen=True):
    """What one person is meant to see, newest first."""

    broadcasts: tuple[Joined, ...]
    ids: frozenset[str]
    digest: bytes
    """Of which they are."""
    ends_at: datetime | None
    """When the first of them ends."""

    @classmethod
    def of(cls, broadcasts: tuple[Joined, ...]) -> "Visible":
        ids = [each.id for each in broadcasts]
        ends_at = min((each.broadcast.ends_at for each in broadcasts), default=None)
        return cls(broadcasts, frozenset(ids), hashlib.blake2b("".join(ids).encode(), digest_size=16).digest(), ends_at)


class Listing:
    """An app's live broadcasts between two changes; who sees which is worked out once for all who are alike."""

    def __init__(self, number: int, broadcasts: Sequence[Joined], ended: Sequence[tuple[int, str]] = ()) -> None:
        self.number = number
        self.ended = tuple(ended)
        """Those that were called off, or ended otherwise, by the number of their last change."""
        self.broadcasts = tuple(sorted(broadcasts, key=lambda each: each.order, reverse=True))
        self.ends_at = min((each.broadcast.ends_at for each in broadcasts), default=None)
        self.selective = not all(each.for_all for each in broadcasts)
        """Some are for followers, or not for some: then all devices of a person matter."""
        named = [rule for each in broadcasts if (rule := each.broadcast.audience.exclude) is not None]
        self._devices = frozenset(name for rule in named for name in rule.device_ids)
        self._people = frozenset(name for rule in named for name in rule.external_ids)
        self._seen: dict[object, Visible] = {}

    def visible(self, devices: Sequence[Device]) -> Visible:
        """`devices` are the person's, at least one."""
        key = (devices[0].gate, frozenset(map(self._matters, devices)) if self.selective else None)
        found = self._seen.get(key)
        if found is None:
            found = Visible.of(tuple(each for each in self.broadcasts if each.meant_for(devices)))
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = found
        return found

    def _matters(self, device: Device) -> object:
        """What of a device an audience may ask for."""
        named = device.id if device.id in self._devices else None
        person = device.external_id if device.external_id in self._people else None
        return (frozenset(device.topics), named, person)


class _Known:
    """What is known of one app."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked_at = float("-inf")
        self.stale = True
        self.number = 0
        self.joined: dict[str, Joined] = {}
        self.ended: dict[str, int] = {}
        self.listing = Listing(0, ())


class LiveBroadcasts:
    def __init__(self, database: Database, store: BroadcastStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._apps: dict[str, _Known] = {}
        self._listening: asyncio.Task[None] | None = None
        self._told = False
        """The database tells of changes at the moment."""
        self.on_change: list[Callable[[str], None]] = []
        """Called with the app whose broadcasts have changed."""

    async def of(self, app_id: str) -> Listing:
        """What is live now; at most two seconds behind, and a few milliseconds as a rule."""
        self._listen()
        known = self._apps.setdefault(app_id, _Known())
        oldest = _ASK_ANYWAY_SECONDS if self._told else ASK_SECONDS
        if known.stale or time.monotonic() - known.asked_at > oldest:
            await self.refresh(app_id)
        return self._listed(known)

    async def refresh(self, app_id: str) -> None:
        """Ask for what has changed."""
        known = self._apps.setdefault(app_id, _Known())
        waited_from = time.monotonic()
        async with known.lock:
            if known.asked_at > waited_from and not known.stale:
                return  # Somebody else has asked since.
            known.stale, known.asked_at = False, time.monotonic()
            try:
                changed = await self._store.changed_since(app_id, known.number)
            except BaseException:
                known.stale = True
                raise
            for broadcast in changed:
                known.number = max(known.number, broadcast.number)
                known.joined[broadcast.id] = Joined(broadcast)
            if changed:
                self._list(known)
                for tell in self.on_change:
                    tell(app_id)

    def known(self, app_id: str) -> Listing:
        """What is live as far as is known without asking."""
        return self._listed(self._apps[app_id])

    async def get(self, app_id: str, campaign_id: str) -> Broadcast | None:
        """Also one that has ended, as long as it is kept."""
        await self.of(app_id)
        joined = self._apps[app_id].joined.get(campaign_id)
        return joined.broadcast if joined else await self._store.get(app_id, campaign_id)

    def _listed(self, known: _Known) -> Listing:
        if known.listing.ends_at is not None and known.listing.ends_at <= self._clock.now():
            self._list(known)
        return known.listing

    def _list(self, known: _Known) -> None:
        now: datetime = self._clock.now()
        for each in known.joined.values():
            if each.broadcast.ends_at <= now:
                known.ended[each.id] = each.broadcast.number
        known.joined = {each.id: each for each in known.joined.values() if each.id not in known.ended}
        ended = [(number, campaign) for campaign, number in known.ended.items()]
        known.listing = Listing(known.number, list(known.joined.values()), ended)

    def _listen(self) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        while True:
            # Whatever ends it, also a server that has no change streams: asking goes on.
            with contextlib.suppress(Exception):
                async for change in self._database.changes("broadcasts"):
                    if not self._told:
                        # Before this one, some may have been missed.
                        for known in self._apps.values():
                            known.stale = True
                        self._told = True
                    app_id = change.get("app_id")
                    if app_id in self._apps:
                        self._apps[app_id].stale = True
                        with contextlib.suppress(*DATABASE_AWAY):
                            await self.refresh(app_id)
            self._told = False
            await asyncio.sleep(ASK_SECONDS)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
