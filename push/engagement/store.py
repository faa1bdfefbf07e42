"""Reported events in the database: each once."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session
from push.ledger.model import deliveries_of

KEPT = timedelta(days=90)
"""Longer than a late event is taken, so that nothing counts again once its first report was swept."""


class EventStore:
    def __init__(self, database: Database) -> None:
        self._events = database.collection(
            "events",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("received_at", 1)], expireAfterSeconds=int(KEPT.total_seconds())),
        )

    async def add(self, app_id: str, events: Sequence[tuple[str, Document]], session: Session) -> set[int]:
        """Store events by their key; the positions of those that were not there before."""
        upserts = [
            UpdateOne({"app_id": app_id, "_id": key}, {"$setOnInsert": document}, upsert=True)
            for key, document in events
        ]
        result = await self._events.bulk_write(upserts, ordered=False, session=session)
        return set(result.upserted_ids or {})

    async def of_campaign(self, app_id: str, campaign_id: str, size: int) -> AsyncIterator[list[Document]]:
        """What was reported of a campaign, in the order of its deliveries, so many at a time."""
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}
        async with self._events.find(query, sort=[("_id", 1)], batch_size=size) as cursor:
            while found := await cursor.to_list(size):
                # Of a conversion the key without its event says only that there was one.
                yield [each for each in found if each["kind"] != "converted" or each["_id"].count(":") > 1]
