"""One phone and its owner: installs the app, gets pushes, reacts like a person, reads the inbox, goes off line."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import ParamSpec

import msgspec

from sdk_contracts.sandbox.mailbox import Mailbox
from sdk_contracts.sandbox.phones import pushes
from sdk_contracts.sandbox.phones.api import Api, Refused
from sdk_contracts.sandbox.phones.habits import Habits, Moods
from sdk_contracts.sandbox.phones.outbox import Outbox
from sdk_contracts.wire.inbox import InboxItem, InboxPage, InboxSummary, PushPayload

P = ParamSpec("P")
log = logging.getLogger("fanfare.sandbox")
PAGE = 20
LEAST_SECONDS_BETWEEN_VISITS = 2.0
"""Real seconds: however fast the owners live, the API is not to drown in visits."""


class Line(msgspec.Struct, frozen=True):
    """How a push service reaches this phone: its mailbox and the address there; `remove` ends the address."""

    mailbox: Mailbox
    address: str
    remove: Callable[[str], None]


class Phone:
    """A registered installation. `run` lives until it is cancelled or the app is uninstalled."""

    def __init__(
        self, habits: Habits, moods: Moods, api: Api, key: str, line: Line | None, pace: float, tally: Counter[str]
    ) -> None:
        self.habits = habits
        self.uninstalled = False
        self._moods = moods
        self._api = api
        self._key = key
        self._line = line
        self._pace = pace
        self._tally = tally
        self._seen = pushes.Seen()
        self._outbox = Outbox(api, self._sleep, tally)
        self._tasks: set[asyncio.Task[None]] = set()
        self._removed = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Nothing is under way: every push was lived through and every event is stored."""
        return self._outbox.empty and not any(task.get_name() == "push" for task in self._tasks)

    async def run(self) -> None:
        """Live."""
        self._spawn("outbox", self._outbox.send_for_ever, self._key)
        if self.habits.reads_inbox:
            self._spawn("visits", self._visit_now_and_then)
        if self._line:
            self._line.mailbox.online(self._line.address, self._ring)
            if self.habits.wanders:
                self._spawn("wander", self._wander, self._line)
        try:
            await self._removed.wait()
        finally:
            if self._line and not self.uninstalled:
                self._line.mailbox.away(self._line.address)
            for task in [*self._tasks]:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._pace)

    def _spawn(self, name: str, part: Callable[P, Awaitable[None]], *args: P.args, **named: P.kwargs) -> None:
        task = asyncio.create_task(self._lived(part, *args, **named), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lived(self, part: Callable[P, Awaitable[None]], *args: P.args, **named: P.kwargs) -> None:
        try:
            await part(*args, **named)
        except Refused as error:
            log.warning("phone %d: %s", self.habits.number, error)
            self._tally["refused"] += 1
        except Exception:
            log.exception("phone %d stumbled", self.habits.number)
            self._tally["stumbled"] += 1

    def _ring(self, body: bytes) -> None:
        try:
            push = pushes.read(self.habits.platform, body)
        except msgspec.DecodeError as error:
            log.warning("phone %d cannot read a push: %s", self.habits.number, error)
            self._tally["unreadable"] += 1
            return
        if self._seen.first(push.delivery_id):
            self._spawn("push", self._live_through, push)
        else:
            self._tally["duplicates_dropped"] += 1

    async def _live_through(self, push: PushPayload) -> None:
        moods, habits = self._moods, self.habits
        await self._sleep(moods.arrival())
        self._outbox.add("received", push)
        if push.silent or not habits.opted_in:
            return
        await self._sleep(moods.display())
        self._outbox.add("displayed", push)
        await self._sleep(moods.reaction())
        if moods.chance(habits.tends_to_open):
            await self._open(push)
        elif moods.chance(habits.tends_to_dismiss):
            self._outbox.add("dismissed", push)
            if moods.chance(habits.tends_to_uninstall):
                self._uninstall()

    async def _open(self, push: PushPayload) -> None:
        """A tap; it leads somewhere when the push has a link or buttons, which not everybody follows."""
        self._outbox.add("opened", push)
        if (push.link or push.actions) and self._moods.chance(self.habits.tends_to_click):
            action = self._moods.pick(push.actions) if push.actions else None
            self._outbox.add("clicked", push, action.id if action else None)
        if self.habits.reads_inbox:
            await self._sleep(self._moods.reading())
            await self._read_inbox()

    def _uninstall(self) -> None:
        """No app says goodbye: Fanfare learns it from the push service's next answer."""
        self.uninstalled = True
        self._tally["uninstalled"] += 1
        if self._line:
            self._line.remove(self._line.address)
        self._removed.set()

    async def _wander(self, line: Line) -> None:
        while True:
            await self._sleep(self._moods.online())
            line.mailbox.away(line.address)
            await self._sleep(self._moods.offline())
            line.mailbox.online(line.address, self._ring)

    async def _visit_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(max(self._moods.between_visits() / self._pace, LEAST_SECONDS_BETWEEN_VISITS))
            if (await self._api.get("/v1/inbox/summary", self._key, InboxSummary)).unseen:
                await self._read_inbox()

    async def _read_inbox(self) -> None:
        """Look at the first page, then read some of what is unread."""
        page = await self._api.get(f"/v1/inbox?limit={PAGE}", self._key, InboxPage)
        for item in page.items:
            if item.seen_at is None:
                await self._mark(item, "seen")
        for item in page.items:
            if item.read_at is None and self._moods.chance(0.6):
                await self._sleep(self._moods.reading())
                await self._mark(item, "read")
                if item.kind == "training" and item.acknowledged_at is None and self._moods.chance(0.7):
                    await self._mark(item, "acknowledge")

    async def _mark(self, item: InboxItem, verb: str) -> None:
        try:
            await self._api.ask("POST", f"/v1/inbox/{item.id}/{verb}", self._key)
        except Refused as error:
            if error.status != 404:  # It ran out or was taken back while being read.
                raise
        else:
            self._tally[f"inbox_{verb}"] += 1
