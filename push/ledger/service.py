"""Writing to the ledger and its counters together, and reading both."""

from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from push.clock import Clock
from push.database import Database, Document, Session
from push.errors import BadCursor
from push.ledger.counters.store import ROLLED_AT_ONCE, WIDTHS, Counters, Pen, Width, bucketed
from push.ledger.model import CONFIRMING_PLATFORMS, PEOPLE, PER_PERSON, STEPS, Counts, Groups, Row, Tally, parts_of
from push.ledger.participants.model import Change
from push.ledger.participants.store import ParticipantStore
from push.ledger.store import LedgerStore
from push.ledger.telling import Telling

T = TypeVar("T")
BUCKETS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_SERIES = ("targeted", *STEPS, "skipped", "failed", "dead", "redriven")


class Settlement(Struct, kw_only=True):
    """How one batch ended: the many that were accepted, and the few others by reason."""

    accepted: int = 0
    ended: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """state → reason → delivery ids."""
    moved: dict[str, list[str]] = field(default_factory=dict)
    """Those tried again apart from the others: their new lot → delivery ids."""
    not_before: dict[str, datetime] = field(default_factory=dict)
    """Lots of those who wait for the end of their quiet hours, until then."""
    tally: Tally = field(default_factory=Tally)
    parts: dict[str, Tally] = field(default_factory=dict)
    """The same by platform and by locale."""

    def accept(self, platforms: Sequence[str | None]) -> None:
        """One for each that was accepted."""
        self.accepted += len(platforms)
        self.tally.accept(sum(platform in CONFIRMING_PLATFORMS for platform in platforms), len(platforms))

    def end(self, delivery_id: str, state: str, reason: str) -> None:
        self.ended[state][reason].append(delivery_id)
        self.tally.end(state, reason)


class Ledger:
    def __init__(
        self, database: Database, store: LedgerStore, counters: Counters, participants: ParticipantStore, clock: Clock
    ) -> None:
        self._database = database
        self.store = store
        self.participants = participants
        self.counters = counters
        self.telling = Telling()
        self._clock = clock

    async def write(self, work: Callable[[Session, Pen], Coroutine[Any, Any, T]]) -> T:
        """Run `work` as a transaction that counts; it may run more than once after a conflict."""
        async with self.counters.pen() as pen:
            return await self._database.transaction(lambda session: work(session, pen))

    async def plan(
        self,
        app_id: str,
        campaign_id: str,
        pushes: Sequence[Document],
        persons: Sequence[Document],
        session: Session,
        pen: Pen,
    ) -> set[str]:
        """Write planned and skipped rows and count them; answers which of `persons` are new to this campaign.

        A device is walked once, so its row is new; a person comes back with each of their devices.
        """
        await self.store.add(pushes, session)
        added = await self.store.add_missing(persons, session)
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        groups: Groups = defaultdict(Tally)
        parts: Groups = defaultdict(Tally)
        rows = (*pushes, *(row for row in persons if row["_id"] in added))
        alike = Counter(
            (row["channel"], row.get("reason"), row.get("variant"), row.get("platform"), row.get("locale"))
            for row in rows
        )
        for (channel, reason, variant, platform, locale), count in alike.items():
            for tally in (
                tallies[campaign_id, channel],
                *([groups[campaign_id, channel, variant]] if variant else []),
                *(parts[campaign_id, channel, part] for part in parts_of(platform, locale)),
            ):
                tally.plan(count) if reason is None else tally.skip(reason, count)
        if groups:
            # Who could not be sent to anyway is in no group: those held out are like those who are not.
            meant = {row["person_id"]: row["variant"] for row in rows if row.get("reason") in (None, "holdout")}
            for person_id in await self.participants.add(app_id, campaign_id, meant, self._clock.now(), session):
                groups[campaign_id, PEOPLE, meant[person_id]]["targeted"] += 1
        await self.counters.fold(app_id, tallies, self._clock.now(), session, pen, groups, parts=parts)
        return added

    async def settle(
        self,
        app_id: str,
        campaign_id: str,
        channel: str,
        lot: str,
        settlement: Settlement,
        session: Session,
        pen: Pen,
        variant: str | None = None,
    ) -> None:
        """Write how a batch ended, rows and counters together: one entry accepts all of its lot that is left.

        `variant` is the group of an experiment that all of the batch are in.
        """
        now = self._clock.now()
        if settlement.accepted:
            await self.store.accept(app_id, campaign_id, lot, settlement.accepted, now, session)
        for other, delivery_ids in settlement.moved.items():
            await self.store.move(app_id, delivery_ids, other, settlement.not_before.get(other), session)
        for state, reasons in settlement.ended.items():
            await self.store.end(app_id, state, reasons, session)
        groups = {(campaign_id, channel, variant): settlement.tally} if variant else None
        parts = {(campaign_id, channel, part): tally for part, tally in settlement.parts.items()}
        tallies = {(campaign_id, channel): settlement.tally}
        await self.counters.fold(app_id, tallies, now, session, pen, groups, parts=parts)

    async def count_targeted(self, app_id: str, campaign_id: str, channels: Sequence[str]) -> None:
        """Once everybody is planned: how many people that are. An inbox or a mailbox has each of them once already."""
        if _of_persons(channels) is None:
            await self.counters.keep_people(app_id, campaign_id, await self.store.people(app_id, campaign_id))

    async def people(self, app_id: str, campaign_id: str, channels: Sequence[str], planned: bool) -> Counts:
        """What people did whom the campaign meant; how many it meant (`targeted`) is known once it is planned."""
        counts = await self.counters.people(app_id, campaign_id)
        if planned and "targeted" not in counts.numbers:
            if (channel := _of_persons(channels)) is not None:
                each = (await self.counters.totals(app_id, campaign_id)).get(channel, Counts())
                return replace(counts, numbers={**counts.numbers, "targeted": each["targeted"]})
            # A message is counted when somebody looks.
            await self.count_targeted(app_id, campaign_id, channels)
            return await self.counters.people(app_id, campaign_id)
        return counts

    async def count_people(self, app_id: str, changes: Sequence[Change], session: Session, pen: Pen) -> None:
        """Fold what people have changed in the numbers of campaigns and of their groups."""
        people, groups = by_campaign(changes)
        if people:
            await self.counters.fold(app_id, {}, self._clock.now(), session, pen, groups, people)

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """What was an anonymous person's is the known one's, who is counted once from now on."""
        campaigns = await self.store.move_person(app_id, source, target, session)
        changes = await self.participants.merge(app_id, source, target, campaigns, session)
        await self.count_people(app_id, changes, session, f"merge{source[-2:]}")

    async def funnel(self, app_id: str, campaign_id: str) -> dict[str, Counts]:
        """The milestones by channel, from counters."""
        return await self.counters.totals(app_id, campaign_id)

    async def timeline(self, app_id: str, campaign_id: str, bucket: str) -> list[tuple[datetime, dict[str, int]]]:
        """What happened in each `minute`, `hour` or `day` (UTC) in which anything did."""
        return summed(await self.counters.minutes(app_id, campaign_id), BUCKETS[bucket])

    async def roll_up(self, app_id: str) -> int:
        """Timelines are told by the minute for two days, then by the hour, and after 35 days by the day.

        Answers how many documents were folded into others.
        """
        return sum([await self._roll_up(app_id, step) for step in WIDTHS])

    async def _roll_up(self, app_id: str, step: Width) -> int:
        folded, some = 0, ROLLED_AT_ONCE
        while some == ROLLED_AT_ONCE:
            now = self._clock.now()

            async def store(session: Session, now: datetime = now) -> int:
                return await self.counters.roll_up(app_id, step, now, session)

            some = await self._database.transaction(store)
            folded += some
        return folded

    async def recipients(
        self, app_id: str, campaign_id: str, state: str | None, reason: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Row], str | None]:
        """Rows of a campaign, and the cursor of the next page; a page may be short of rows where they are few in many.

        Raises BadCursor.
        """
        if cursor is not None and not cursor.startswith("dlv_"):
            raise BadCursor
        return await self.store.page(app_id, campaign_id, cursor or "", limit, state, reason)


def _of_persons(channels: Sequence[str]) -> str | None:
    """A channel that counts each person once."""
    return next((channel for channel in PER_PERSON if channel in channels), None)


def by_campaign(changes: Sequence[Change]) -> tuple[dict[str, Tally], dict[tuple[str, str, str], Tally]]:
    """The changes to people's numbers by campaign, and by campaign and group of its experiment."""
    people: dict[str, Tally] = defaultdict(Tally)
    groups: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for change in changes:
        people[change.campaign_id][change.name] += change.by
        if change.variant is not None:
            groups[change.campaign_id, PEOPLE, change.variant][change.name] += change.by
    return people, groups


def summed(series: list[tuple[datetime, Counts]], width: timedelta) -> list[tuple[datetime, dict[str, int]]]:
    """The series in buckets of this width, each with its non-zero numbers."""
    return [
        (at, {name: n for name in _SERIES if (n := sum(_happened(counts, name) for counts in group))})
        for at, group in sorted(bucketed(series, width).items())
    ]


def _happened(counts: Counts, name: str) -> int:
    """How often: whoever left the dead letters again, redriven or expired, had died all the same."""
    return counts[name] + (counts["redriven"] + counts["lapsed"] if name == "dead" else 0)
