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
from push.engagement.model import Deed, Report, outcome_of
from push.engagement.store import EventStore
from push.errors import Overloaded
from push.ledger.counters.store import Pen
from push.ledger.model import Groups, Tally, campaign_of, channel_of, parts_of
from push.ledger.participants.store import Step
from push.ledger.service import Ledger, by_campaign
from push.ledger.telling import Happened
from push.people.doings.model import Named

_GROUP_REPORTS = 1000
_QUEUED_REPORTS = 50_000
Thing = Report | Deed


class _Waiting:
    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()


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
        self.on_named: list[Callable[[str, Sequence[Named], Session], Awaitable[None]]] = []
        """Told (app, events, session) of new events that have a name, in the transaction that stores them."""

    @property
    def queued(self) -> int:
        """How many wait to be stored."""
        return self._queued

    async def record(self, things: Sequence[Thing]) -> int:
        """How many of these, all of one app, were new. Returns once they are stored for good. Raises Overloaded."""
        if not things:
            return 0
        if self._queued + len(things) > _QUEUED_REPORTS:
            raise Overloaded
        waiting = _Waiting(things)
        self._waiting.append(waiting)
        self._queued += len(things)
        self._arrived.set()
        return await waiting.stored

    async def run(self) -> None:
        """Commit groups until cancelled."""
        while True:
            await self._arrived.wait()
            group = self._next_group()
            by_app: dict[str, list[_Waiting]] = defaultdict(list)
            for waiting in group:
                by_app[waiting.things[0].app_id].append(waiting)
            for app_id, members in by_app.items():
                await self._commit(app_id, members)

    def _next_group(self) -> list[_Waiting]:
        size = taken = 0
        while taken < len(self._waiting) and (not taken or size + len(self._waiting[taken].things) <= _GROUP_REPORTS):
            size += len(self._waiting[taken].things)
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._queued -= size
        if not self._waiting:
            self._arrived.clear()
        return group

    async def _commit(self, app_id: str, members: Sequence[_Waiting]) -> None:
        things = [thing for member in members for thing in member.things]
        try:
            new = await self._ledger.write(lambda session, pen: self._store_group(app_id, things, session, pen))
        except Exception as error:  # noqa: BLE001
            # Whatever it is, those who reported are told, and report again: nothing was stored.
            for member in members:
                _answer(member.stored, error)
            return
        start = 0
        for member in members:
            stop = start + len(member.things)
            _answer(member.stored, sum(index in new for index in range(start, stop)))
            start = stop

    async def _store_group(self, app_id: str, things: Sequence[Thing], session: Session, pen: Pen) -> set[int]:
        """The positions of what is new."""
        now = self._clock.now()
        events = [(thing.key, thing.document(now)) for thing in things]
        repeated = [place for place, thing in enumerate(things) if isinstance(thing, Report) and thing.repeats]
        events += [(things[place].event_key, things[place].document(now)) for place in repeated]
        kept = timedelta(days=(await self._apps.get(app_id)).events_days)
        added = await self._store.add(app_id, events, now + kept, session)
        first = sorted(place for place in added if place < len(things))
        again = {repeated[place - len(things)] for place in added if place >= len(things)}
        new = {*first, *again}
        steps = [thing for place in first if isinstance(thing := things[place], Report)]
        tallies, parts = self._tallied(steps)
        await self._add_rows(app_id, steps, tallies, parts, session)
        stamps = [(report.delivery_id, report.kind, report.at) for report in steps]
        await self._ledger.store.stamp(app_id, stamps, session)
        fresh = [things[place] for place in sorted(new)]
        await self._tell_named(app_id, fresh, session)
        # Of a conversion it is each event that counts, and not that there was a first one.
        done = [things[place] for place in sorted(again | {place for place in first if place not in repeated})]
        await self._attribution.store.add([made for thing in done if (made := outcome_of(thing, now))], session)
        told = await self._ledger.telling.of(
            app_id, lambda: [Happened(report.kind, report.delivery_id, report.at) for report in steps]
        )
        if told is not None:
            await told(session)
        people, groups = await self._of_people(app_id, steps, session)
        for report in steps:
            if report.variant is not None:
                _count(groups[campaign_of(report.delivery_id), channel_of(report.delivery_id), report.variant], report)
        await self._ledger.counters.fold(app_id, tallies, now, session, pen, groups, people, parts)
        return new

    @staticmethod
    def _tallied(steps: Sequence[Report]) -> tuple[dict[tuple[str, str], Tally], Groups]:
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        parts: Groups = defaultdict(Tally)
        for report in steps:
            campaign_id, channel = campaign_of(report.delivery_id), channel_of(report.delivery_id)
            _count(tallies[campaign_id, channel], report)
            for part in parts_of(report.platform, report.locale):
                _count(parts[campaign_id, channel, part], report)
        return tallies, parts

    async def _tell_named(self, app_id: str, things: Sequence[Thing], session: Session) -> None:
        named = [
            Named(thing.whose, thing.name, thing.at, thing.value, thing.currency)
            for thing in things
            if thing.name is not None and thing.whose is not None
        ]
        if named:
            for tell in self.on_named:
                await tell(app_id, named, session)

    async def _of_people(
        self, app_id: str, reports: Sequence[Report], session: Session
    ) -> tuple[dict[str, Tally], Groups]:
        """What people did for the first time, on whichever of their devices: by campaign, and by its groups."""
        steps: list[Step] = []
        for report in reports:
            if report.whose is not None:
                campaign_id = campaign_of(report.delivery_id)
                steps += [(campaign_id, report.whose, step, report.at) for step in report.shows]
        changes = await self._ledger.participants.stamp(app_id, steps, session)
        await self._attribution.look_again(app_id, [(step[1], step[3]) for step in steps], session)
        return by_campaign(changes)

    async def _add_rows(
        self,
        app_id: str,
        reports: Sequence[Report],
        tallies: dict[tuple[str, str], Tally],
        parts: Groups,
        session: Session,
    ) -> None:
        """Rows of broadcasts' deliveries of which this is the first that is heard."""
        rows = {report.delivery_id: report.first_row for report in reports if report.first_row is not None}
        for added in await self._ledger.store.add_missing(list(rows.values()), session):
            if rows[added]["counted"] == "later":
                campaign_id, channel = campaign_of(added), channel_of(added)
                joined = [parts[campaign_id, channel, part] for part in parts_of(None, None)]
                for tally in (tallies[campaign_id, channel], *joined):
                    tally["targeted"] += 1
                    tally["accepted"] += 1


def _count(tally: Tally, report: Report) -> None:
    tally[report.kind] += 1
    tally["confirmable"] += report.confirms


def _answer(future: "asyncio.Future[int]", answer: int | BaseException) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
