"""Batches in the database: a small queue, from which settled work is removed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel, ReturnDocument

from push import leases
from push.database import Database, Document, Session, from_document, to_document
from push.delivery.model import Batch, Queue


class BatchStore:
    def __init__(self, database: Database, lease: timedelta) -> None:
        """`lease` is how long a claim holds unless it is renewed."""
        self.lease = lease
        self._batches = database.collection(
            "batches",
            IndexModel([("app_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("campaign_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("_id", 1), ("owner", 1), ("attempt", 1)]),
        )

    async def add(self, batches: Sequence[Batch], session: Session) -> None:
        if batches:
            await self._batches.insert_many([_stored(batch) for batch in batches], session=session)

    async def waiting(self, app_id: str, now: datetime) -> list[str]:
        """The campaigns of this app that have something to claim."""
        due = [{"$match": leases.due(app_id, now)}, {"$group": {"_id": "$campaign_id"}}]
        return [found["_id"] for found in await self._batches.aggregate(due).to_list(None)]

    async def queue(self, app_id: str, now: datetime) -> Queue:
        """What waits now. Reads every batch: a few thousand at most."""
        held = {"$ne": [{"$ifNull": ["$owner", None]}, None]}
        due = {"$lte": ["$due_at", now]}
        grouped = self._batches.aggregate(
            [
                {"$match": {"app_id": app_id}},
                {
                    "$group": {
                        "_id": None,
                        "batches": {"$sum": 1},
                        "held": {"$sum": {"$cond": [{"$and": [held, {"$not": [due]}]}, 1, 0]}},
                        "due": {"$sum": {"$cond": [due, 1, 0]}},
                        "oldest_due_at": {"$min": {"$cond": [due, "$due_at", None]}},
                    }
                },
            ]
        )
        for found in await grouped.to_list(None):
            return from_document({name: found[name] for name in Queue.__struct_fields__}, Queue)
        return Queue()

    async def claim(self, app_id: str, campaign_id: str, owner: str, now: datetime) -> Batch | None:
        """The batch of this campaign that has been due longest, leased to `owner`."""
        found = await self._batches.find_one_and_update(
            {"app_id": app_id, "campaign_id": campaign_id, "due_at": {"$lte": now}},
            leases.claim(owner, now, self.lease),
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Batch) if found else None

    async def renew(self, batch: Batch, now: datetime) -> bool:
        """False when the lease is lost."""
        held = leases.fence(batch.app_id, batch.id, batch.lease)
        return bool((await self._batches.update_one(held, leases.renew(now, self.lease))).matched_count)

    async def remove(self, batch: Batch, session: Session) -> bool:
        """Settled. False when the lease is lost."""
        held = leases.fence(batch.app_id, batch.id, batch.lease)
        return bool((await self._batches.delete_one(held, session=session)).deleted_count)

    async def hand_back(self, batch: Batch, due_at: datetime) -> None:
        held = leases.fence(batch.app_id, batch.id, batch.lease)
        await self._batches.update_one(held, leases.hand_back(due_at))

    async def hurry(self, app_id: str, campaign_id: str, now: datetime) -> None:
        """What nobody holds is due at once, however long it was to wait."""
        free = {"$eq": [{"$ifNull": ["$owner", None]}, None]}
        due_at = {"$cond": [free, {"$min": ["$due_at", now]}, "$due_at"]}
        await self._batches.update_many({"app_id": app_id, "campaign_id": campaign_id}, [{"$set": {"due_at": due_at}}])

    async def any_of(self, app_id: str, campaign_id: str) -> bool:
        found = await self._batches.find_one({"app_id": app_id, "campaign_id": campaign_id}, {"_id": 1})
        return found is not None


def _stored(batch: Batch) -> Document:
    """Where its rows tell who they are, it is but a few words: a long queue stays quick to search."""
    document = to_document(batch)
    if batch.first:
        del document["recipients"], document["device_ids"]
    return document
