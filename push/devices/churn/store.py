"""Churn in the database: a journal written along with each change, folded into a document a day and platform.

A journal, since all who register at the same moment would wait for each other at one counter.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from pymongo import DeleteOne, IndexModel, UpdateOne

from push.database import Database, Document, Session
from push.devices.churn.model import CHANGES, Day, day_of
from push.ids import new_id

FOLDED_AT_ONCE = 1000


class ChurnStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal = database.collection("churn_journal", IndexModel([("app_id", 1), ("_id", 1)]))
        self._days = database.collection("churn_days", IndexModel([("app_id", 1), ("at", 1)]))

    async def note(self, app_id: str, at: datetime, changes: Mapping[str, Mapping[str, int]], session: Session) -> None:
        """Part of the transaction that makes them: platform → change → how many."""
        rows = [
            {"_id": new_id("chg"), "app_id": app_id, "at": day_of(at), "platform": platform, "n": happened}
            for platform, counts in changes.items()
            if (happened := {name: int(count) for name, count in counts.items() if count})
        ]
        if rows:
            await self._journal.insert_many(rows, session=session)

    async def fold(self, app_id: str) -> int:
        """Move what the journal holds into the days, up to 1,000 entries; answers how many there were."""

        async def store(session: Session) -> int:
            rows = await self._journal.find({"app_id": app_id}, limit=FOLDED_AT_ONCE, session=session).to_list(None)
            sums: dict[tuple[datetime, str], Counter[str]] = defaultdict(Counter)
            for row in rows:
                sums[row["at"], row["platform"]].update(row["n"])
            if rows:
                # Of two who fold at the same moment, one runs into the other and finds them gone.
                gone = [DeleteOne({"app_id": app_id, "_id": row["_id"]}) for row in rows]
                await self._journal.bulk_write(gone, session=session)
                updates = [_update(app_id, at, platform, counts) for (at, platform), counts in sums.items()]
                await self._days.bulk_write(updates, ordered=False, session=session)
            return len(rows)

        return await self._database.transaction(store)

    async def days(self, app_id: str, start: datetime, stop: datetime) -> list[Day]:
        """From the day of `start` to that of `stop`, those on which anything happened."""
        query = {"app_id": app_id, "at": {"$gte": day_of(start), "$lt": stop}}
        folded = await self._days.find(query).to_list(None)
        fresh = await self._journal.aggregate(
            [
                {"$match": {"app_id": app_id}},
                {"$match": {"at": {"$gte": day_of(start), "$lt": stop}}},
                {
                    "$group": {
                        "_id": {"at": "$at", "platform": "$platform"},
                        **{name: {"$sum": f"$n.{name}"} for name in CHANGES},
                    }
                },
            ]
        ).to_list(None)
        days: dict[datetime, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for row in folded:
            days[row["at"]][row["platform"]].update(row["n"])
        for row in fresh:
            counts = {name: row[name] for name in CHANGES if row[name]}
            days[row["_id"]["at"]][row["_id"]["platform"]].update(counts)
        return [Day(at=at, by_platform=days[at]) for at in sorted(days)]


def _update(app_id: str, at: datetime, platform: str, counts: Document) -> UpdateOne:
    named = {"app_id": app_id, "_id": f"{app_id}:{at:%Y%m%d}:{platform}"}
    changes = {f"n.{name}": count for name, count in counts.items()}
    return UpdateOne(named, {"$inc": changes, "$setOnInsert": {"at": at, "platform": platform}}, upsert=True)
