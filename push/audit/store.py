"""The audit log in the database. There is no way to change or remove an entry."""

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from push.audit.model import Entry
from push.database import Database, Session, from_document, to_document


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

    async def page(self, app_id: str, before: str | None, limit: int) -> list[Entry]:
        """Newest first; `before` is the id after which the last page ended."""
        query = {"app_id": app_id} if before is None else {"app_id": app_id, "_id": {"$lt": before}}
        cursor = self._entries.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(found, Entry) async for found in cursor]
