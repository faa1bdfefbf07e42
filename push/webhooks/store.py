"""Webhooks and their outbox in the database. A delivery is the work of posting it, claimed by lease."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push import leases
from push.database import Database, Session, from_document, to_document
from push.webhooks.model import KEPT, SHORTEST_LEASE, Delivery, State, Webhook


class WebhookStore:
    def __init__(self, database: Database) -> None:
        self._webhooks = database.collection("webhooks", IndexModel([("app_id", 1), ("_id", 1)]))

    async def add(self, webhook: Webhook) -> bool:
        """False when there is one with this id already."""
        try:
            await self._webhooks.insert_one(to_document(webhook))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, webhook_id: str) -> Webhook | None:
        found = await self._webhooks.find_one({"app_id": app_id, "_id": webhook_id})
        return from_document(found, Webhook) if found else None

    async def all(self, app_id: str) -> list[Webhook]:
        found = self._webhooks.find({"app_id": app_id}, sort=[("_id", 1)])
        return [from_document(each, Webhook) async for each in found]

    async def change(self, app_id: str, webhook_id: str, fields: dict[str, Any]) -> Webhook | None:
        found = await self._webhooks.find_one_and_update(
            {"app_id": app_id, "_id": webhook_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        return from_document(found, Webhook) if found else None

    async def remove(self, app_id: str, webhook_id: str) -> bool:
        result = await self._webhooks.delete_one({"app_id": app_id, "_id": webhook_id})
        return bool(result.deleted_count)


class OutboxStore:
    def __init__(self, database: Database, lease: timedelta) -> None:
        """`lease` is how long a claim holds, at least as long as a post can take."""
        self._lease = max(lease, SHORTEST_LEASE)
        self._deliveries = database.collection(
            "webhook_deliveries",
            IndexModel([("app_id", 1), ("webhook_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("webhook_id", 1), ("state", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("webhook_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("_id", 1), ("owner", 1), ("attempt", 1)]),
            # Erasing a person takes out what became of their deliveries.
            IndexModel([("app_id", 1), ("steps.delivery_id", 1)]),
            # A TTL index has one field only.
            IndexModel([("at", 1)], expireAfterSeconds=int(KEPT.total_seconds())),
        )

    async def add(self, deliveries: Sequence[Delivery], session: Session) -> None:
        if deliveries:
            await self._deliveries.insert_many([to_document(each) for each in deliveries], session=session)

    async def get(self, app_id: str, webhook_id: str, delivery_id: str) -> Delivery | None:
        found = await self._deliveries.find_one({"app_id": app_id, "webhook_id": webhook_id, "_id": delivery_id})
        return from_document(found, Delivery) if found else None

    async def page(
        self, app_id: str, webhook_id: str, before: str | None, limit: int, state: State | None
    ) -> list[Delivery]:
        """Newest first; `before` is the id after which the last page ended."""
        query: dict[str, Any] = {"app_id": app_id, "webhook_id": webhook_id}
        if state is not None:
            query["state"] = state
        if before is not None:
            query["_id"] = {"$lt": before}
        found = self._deliveries.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(each, Delivery) async for each in found]

    async def claim(self, app_id: str, webhook_id: str, owner: str, now: datetime) -> Delivery | None:
        """The one that has been due longest, leased to `owner`."""
        found = await self._deliveries.find_one_and_update(
            {**leases.due(app_id, now), "webhook_id": webhook_id},
            leases.claim(owner, now, self._lease),
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Delivery) if found else None

    async def hand_back(self, delivery: Delivery, due_at: datetime) -> None:
        """For anybody to post from then on."""
        await self._deliveries.update_one(
            leases.fence(delivery.app_id, delivery.id, delivery.lease), leases.hand_back(due_at)
        )

    async def settle(self, delivery: Delivery, fields: dict[str, Any]) -> bool:
        """Write what came of a try; without `due_at` among the fields it was the last. False when the lease is lost."""
        update: dict[str, Any] = {"$set": {**fields, "owner": None}}
        if "due_at" not in fields:
            update["$unset"] = {"due_at": ""}
        result = await self._deliveries.update_one(leases.fence(delivery.app_id, delivery.id, delivery.lease), update)
        return bool(result.matched_count)

    async def again(self, app_id: str, webhook_id: str, delivery_id: str, now: datetime) -> bool:
        """Due now, with all its tries before it. False when it is being posted this moment, or is not there."""
        result = await self._deliveries.update_one(
            {"app_id": app_id, "webhook_id": webhook_id, "_id": delivery_id, "owner": None},
            {"$set": {"state": "pending", "tries": 0, "due_at": now, "settled_at": None}},
        )
        return bool(result.matched_count)

    async def remove(self, app_id: str, webhook_id: str) -> None:
        await self._deliveries.delete_many({"app_id": app_id, "webhook_id": webhook_id})
