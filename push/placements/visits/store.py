"""Counters of visits, and for one day at most who was counted already."""

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from push.database import Database, Document, Session
from push.errors import DatabaseAway
from push.placements.model import COUNTED, Bucket, Numbers

_SALT_BYTES = 32
Tallies = Mapping[str, Mapping[str, int]]
"""placement id → what of COUNTED → how many more."""


class VisitStore:
    """Counters as `push.ledger.counters.store` keeps them: a document for each pen, and readers add them up."""

    def __init__(self, database: Database) -> None:
        self._counters = database.collection(
            "placement_counters",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("bucket", 1), ("placement_id", 1), ("at", 1)]),
        )
        self._visitors = database.collection(
            "placement_visitors",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("forget_at", 1)], expireAfterSeconds=0),
        )

    async def salt(self, app_id: str, now: datetime) -> bytes:
        """The app's of this day (UTC), the same in each process. It is random and ends with the day."""
        named = {"app_id": app_id, "_id": f"{app_id}:salt:{now:%Y%m%d}"}
        fresh = {"salt": secrets.token_bytes(_SALT_BYTES), "forget_at": _end_of_day(now)}
        # Another process may make it this moment.
        with contextlib.suppress(DuplicateKeyError):
            await self._visitors.update_one(named, {"$setOnInsert": fresh}, upsert=True)
        found = await self._visitors.find_one(named)
        if found is None:
            raise DatabaseAway
        return bytes(found["salt"])

    async def newcomers(
        self, app_id: str, visitors: Sequence[tuple[str, str]], now: datetime, session: Session
    ) -> list[str]:
        """Of (placement id, fingerprint) those that this day has not seen: the placement of each."""
        named = list(dict.fromkeys(visitors))
        if not named:
            return []
        forget = {"$setOnInsert": {"forget_at": _end_of_day(now)}}
        upserts = [
            UpdateOne({"app_id": app_id, "_id": f"{placement_id}:{now:%Y%m%d}:{fingerprint}"}, forget, upsert=True)
            for placement_id, fingerprint in named
        ]
        result = await self._visitors.bulk_write(upserts, ordered=False, session=session)
        return [named[index][0] for index in result.upserted_ids or {}]

    async def fold(self, app_id: str, tallies: Tallies, at: datetime, session: Session, pen: str) -> None:
        """Add to the totals, to the day and to the hour of each placement."""
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        buckets = (("total", None), ("day", hour.replace(hour=0)), ("hour", hour))
        updates = []
        for placement_id, tally in tallies.items():
            changes = {f"n.{what}": count for what, count in tally.items() if count}
            for bucket, start in buckets:
                key = ":".join((placement_id, bucket, f"{start:%Y%m%d%H}" if start else "", pen))
                described = {"placement_id": placement_id, "bucket": bucket, "at": start}
                update = {"$inc": changes, "$setOnInsert": described}
                updates.append(UpdateOne({"app_id": app_id, "_id": key}, update, upsert=True))
        await self._counters.bulk_write(updates, ordered=False, session=session)

    async def totals(self, app_id: str, first: str, last: str) -> dict[str, Numbers]:
        """Of the placements with ids from `first` to `last`; those that nobody came by are left out."""
        # The embedded server leaves out the end of `$lte` where the index has another field behind.
        query = {"app_id": app_id, "bucket": "total", "placement_id": {"$gte": first, "$lt": f"{last}~"}}
        found: dict[str, Numbers] = {}
        async for row in self._counters.find(query):
            _add(found.setdefault(row["placement_id"], dict.fromkeys(COUNTED, 0)), row)
        return found

    async def series(
        self, app_id: str, placement_id: str, bucket: Bucket, start: datetime, stop: datetime
    ) -> list[tuple[datetime, Numbers]]:
        """Each hour or day (UTC) that begins in this time and in which anything was counted, oldest first."""
        query = {
            "app_id": app_id,
            "bucket": bucket,
            "placement_id": placement_id,
            "at": {"$gte": start, "$lt": stop},
        }
        found: dict[datetime, Numbers] = {}
        async for row in self._counters.find(query):
            _add(found.setdefault(row["at"], dict.fromkeys(COUNTED, 0)), row)
        return sorted(found.items())

    async def forget(self, app_id: str, placement_id: str) -> None:
        """All that was counted of it."""
        for bucket in ("total", "day", "hour"):
            await self._counters.delete_many({"app_id": app_id, "bucket": bucket, "placement_id": placement_id})


def _add(numbers: Numbers, row: Document) -> None:
    for what, count in row["n"].items():
        numbers[what] += count


def _end_of_day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
