"""Store what is reported, count what is new, and say so only then (group commit)."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from push.apps.service import Apps, Remembered
from push.clock import Clock
from push.database import Document, Session
from push.engagement.attribution.service import Attribution
from push.engagement.buckets import Bucket, packed
from push.engagement.model import Deed, Report, confirms, outcome_of
from push.engagement.store import EventStore
from push.errors import Overloaded
from push.ledger.counters.store import Pen
from push.ledger.model import Channel, Groups, Tally, campaign_of, channel_of, parts_of
from push.ledger.participants.store import Told
from push.ledger.service import Ledger, by_campaign
from push.ledger.telling import Happened
from push.people.doings.model import Named

_GROUP_REPORTS = 1000
_QUEUED_REPORTS = 50_000
Thing = Report | Deed
Answer = Literal["new", "known", "unknown"]
"""`unknown`: there is no such delivery, or none of whoever reports it."""


class _Waiting:
    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.stored: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()


class _Group:
    """What is stored together, all of one app: what of it is new, and what that is counted as."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.answers: list[Answer] = ["unknown"] * len(things)
        self.whose: dict[int, str] = {}
        """By position; those that are unknown are not in it."""
        self.deliveries = list({thing.delivery_id: None for thing in things if isinstance(thing, Report)})
        self.rows: dict[str, Document] = {}
        self.first_rows: dict[str, Document] = {}
        """Of broadcasts' deliveries of which this is the first that is heard."""
        self.buckets: dict[str, Bucket] = {}
        self.told: list[Told] = []
        self.repeated: list[int] = []
        """Positions of what is stored by itself: conversions and deeds; in the end those of them that are new."""
        self._told_by: list[int] = []
        self._steps: list[int] = []

    def sort_out(self, rows: dict[str, Document]) -> None:
        """Tell what may be taken, by what there is in the ledger."""
        self.rows = rows
        for place, thing in enumerate(self.things):
            if isinstance(thing, Deed):
                self.answers[place], self.whose[place] = "known", thing.person_id
                self.repeated.append(place)
                continue
            delivery_id, row = thing.delivery_id, rows.get(thing.delivery_id)
            if row is None:
                if thing.first_row is None:
                    continue
                row = rows[delivery_id] = self.first_rows[delivery_id] = thing.first_row
            elif not thing.may_tell(row):
                continue
            self.answers[place] = "known"
            self.whose[place] = person_id = row["person_id"]
            campaign_id, bucket = row["campaign_id"], None
            if thing.repeats:
                self.repeated.append(place)
            else:
                bucket = self.buckets.get(campaign_id)
                if bucket is None:
                    bucket = self.buckets[campaign_id] = Bucket(campaign_id)
            if row.get(f"{thing.kind}_at") is None:
                name = bucket.id if bucket is not None else None
                self.told.append(Told(campaign_id, person_id, delivery_id, thing.kind, thing.at, thing.shows, name))
                self._told_by.append(place)

    def take_in(self, fresh: Sequence[int]) -> None:
        """These of `told` are new steps."""
        self._steps = [self._told_by[each] for each in fresh]
        for place in self._steps:
            self.answers[place] = "new"
            report = self.step(place)
            if not report.repeats:
                self.buckets[campaign_of(report.delivery_id)].events.append(packed(report.delivery_id, report.event()))

    def events(self) -> list[tuple[str, Document]]:
        return [(self.things[place].event_key, self.things[place].document()) for place in self.repeated]

    def repeat(self, added: set[int]) -> None:
        """Of a conversion it is each event that counts, and not that there was a first one: these of `events` are
        new."""
        self.repeated = [place for number, place in enumerate(self.repeated) if number in added]
        for place in self.repeated:
            self.answers[place] = "new"

    def step(self, place: int) -> Report:
        thing = self.things[place]
        assert isinstance(thing, Report)
        return thing

    @property
    def new(self) -> list[int]:
        return [place for place, answer in enumerate(self.answers) if answer == "new"]

    def happened(self) -> list[Happened]:
        steps = [self.step(place) for place in self._steps]
        return [Happened(report.kind, report.delivery_id, report.at) for report in steps]

    def touches(self) -> list[tuple[str, datetime]]:
        """Of whom something new was heard, and when that was."""
        return [(self.whose[place], self.things[place].at) for place in self._steps]

    def tally(self, groups: Groups) -> tuple[dict[tuple[str, str], Tally], Groups]:
        """What is counted, by campaign and by its parts; groups of experiments are added to `groups`."""
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        parts: Groups = defaultdict(Tally)
        alike: Counter[tuple[str, Channel, str | None, str | None, str | None, str]] = Counter()
        for place in self._steps:
            report = self.step(place)
            row = self.rows[report.delivery_id]
            channel, platform = channel_of(report.delivery_id), row.get("platform")
            alike[row["campaign_id"], channel, platform, row.get("locale"), row.get("variant"), report.kind] += 1
        for (campaign_id, channel, platform, locale, variant, kind), count in alike.items():
            counted = [tallies[campaign_id, channel]]
            counted += [parts[campaign_id, channel, part] for part in parts_of(platform, locale)]
            counted += [groups[campaign_id, channel, variant]] if variant is not None else []
            for tally in counted:
                tally[kind] += count
                tally["confirmable"] += count * confirms(kind, channel, platform)
        for row in self.first_rows.values():
            if row["counted"] == "later":
                of = row["campaign_id"], channel_of(row["_id"])
                for tally in (tallies[of], *(parts[*of, part] for part in parts_of(None, None))):
                    tally["targeted"] += 1
                    tally["accepted"] += 1
        return tallies, parts


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

    async def record(self, things: Sequence[Thing]) -> Sequence[Answer]:
        """What each of these, all of one app, was. Returns once what is new is stored for good. Raises Overloaded."""
        if not things:
            return ()
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
        group = _Group(things)
        group.sort_out(await self._ledger.store.existing(app_id, group.deliveries, session))
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

    async def _tell_named(self, app_id: str, group: _Group, session: Session) -> None:
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
