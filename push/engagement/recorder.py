"""Store what is reported, count what is new, and say so only then (group commit)."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from push.clock import Clock
from push.database import Session
from push.engagement.model import Report
from push.engagement.store import EventStore
from push.errors import Overloaded
from push.ledger.counters.store import Pen
from push.ledger.model import PEOPLE, Tally, campaign_of, channel_of
from push.ledger.participants.store import STEPS
from push.ledger.service import Ledger
from push.ledger.telling import Happened
from push.triggers.hearing import Named

_GROUP_REPORTS = 2000
_QUEUED_REPORTS = 50_000


class _Waiting:
    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = reports
        self.stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()


class Recorder:
    """What arrives while one group is being committed makes up the next: the busier, the larger the groups."""

    def __init__(self, store: EventStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._queued = 0
        self._arrived = asyncio.Event()
        self.on_named: list[Callable[[str, Sequence[Named], Session], Awaitable[None]]] = []
        """Told (app, events, session) of new events that have a name, in the transaction that stores them."""

    async def record(self, reports: Sequence[Report]) -> int:
        """How many of these were new. Returns once they are stored for good. Raises Overloaded."""
        if not reports:
            return 0
        if self._queued + len(reports) > _QUEUED_REPORTS:
            raise Overloaded
        waiting = _Waiting(reports)
        self._waiting.append(waiting)
        self._queued += len(reports)
        self._arrived.set()
        return await waiting.stored

    async def run(self) -> None:
        """Commit groups until cancelled."""
        while True:
            await self._arrived.wait()
            group = self._next_group()
            by_app: dict[str, list[_Waiting]] = defaultdict(list)
            for waiting in group:
                by_app[waiting.reports[0].app_id].append(waiting)
            for app_id, members in by_app.items():
                await self._commit(app_id, members)

    def _next_group(self) -> list[_Waiting]:
        size = taken = 0
        while taken < len(self._waiting) and (not taken or size + len(self._waiting[taken].reports) <= _GROUP_REPORTS):
            size += len(self._waiting[taken].reports)
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._queued -= size
        if not self._waiting:
            self._arrived.clear()
        return group

    async def _commit(self, app_id: str, members: Sequence[_Waiting]) -> None:
        reports = [report for member in members for report in member.reports]
        try:
            new = await self._ledger.write(lambda session, pen: self._store_group(app_id, reports, session, pen))
        except Exception as error:  # noqa: BLE001
            # Whatever it is, those who reported are told, and report again: nothing was stored.
            for member in members:
                _answer(member.stored, error)
            return
        start = 0
        for member in members:
            stop = start + len(member.reports)
            _answer(member.stored, sum(index in new for index in range(start, stop)))
            start = stop

    async def _store_group(self, app_id: str, reports: Sequence[Report], session: Session, pen: Pen) -> set[int]:
        """The positions of the new reports."""
        now = self._clock.now()
        steps = [(report.step_key, report.document(now)) for report in reports]
        first = await self._store.add(app_id, steps, session)
        new = set(first)
        repeats = [index for index, report in enumerate(reports) if report.repeats]
        if repeats:
            values = [(f"{reports[i].step_key}:{reports[i].event_id}", reports[i].document(now)) for i in repeats]
            new |= {repeats[index] for index in await self._store.add(app_id, values, session)}
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for index in first:
            report = reports[index]
            tally = tallies[campaign_of(report.delivery_id), channel_of(report.delivery_id)]
            tally[report.kind] += 1
            tally["confirmable"] += report.confirms
        await self._add_rows(app_id, [reports[index] for index in first], tallies, session)
        stamps = [(reports[i].delivery_id, reports[i].kind, reports[i].at) for i in sorted(first)]
        await self._ledger.store.stamp(app_id, stamps, session)
        await self._tell_named(app_id, [reports[index] for index in sorted(new)], session)
        told = await self._ledger.telling.of(
            app_id, lambda: [Happened(reports[i].kind, reports[i].delivery_id, reports[i].at) for i in sorted(first)]
        )
        if told is not None:
            await told(session)
        groups = await self._of_experiments(app_id, [reports[index] for index in sorted(first)], session)
        await self._ledger.counters.fold(app_id, tallies, now, session, pen, groups)
        return new

    async def _tell_named(self, app_id: str, reports: Sequence[Report], session: Session) -> None:
        named = [
            Named(report.whose, report.name, report.at)
            for report in reports
            if report.name is not None and report.whose is not None
        ]
        if named:
            for tell in self.on_named:
                await tell(app_id, named, session)

    async def _of_experiments(
        self, app_id: str, reports: Sequence[Report], session: Session
    ) -> dict[tuple[str, str, str], Tally]:
        """What is new of the groups of experiments: deliveries, and people who never did this before."""
        groups: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        steps = []
        for report in reports:
            if report.variant is None or report.person_id is None:
                continue
            campaign_id = campaign_of(report.delivery_id)
            tally = groups[campaign_id, channel_of(report.delivery_id), report.variant]
            tally[report.kind] += 1
            tally["confirmable"] += report.confirms
            if report.kind in STEPS:
                steps.append((campaign_id, report.person_id, report.kind, report.at))
        for (campaign_id, _, kind, _), group in await self._ledger.participants.stamp(app_id, steps, session):
            groups[campaign_id, PEOPLE, group][kind] += 1
        return groups

    async def _add_rows(
        self, app_id: str, reports: Sequence[Report], tallies: dict[tuple[str, str], Tally], session: Session
    ) -> None:
        """Rows of broadcasts' deliveries of which this is the first that is heard."""
        rows = {report.delivery_id: report.first_row for report in reports if report.first_row is not None}
        for added in await self._ledger.store.add_missing(list(rows.values()), session):
            if rows[added]["counted"] == "later":
                tally = tallies[campaign_of(added), channel_of(added)]
                tally["targeted"] += 1
                tally["accepted"] += 1


def _answer(future: "asyncio.Future[int]", answer: int | BaseException) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
