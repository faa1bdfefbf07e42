"""Counters folded from the ledger. Each is kept in many documents, one a pen: two transactions that count the same
thing with different pens never wait for each other, and readers add them up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from pymongo import DeleteOne, IndexModel, UpdateOne

from push.database import Database, Document, Session
from push.ledger.model import PEOPLE, Counts, Tally, to_counts

APP = "app"
"""Stands in the place of a campaign in the sums over a whole app."""
Tallies = Mapping[tuple[str, str], Tally]
"""Changes by (campaign id, channel)."""
VariantTallies = Mapping[tuple[str, str, str], Tally]
"""Changes by (campaign id, channel, group of its experiment): what is in the campaign's tally as well."""
Pen = str
_RECOUNT = "recount"
_ROLLED = "rolled"
PENS = 6
"""How many transactions of one process count at the same time."""


class Width(Struct, frozen=True):
    """A step of a timeline's keeping."""

    bucket: str
    into: str
    """The wider bucket that it is folded into."""
    width: timedelta
    after: timedelta


WIDTHS = (
    Width("minute", "campaign_hour", timedelta(hours=1), timedelta(days=2)),
    Width("campaign_hour", "campaign_day", timedelta(days=1), timedelta(days=35)),
)
ROLLED_AT_ONCE = 500


class Counters:
    def __init__(self, database: Database, process: str) -> None:
        """`process` is this one's name, and no other's: it makes its pens its own."""
        self._counters = database.collection(
            "counters",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("campaign_id", 1), ("bucket", 1), ("at", 1)]),
            IndexModel([("app_id", 1), ("bucket", 1), ("at", 1)]),
        )
        self._pens: asyncio.Queue[Pen] = asyncio.Queue()
        for number in range(PENS):
            self._pens.put_nowait(f"{process}{number}")

    @contextlib.asynccontextmanager
    async def pen(self) -> AsyncIterator[Pen]:
        """Held around a transaction that folds: nobody else counts with it meanwhile."""
        held = await self._pens.get()
        try:
            yield held
        finally:
            self._pens.put_nowait(held)

    async def fold(
        self,
        app_id: str,
        tallies: Tallies,
        at: datetime,
        session: Session,
        pen: Pen,
        variants: VariantTallies | None = None,
        people: Mapping[str, Tally] | None = None,
        parts: VariantTallies | None = None,
    ) -> None:
        """Add the changes to the totals, the campaign's minute and the app's hour; `variants` to the experiment's.

        `people`, by campaign, are counted apart, in all and by the app's hour; `parts` are platforms and locales.
        """
        updates = [
            self._update(app_id, campaign_id, channel, bucket, None, pen, changes, label)
            for bucket, found in (("variant", variants), ("part", parts))
            for (campaign_id, channel, label), tally in (found or {}).items()
            if (changes := {f"n.{name}": value for name, value in tally.items() if value})
        ]
        for (campaign_id, channel), tally in tallies.items():
            changes = {f"n.{name}": value for name, value in tally.items() if value}
            if not changes:
                continue
            for campaign, bucket, start in (
                (campaign_id, "total", None),
                (campaign_id, "minute", at.replace(second=0, microsecond=0)),
                (APP, "hour", at.replace(minute=0, second=0, microsecond=0)),
            ):
                updates.append(self._update(app_id, campaign, channel, bucket, start, pen, changes))
        hour = at.replace(minute=0, second=0, microsecond=0)
        for campaign_id, tally in (people or {}).items():
            if changes := {f"n.{name}": value for name, value in tally.items() if value}:
                updates.append(self._update(app_id, campaign_id, PEOPLE, "people", None, pen, changes))
                updates.append(self._update(app_id, APP, PEOPLE, "people_hour", hour, pen, changes))
        if updates:
            await self._counters.bulk_write(updates, ordered=False, session=session)

    @staticmethod
    def _update(
        app_id: str,
        campaign_id: str,
        channel: str,
        bucket: str,
        at: datetime | None,
        pen: Pen,
        changes: dict[str, int],
        variant: str = "",
    ) -> UpdateOne:
        key = ":".join((app_id, campaign_id, channel, bucket, f"{at:%Y%m%d%H%M}" if at else variant, pen))
        described = {"campaign_id": campaign_id, "channel": channel, "bucket": bucket, "at": at}
        if variant:
            described[bucket] = variant
        return UpdateOne({"app_id": app_id, "_id": key}, {"$inc": changes, "$setOnInsert": described}, upsert=True)

    async def keep_base(self, app_id: str, campaign_id: str, channel: str, tally: Tally, session: Session) -> None:
        """What was counted at once, without a row each: a recount starts from it."""
        changes = {f"n.{name}": value for name, value in tally.items() if value}
        if changes:
            update = self._update(app_id, campaign_id, channel, "base", None, _RECOUNT, changes)
            await self._counters.bulk_write([update], session=session)

    async def keep_people(self, app_id: str, campaign_id: str, targeted: int) -> None:
        """How many people the campaign meant, once it is planned; said again, it is said once."""
        key = ":".join((app_id, campaign_id, PEOPLE, "people_base"))
        described = {"campaign_id": campaign_id, "channel": PEOPLE, "bucket": "people_base", "at": None}
        await self._counters.update_one(
            {"app_id": app_id, "_id": key}, {"$set": {**described, "n": {"targeted": targeted}}}, upsert=True
        )

    async def people(self, app_id: str, campaign_id: str, session: Session | None = None) -> Counts:
        """What people did whom the campaign meant; `targeted` once it is planned, where it is told of people."""
        found: list[Document] = []
        for bucket in ("people", "people_base"):
            query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": bucket}
            found += [row["n"] async for row in self._counters.find(query, session=session)]
        return to_counts(found)

    async def people_hours(self, app_id: str, start: datetime, stop: datetime) -> Counts:
        """What people did in an app from the hour of `start` to that of `stop`, each counted once a campaign."""
        hour = start.replace(minute=0, second=0, microsecond=0)
        query = {"app_id": app_id, "campaign_id": APP, "bucket": "people_hour", "at": {"$gte": hour, "$lt": stop}}
        return to_counts([row["n"] async for row in self._counters.find(query)])

    async def base(self, app_id: str, campaign_id: str) -> dict[str, Counts]:
        """What `keep_base` has kept, by channel."""
        query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": "base"}
        return _by_channel([row async for row in self._counters.find(query)])

    async def totals(self, app_id: str, campaign_id: str, session: Session | None = None) -> dict[str, Counts]:
        """A campaign's milestones by channel."""
        query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": "total"}
        return _by_channel([row async for row in self._counters.find(query, session=session)])

    async def variants(
        self, app_id: str, campaign_id: str, session: Session | None = None
    ) -> dict[str, dict[str, Counts]]:
        """Of a campaign with an experiment: group → channel, or PEOPLE → milestones."""
        query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": "variant"}
        rows = [row async for row in self._counters.find(query, session=session)]
        groups = sorted({row["variant"] for row in rows})
        return {group: _by_channel([row for row in rows if row["variant"] == group]) for group in groups}

    async def parts(
        self, app_id: str, campaign_id: str, session: Session | None = None
    ) -> dict[str, dict[str, Counts]]:
        """A campaign's milestones by part (`platform:android`, `locale:en`) and channel."""
        query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": "part"}
        found: dict[str, list[Document]] = {}
        async for row in self._counters.find(query, session=session):
            found.setdefault(row["part"], []).append(row)
        return {part: _by_channel(rows) for part, rows in sorted(found.items())}

    async def minutes(self, app_id: str, campaign_id: str) -> list[tuple[datetime, Counts]]:
        """What changed in each minute of a campaign in which anything did, over all channels; of what is older than
        WIDTHS say, in each hour and each day."""
        rows: list[Document] = []
        for bucket in ("minute", *(each.into for each in WIDTHS)):
            query = {"app_id": app_id, "campaign_id": campaign_id, "bucket": bucket}
            rows += [row async for row in self._counters.find(query)]
        return _by_time(rows)

    async def roll_up(self, app_id: str, step: Width, now: datetime, session: Session) -> int:
        """Fold what is old enough into the wider buckets; answers how many documents that were, at most 500."""
        query = {"app_id": app_id, "bucket": step.bucket, "at": {"$lt": now - step.after}}
        old = await self._counters.find(query, limit=ROLLED_AT_ONCE, session=session).to_list(None)
        sums: dict[tuple[str, str, datetime], Tally] = {}
        for row in old:
            start = next(iter(bucketed([(row["at"], to_counts([]))], step.width)))
            tally = sums.setdefault((row["campaign_id"], row["channel"], start), Tally())
            tally.update(to_counts([row["n"]]).flat())
        if old:
            # Of two who roll up at the same moment, one runs into the other and finds them gone.
            gone = [DeleteOne({"app_id": app_id, "_id": row["_id"]}) for row in old]
            await self._counters.bulk_write(gone, session=session)
            folded = [
                self._update(app_id, campaign_id, channel, step.into, at, _ROLLED, changes)
                for (campaign_id, channel, at), tally in sums.items()
                if (changes := {f"n.{name}": value for name, value in tally.items() if value})
            ]
            if folded:
                await self._counters.bulk_write(folded, ordered=False, session=session)
        return len(old)

    async def hours(self, app_id: str, start: datetime, stop: datetime) -> dict[str, list[tuple[datetime, Counts]]]:
        """What changed in each hour of an app from the hour of `start` to that of `stop`, by channel."""
        hour = start.replace(minute=0, second=0, microsecond=0)
        query = {"app_id": app_id, "campaign_id": APP, "bucket": "hour", "at": {"$gte": hour, "$lt": stop}}
        rows = [row async for row in self._counters.find(query)]
        channels = sorted({row["channel"] for row in rows})
        return {channel: _by_time([row for row in rows if row["channel"] == channel]) for channel in channels}

    async def replace(self, app_id: str, campaign_id: str, counts: Mapping[str, Tally], session: Session) -> None:
        """Set a campaign's numbers to what a recount found, named by channel, channel and part, or PEOPLE."""
        for bucket in ("total", "people", "part"):
            await self._counters.delete_many(
                {"app_id": app_id, "campaign_id": campaign_id, "bucket": bucket}, session=session
            )
        updates = []
        for name, tally in counts.items():
            channel, _, part = name.partition("/")
            bucket = "people" if channel == PEOPLE else "part" if part else "total"
            changes = {f"n.{each}": value for each, value in tally.items() if value}
            if changes:
                updates.append(self._update(app_id, campaign_id, channel, bucket, None, _RECOUNT, changes, part))
        if updates:
            await self._counters.bulk_write(updates, ordered=False, session=session)


def bucketed(series: list[tuple[datetime, Counts]], width: timedelta) -> dict[datetime, list[Counts]]:
    """The series in wider buckets, in UTC."""
    buckets: dict[datetime, list[Counts]] = {}
    for at, counts in series:
        start = datetime.fromtimestamp(at.timestamp() // width.total_seconds() * width.total_seconds(), at.tzinfo)
        buckets.setdefault(start, []).append(counts)
    return buckets


def _by_channel(rows: list[Document]) -> dict[str, Counts]:
    channels = sorted({row["channel"] for row in rows})
    return {channel: to_counts([row["n"] for row in rows if row["channel"] == channel]) for channel in channels}


def _by_time(rows: list[Document]) -> list[tuple[datetime, Counts]]:
    times = sorted({row["at"] for row in rows})
    return [(at, to_counts([row["n"] for row in rows if row["at"] == at])) for at in times]
