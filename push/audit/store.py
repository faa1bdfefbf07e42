"""The audit log in the database. There is no way to change or remove an entry."""

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from push.audit.model import Entry, Wanted
from push.database import Database, Document, Session, from_document, to_document


class AuditStore:
    def __init__(self, database: Database) -> None:
        self._entries = database.collection("audit", IndexModel([("app_id", 1), ("_id", 1)]))

    async def add(self, entry: Entry, session: Session | None = None) -> bool:
        """False when there is one with this id already: it stays as it is. Inside a transaction, that ends it."""
        try:
            await self._entries.insert_one(to_document(entry), session=session)
        except DuplicateKeyError:
            if session is not None:
                raise
            return False
        return True

    async def get(self, app_id: str, entry_id: str, session: Session | None = None) -> Entry | None:
        found = await self._entries.find_one({"app_id": app_id, "_id": entry_id}, session=session)
        return from_document(found, Entry) if found else None

    async def page(self, app_id: str, before: str | None, limit: int, wanted: Wanted) -> list[Entry]:
        """Newest first; `before` is the id after which the last page ended."""
        query: Document = {"app_id": app_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        if wanted.actions:
            query["action"] = {"$in": list(wanted.actions)}
        if wanted.key_id is not None:
            query["key_id"] = wanted.key_id or None
        if wanted.object_id is not None:
            query["object_id"] = wanted.object_id
        cursor = self._entries.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(found, Entry) async for found in cursor]
