"""Store what is reported, count what is new, and say so only then (group commit)."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from push.apps.service import Apps, Remembered
from push.clock import Clock
from push.database import Session
from push.engagement.attribution.service import Attribution
from push.engagement.grouping import Answer, Group, Thing
from push.engagement.model import outcome_of
from push.engagement.store import EventStore
from push.errors import Overloaded
from push.ledger.counters.store import Pen
from push.ledger.service import Ledger, by_campaign
from push.people.doings.model import Named

_GROUP_REPORTS = 500
_GROUPS_AT_ONCE = 4
_QUEUED_REPORTS = 50_000


class _Waiting:
    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.stored: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()


class Recorder:
    """What arrives while one group is being committed makes up the next: the busier, the larger the groups."""

    def __init__(self, store: EventStore, ledger: Ledger, attribution: Attribution, apps: Apps, clock: Clock) -> None:
        self._apps = Remembered(apps)
        self._store = store
        self._ledger = ledger
        self._attribution = attribution
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._queued = 0
        self._arrived = asyncio.Event()
        self._many = asyncio.Event()
        self.on_named: list[Callable[[str, Sequence[Named], Session], Awaitable[None]]] = []
        """Told (app, events, session) of new events that have a name, in the transaction that stores them."""

    @property
    def queued(self) -> int:
        """How many wait to be stored."""
        return self._queued

    async def record(self, things: Sequence[Thing]) -> Sequence[Answer]:
        """What each of these, all of one app, was. Returns once what is new is stored for good. Raises Overloaded."""
        if not things:
            return ()
        if self._queued + len(things) > _QUEUED_REPORTS:
            raise Overloaded
        waiting = _Waiting(things)
        self._waiting.append(waiting)
        self._queue(len(things))
        return await waiting.stored

    async def run(self) -> None:
        """Commit groups until cancelled."""
        async with asyncio.TaskGroup() as running:
            running.create_task(self._commit_groups(self._arrived))
            # Where a whole group waits already, it need not wait for the end of another: the database works on one
            # while others are read and worked out.
            for _ in range(_GROUPS_AT_ONCE - 1):
                running.create_task(self._commit_groups(self._many))

    async def _commit_groups(self, arrived: asyncio.Event) -> None:
        while True:
            await arrived.wait()
            by_app: dict[str, list[_Waiting]] = defaultdict(list)
            for waiting in self._next_group():
                by_app[waiting.things[0].app_id].append(waiting)
            for app_id, members in by_app.items():
                await self._commit(app_id, members)

    def _next_group(self) -> list[_Waiting]:
        size = taken = 0
        while taken < len(self._waiting) and (not taken or size + len(self._waiting[taken].things) <= _GROUP_REPORTS):
            size += len(self._waiting[taken].things)
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._queue(-size)
        return group

    def _queue(self, more: int) -> None:
        self._queued += more
        for event, enough in ((self._arrived, 1), (self._many, _GROUP_REPORTS)):
            event.set() if self._queued >= enough else event.clear()

    async def _commit(self, app_id: str, members: Sequence[_Waiting]) -> None:
        things = [thing for member in members for thing in member.things]
        try:
            answers = await self._ledger.write(lambda session, pen: self._store_group(app_id, things, session, pen))
        except Exception as error:  # noqa: BLE001
            # Whatever it is, those who reported are told, and report again: nothing was stored.
            for member in members:
                _answer(member.stored, error)
            return
        start = 0
        for member in members:
            stop = start + len(member.things)
            _answer(member.stored, answers[start:stop])
            start = stop

    async def _store_group(self, app_id: str, things: Sequence[Thing], session: Session, pen: Pen) -> list[Answer]:
        now = self._clock.now()
        group = Group(things)
        group.sort_out(await self._ledger.store.whose(app_id, group.deliveries, session))
        await self._ledger.store.add_absent(list(group.first_rows.values()), session)
        fresh, changes = await self._ledger.participants.hear(app_id, group.told, session)
        group.take_in(fresh)
        kept = timedelta(days=(await self._apps.get(app_id)).events_days)
        group.repeat(await self._store.add(app_id, group.events(), group.buckets, now, now + kept, session))
        await self._tell_named(app_id, group, session)
        made = [outcome_of(things[place], group.whose[place], now) for place in group.repeated]
        await self._attribution.store.add([each for each in made if each is not None], session)
        told = await self._ledger.telling.of(app_id, group.happened)
        if told is not None:
            await told(session)
        await self._attribution.look_again(app_id, group.touches(), session)
        people, groups = by_campaign(changes)
        tallies, parts = group.tally(groups)
        await self._ledger.counters.fold(app_id, tallies, now, session, pen, groups, people, parts)
        return group.answers

    async def _tell_named(self, app_id: str, group: Group, session: Session) -> None:
        named = [
            Named(group.whose[place], thing.name, thing.at, thing.value, thing.currency)
            for place in group.new
            if (thing := group.things[place]).name is not None
        ]
        if named:
            for tell in self.on_named:
                await tell(app_id, named, session)


def _answer(future: "asyncio.Future[Sequence[Answer]]", answer: Sequence[Answer] | BaseException) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
