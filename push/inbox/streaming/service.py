"""Who is listening, and waking them when there is something to tell: by change streams, and by looking anyway."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import structlog

from push.clock import Clock
from push.database import DATABASE_AWAY, Database
from push.errors import DeviceNotFound, StreamsFull, TooManyStreams
from push.inbox.broadcasts.live import LiveBroadcasts
from push.inbox.reading import Reader
from push.inbox.service import Inbox
from push.inbox.streaming.model import NOWHERE, Place, Told, to_place
from push.inbox.streaming.telling import Teller

log = structlog.get_logger()
MOST_A_PERSON = 8
HEARTBEAT_SECONDS = 20.0
LOOK_SECONDS = 30.0
"""How often the database is asked where it tells of changes: for a device that has changed hands, topics, consent."""
_LOOK_UNTOLD_SECONDS = 3.0
_RESTART_SECONDS = 2.0


class _Listener:
    def __init__(self, reader: Reader) -> None:
        self.person_id = reader.person_id
        self.reader = reader
        self.wake = asyncio.Event()
        self.mail = False
        """The mailbox has changed; otherwise what is in memory will do."""
        self.looked_at = self.quiet_since = time.monotonic()


class Streams:
    def __init__(
        self, database: Database, inbox: Inbox, live: LiveBroadcasts, teller: Teller, clock: Clock, most: int
    ) -> None:
        """`most` is how many this process serves at the same time."""
        self._database = database
        self._inbox = inbox
        self._live = live
        self._teller = teller
        self._clock = clock
        self.most = most
        self._by_person: dict[str, set[_Listener]] = defaultdict(set)
        self._count = 0
        self._closing = False
        self._hearing: asyncio.Task[None] | None = None
        self._told = False
        live.on_change.append(self._broadcasts_changed)

    @property
    def count(self) -> int:
        return self._count

    def admit(self, reader: Reader) -> None:
        """Raises TooManyStreams for this person, and StreamsFull where this process has no room."""
        if self._closing or self._count >= self.most:
            raise StreamsFull
        if len(self._by_person.get(reader.person_id, ())) >= MOST_A_PERSON:
            raise TooManyStreams(MOST_A_PERSON)

    async def events(self, reader: Reader, last_event_id: str | None) -> AsyncIterator[Told | None]:
        """What happens in the reader's inbox, from behind that event on; None when nothing has for a while.

        Ends when the device changes hands, and when this process stops.
        """
        listener = _Listener(reader)
        self._add(listener)
        try:
            # Read anew: what changed since the reader was made woke nobody.
            if not await self._look(listener, anew=True):
                return
            async for told in self._teller.resumed(listener.reader, _place(last_event_id)):
                yield told
            while await self._something(listener):
                before = listener.reader
                if not await self._look(listener):
                    return
                async for told in self._teller.next(before, listener.reader):
                    listener.quiet_since = time.monotonic()
                    yield told
                if time.monotonic() - listener.quiet_since > 0.9 * HEARTBEAT_SECONDS:
                    listener.quiet_since = time.monotonic()
                    yield None
        finally:
            # Nothing is awaited here: after a disconnect the first wait would be the last.
            self._remove(listener)

    async def _something(self, listener: _Listener) -> bool:
        """Wait until there may be something to tell. False when this process stops."""
        now = self._clock.now()
        ends = [
            each for each in (listener.reader.mailbox.expires_at, listener.reader.visible.ends_at) if each is not None
        ]
        patience = min([HEARTBEAT_SECONDS, *(max(0.0, (end - now).total_seconds()) + 0.001 for end in ends)])
        if not self._told:
            patience = min(patience, _LOOK_UNTOLD_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listener.wake.wait(), patience)
        listener.wake.clear()
        return not self._closing

    async def _look(self, listener: _Listener, *, anew: bool = False) -> bool:
        """See what the reader sees now. False when the device is somebody else's, or its key has ended."""
        was, now = listener.reader, time.monotonic()
        expires = was.mailbox.expires_at
        expired = expires is not None and expires <= self._clock.now()
        waited = now - listener.looked_at > (LOOK_SECONDS if self._told else _LOOK_UNTOLD_SECONDS)
        if not (anew or listener.mail or expired or waited):
            listener.reader = self._inbox.again(was)
            return True
        listener.mail, listener.looked_at = False, now
        try:
            found = await self._inbox.reader(was.app_id, was.device.id)
        except DeviceNotFound:
            return False
        except DATABASE_AWAY:
            return False
        listener.reader = found
        return found.person_id == was.person_id and found.device.key_generation == was.device.key_generation

    def _add(self, listener: _Listener) -> None:
        self._by_person[listener.person_id].add(listener)
        self._count += 1
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear())

    def _remove(self, listener: _Listener) -> None:
        listeners = self._by_person[listener.person_id]
        listeners.discard(listener)
        self._count -= 1
        if not listeners:
            del self._by_person[listener.person_id]

    def _broadcasts_changed(self, app_id: str) -> None:
        for listeners in self._by_person.values():
            for listener in listeners:
                if listener.reader.app_id == app_id:
                    listener.wake.set()

    def _caught_up(self) -> None:
        self._told = True
        for listeners in self._by_person.values():
            for listener in listeners:
                listener.mail = True
                listener.wake.set()

    async def _hear(self) -> None:
        """Wake those whose mailbox changes. What was missed before it was listened is looked for a little later."""
        loop = asyncio.get_running_loop()
        while True:
            catching_up = loop.call_later(_RESTART_SECONDS, self._caught_up)
            # Whatever ends it, also a server that has no change streams: looking goes on.
            with contextlib.suppress(Exception):
                async for person_id in self._database.changed_ids("mailboxes"):
                    for listener in self._by_person.get(person_id, ()):
                        listener.mail = True
                        listener.wake.set()
            catching_up.cancel()
            self._told = False
            await asyncio.sleep(_RESTART_SECONDS)

    def end_all(self) -> None:
        """Every stream ends now, and none begins: whoever listens comes back, to another process."""
        self._closing = True
        if self._count:
            log.info("streams_ended", streams=self._count)
        for listeners in self._by_person.values():
            for listener in listeners:
                listener.wake.set()

    async def close(self) -> None:
        self.end_all()
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)


def _place(last_event_id: str | None) -> Place | None:
    """Where the last stream ended; NOWHERE where that was not said by us."""
    return None if not last_event_id else to_place(last_event_id) or NOWHERE
