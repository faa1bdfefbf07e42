"""Inbox items in the database."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import DeleteOne, IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document, to_document
from push.inbox.model import InboxItem, Verb

_ARCHIVED = {"$ne": [{"$ifNull": ["$archived_at", None]}, None]}
_READ = {"$ne": [{"$ifNull": ["$read_at", None]}, None]}
_VIEWS = {"$cond": [_ARCHIVED, ["archived"], {"$cond": [_READ, ["all"], ["all", "unread"]]}]}


class InboxStore:
    def __init__(self, database: Database) -> None:
        self._items = database.collection(
            "inbox",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("views", 1), ("order", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )

    async def put(self, items: Sequence[InboxItem], session: Session) -> None:
        """Delivered once: an item that is there already keeps what the person did with it."""
        writes = []
        for item in items:
            document = to_document(item)
            key = {"app_id": document.pop("app_id"), "_id": document.pop("_id")}
            if item.expires_at is None:
                del document["expires_at"]
            writes.append(UpdateOne(key, {"$setOnInsert": document}, upsert=True))
        if writes:
            await self._items.bulk_write(writes, ordered=False, session=session)

    async def get(self, app_id: str, person_id: str, item_id: str) -> InboxItem | None:
        found = await self._items.find_one({"app_id": app_id, "_id": item_id})
        return from_document(found, InboxItem) if found and found["person_id"] == person_id else None

    async def page(self, app_id: str, person_id: str, view: str, before: str | None, limit: int) -> list[InboxItem]:
        """Newest first, from the one behind `before` on."""
        query: Document = {"app_id": app_id, "person_id": person_id, "views": view}
        if before is not None:
            query["order"] = {"$lt": before}
        cursor = self._items.find(query, sort=[("order", -1)], limit=limit)
        return [from_document(found, InboxItem) async for found in cursor]

    async def unread(self, app_id: str, person_id: str, now: datetime) -> tuple[int, int]:
        """How many are unread and how many of those unseen, without the expired ones the database has yet to sweep."""
        query = {"app_id": app_id, "person_id": person_id, "views": "unread"}
        unread = unseen = 0
        async for found in self._items.find(query, {"seen_at": 1, "expires_at": 1}, batch_size=1000):
            if (expires_at := found.get("expires_at")) is None or expires_at > now:
                unread += 1
                unseen += found.get("seen_at") is None
        return unread, unseen

    async def mark(self, app_id: str, item_id: str, verb: Verb, at: datetime) -> None:
        """Idempotent: the first time of each thing stays."""
        fields: dict[str, Document] = {
            "read": {"read_at": _first("read_at", at), "seen_at": _first("seen_at", at)},
            "unread": {"read_at": None},
            "seen": {"seen_at": _first("seen_at", at)},
            "archive": {"archived_at": _first("archived_at", at)},
            "unarchive": {"archived_at": None},
            "acknowledge": {"acknowledged_at": _first("acknowledged_at", at), "seen_at": _first("seen_at", at)},
        }
        await self._items.update_one(
            {"app_id": app_id, "_id": item_id}, [{"$set": fields[verb]}, {"$set": {"views": _VIEWS}}]
        )

    async def remove(self, app_id: str, item_id: str) -> None:
        await self._items.delete_one({"app_id": app_id, "_id": item_id})

    async def read_all(self, app_id: str, item_ids: Sequence[str], at: datetime) -> None:
        fields = {"read_at": _first("read_at", at), "seen_at": _first("seen_at", at)}
        update = [{"$set": fields}, {"$set": {"views": _VIEWS}}]
        if item_ids:
            await self._items.bulk_write([UpdateOne({"app_id": app_id, "_id": each}, update) for each in item_ids])

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """All items become the target's; of a campaign that both were sent, the target keeps their own."""
        moving = await self._campaigns_of(app_id, source, session)
        if not moving:
            return
        twice = moving.keys() & (await self._campaigns_of(app_id, target, session)).keys()
        if twice:
            deletes = [DeleteOne({"app_id": app_id, "_id": moving[campaign_id]}) for campaign_id in twice]
            await self._items.bulk_write(deletes, session=session)
        await self._items.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )

    async def _campaigns_of(self, app_id: str, person_id: str, session: Session) -> dict[str, str]:
        """Campaign → the person's item of it."""
        found = self._items.find({"app_id": app_id, "person_id": person_id}, {"campaign_id": 1}, session=session)
        return {item["campaign_id"]: item["_id"] async for item in found}


def _first(field: str, at: datetime) -> Document:
    return {"$ifNull": [f"${field}", at]}
