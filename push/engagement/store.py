"""Reported events in the database: conversions and deeds one by one, each once; steps of deliveries in buckets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from pymongo import IndexModel

from push.database import Database, Document, Session, find_named, insert_absent
from push.engagement.buckets import Bucket, buckets_of, unpacked
from push.ledger.model import deliveries_of

_BUCKETS_AT_ONCE = 20


class EventStore:
    def __init__(self, database: Database) -> None:
        self._events = database.collection(
            "events",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )

    async def add(
        self,
        app_id: str,
        events: Sequence[tuple[str, Document]],
        buckets: Mapping[str, Bucket],
        received_at: datetime,
        expires_at: datetime,
        session: Session,
    ) -> set[int]:
        """Store events by their key until then; the positions of those that were not there before.

        `buckets` have what is known to be new: steps of deliveries, those of a campaign in one document.
        """
        places: dict[str, int] = {}
        for place, (key, _) in enumerate(events):
            places.setdefault(key, place)
        # Looked for and then inserted: an upsert costs the database twice as much as both.
        for found in await find_named(self._events, app_id, list(places), {"_id": 1}, session):
            del places[found["_id"]]
        kept = {"app_id": app_id, "received_at": received_at, "expires_at": expires_at}
        new = [{"_id": key, **kept, **events[place][1]} for key, place in places.items()]
        new += [
            {"_id": bucket.id, **kept, "campaign_id": campaign_id, "events": bucket.events}
            for campaign_id, bucket in buckets.items()
            if bucket.events
        ]
        await insert_absent(self._events, new, session)
        return set(places.values())

    async def of_campaign(self, app_id: str, campaign_id: str, size: int) -> AsyncIterator[list[Document]]:
        """What was reported of a campaign, about so many at a time: steps in the order in which they were stored, then
        conversions in the order of their deliveries."""
        start, stop = buckets_of(campaign_id)
        query = {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}
        async with self._events.find(query, sort=[("_id", 1)], batch_size=_BUCKETS_AT_ONCE) as cursor:
            async for bucket in cursor:
                yield unpacked(bucket)
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}
        async with self._events.find(query, sort=[("_id", 1)], batch_size=size) as cursor:
            while found := await cursor.to_list(size):
                # Written before there were buckets: the key without its event said only that there was a conversion.
                yield [each for each in found if each["kind"] != "converted" or each["_id"].count(":") > 1]
