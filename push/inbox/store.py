"""A person's own inbox items in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import DeleteOne, IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document, to_document
from push.inbox.model import InboxItem

KEPT_EXPIRED = timedelta(days=30)
"""Who reads within this time after an expiry takes the item out of the counts; later the database sweeps it."""
_MARKS = ("seen_at", "read_at", "archived_at", "acknowledged_at")


class InboxStore:
    def __init__(self, database: Database) -> None:
        self._items = database.collection(
            "inbox",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("views", 1), ("order", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("expires_at", 1)]),
            IndexModel([("swept_at", 1)], expireAfterSeconds=0),
        )

    async def put(self, items: Sequence[InboxItem], session: Session) -> list[InboxItem]:
        """Those that are new. An item that is there already keeps what the person did with it."""
        writes = []
        for item in items:
            document = {name: value for name, value in to_document(item).items() if value is not None}
            key = {"app_id": document.pop("app_id"), "_id": document.pop("_id")}
            document["views"] = item.shown_in
            if item.expires_at is not None:
                document["swept_at"] = item.expires_at + KEPT_EXPIRED
            writes.append(UpdateOne(key, {"$setOnInsert": document}, upsert=True))
        if not writes:
            return []
        result = await self._items.bulk_write(writes, ordered=False, session=session)
        return [items[index] for index in sorted(result.upserted_ids or {})]

    async def get(self, app_id: str, person_id: str, item_id: str, session: Session | None = None) -> InboxItem | None:
        found = await self._items.find_one({"app_id": app_id, "_id": item_id}, session=session)
        return _item(found) if found and found["person_id"] == person_id else None

    async def existing(self, app_id: str, item_ids: Sequence[str]) -> set[str]:
        """Those of these that are there."""
        cursor = self._items.find({"app_id": app_id, "_id": {"$in": list(item_ids)}}, {"_id": 1})
        return {found["_id"] for found in await cursor.to_list(None)}

    async def page(
        self,
        app_id: str,
        person_id: str,
        view: str,
        before: str | None,
        limit: int,
        session: Session | None = None,
        *,
        not_before: str | None = None,
    ) -> list[InboxItem]:
        """Newest first, from the one behind `before` on and no older than `not_before`; `limit` 0 means all."""
        query: Document = {"app_id": app_id, "person_id": person_id, "views": view}
        bounds = {name: value for name, value in (("$lt", before), ("$gte", not_before)) if value is not None}
        if bounds:
            query["order"] = bounds
        cursor = self._items.find(query, sort=[("order", -1)], limit=limit, session=session)
        return [_item(found) for found in await cursor.to_list(None)]

    async def set_marks(self, items: Sequence[InboxItem], session: Session) -> None:
        """Write what was done with these."""
        writes = []
        for item in items:
            fields = {name: getattr(item, name) for name in _MARKS}
            key = {"app_id": item.app_id, "_id": item.id}
            writes.append(UpdateOne(key, {"$set": {**fields, "views": item.shown_in}}))
        if writes:
            await self._items.bulk_write(writes, ordered=False, session=session)

    async def remove(self, items: Sequence[InboxItem], session: Session) -> None:
        deletes = [DeleteOne({"app_id": item.app_id, "_id": item.id}) for item in items]
        if deletes:
            await self._items.bulk_write(deletes, ordered=False, session=session)

    async def expired(self, app_id: str, person_id: str, now: datetime, session: Session) -> list[InboxItem]:
        query = {"app_id": app_id, "person_id": person_id, "expires_at": {"$lte": now}}
        return [_item(found) async for found in self._items.find(query, session=session)]

    async def next_expiry(self, app_id: str, person_id: str, now: datetime, session: Session) -> datetime | None:
        """When the first of those that are not expired yet will be."""
        query = {"app_id": app_id, "person_id": person_id, "expires_at": {"$gt": now}}
        found = await self._items.find_one(query, {"expires_at": 1}, sort=[("expires_at", 1)], session=session)
        return found["expires_at"] if found else None

    async def all_of(self, app_id: str, person_id: str, session: Session | None = None) -> list[InboxItem]:
        """Every item, in no order."""
        query = {"app_id": app_id, "person_id": person_id}
        return [_item(found) async for found in self._items.find(query, session=session, batch_size=1000)]

    async def hand_over(self, app_id: str, source: str, target: str, session: Session) -> None:
        """All items of the one become the other's."""
        await self._items.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )


def _item(found: dict[str, Any]) -> InboxItem:
    return from_document(found, InboxItem)
