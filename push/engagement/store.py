"""Reported events in the database: each once."""

from collections.abc import Sequence
from datetime import timedelta

from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session

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
