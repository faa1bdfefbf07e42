"""Reported events in the database: each once."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import IndexModel

from push.database import Database, Document, Session, find_named, insert_absent
from push.ledger.model import deliveries_of


class EventStore:
    def __init__(self, database: Database) -> None:
        self._events = database.collection(
            "events",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )

    async def add(
        self, app_id: str, events: Sequence[tuple[str, Document]], expires_at: datetime, session: Session
    ) -> set[int]:
        """Store events by their key until then; the positions of those that were not there before."""
        places: dict[str, int] = {}
        for place, (key, _) in enumerate(events):
            places.setdefault(key, place)
        # Looked for and then inserted: an upsert costs the database twice as much as both.
        for found in await find_named(self._events, app_id, list(places), {"_id": 1}, session):
            del places[found["_id"]]
        new = [
            {"_id": key, "app_id": app_id, "expires_at": expires_at, **events[place][1]}
            for key, place in places.items()
        ]
        await insert_absent(self._events, new, session)
        return set(places.values())

    async def of_campaign(self, app_id: str, campaign_id: str, size: int) -> AsyncIterator[list[Document]]:
        """What was reported of a campaign, in the order of its deliveries, so many at a time."""
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}
        async with self._events.find(query, sort=[("_id", 1)], batch_size=size) as cursor:
            while found := await cursor.to_list(size):
                # Of a conversion the key without its event says only that there was one.
                yield [each for each in found if each["kind"] != "converted" or each["_id"].count(":") > 1]
