"""Apps, their keys and their sealed secrets in the database."""

from datetime import datetime
from typing import Any

from pymongo import IndexModel, ReturnDocument

from push.apps.model import App, AttributeType, KeyRecord
from push.database import Database, Session, from_document, to_document


class AppStore:
    """An app's document carries its own id as `app_id`, like everything else that belongs to it."""

    def __init__(self, database: Database) -> None:
        self._apps = database.collection("apps", IndexModel([("app_id", 1)], unique=True))
        self._keys = database.collection(
            "keys", IndexModel([("app_id", 1), ("digest", 1)], unique=True), IndexModel([("app_id", 1), ("_id", 1)])
        )
        self._secrets = database.collection("secrets", IndexModel([("app_id", 1), ("_id", 1)]))

    async def add(self, app: App, session: Session) -> None:
        await self._apps.insert_one({**to_document(app), "app_id": app.id}, session=session)

    async def get(self, app_id: str) -> App | None:
        found = await self._apps.find_one({"app_id": app_id})
        return from_document(found, App) if found else None

    async def all(self) -> list[App]:
        """Every tenant of this server: for the operator and the worker, never for a caller."""
        return [from_document(found, App) async for found in self._apps.find({}, sort=[("_id", 1)])]

    async def ids_between(self, first: str, before: str) -> list[str]:
        """Of the apps that were made in a moment, by its ids."""
        query = {"app_id": {"$gte": first, "$lt": before}}
        return [found["app_id"] async for found in self._apps.find(query, {"app_id": 1})]

    async def change(self, app_id: str, fields: dict[str, Any]) -> App | None:
        found = await self._apps.find_one_and_update(
            {"app_id": app_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        return from_document(found, App) if found else None

    async def fix_attributes(self, app_id: str, types: dict[str, AttributeType]) -> App | None:
        """Give these attributes their types, but for those that have one already."""
        fields = {f"attributes.{name}": {"$ifNull": [f"$attributes.{name}", kind]} for name, kind in types.items()}
        found = await self._apps.find_one_and_update(
            {"app_id": app_id}, [{"$set": fields}], return_document=ReturnDocument.AFTER
        )
        return from_document(found, App) if found else None

    async def add_key(self, record: KeyRecord, digest: str, session: Session | None = None) -> None:
        await self._keys.replace_one(
            {"app_id": record.app_id, "_id": record.id},
            {**to_document(record), "digest": digest},
            upsert=True,
            session=session,
        )

    async def key_by_digest(self, app_id: str, digest: str) -> KeyRecord | None:
        found = await self._keys.find_one({"app_id": app_id, "digest": digest})
        return from_document(found, KeyRecord) if found else None

    async def keys(self, app_id: str) -> list[KeyRecord]:
        return [from_document(found, KeyRecord) async for found in self._keys.find({"app_id": app_id})]

    async def revoke_key(self, app_id: str, key_id: str, at: datetime) -> bool:
        """True when there is such a key; a key stays revoked since the first time."""
        result = await self._keys.update_one(
            {"app_id": app_id, "_id": key_id}, [{"$set": {"revoked_at": {"$ifNull": ["$revoked_at", at]}}}]
        )
        return bool(result.matched_count)

    async def put_secret(self, app_id: str, name: str, sealed: bytes, session: Session | None = None) -> None:
        await self._secrets.update_one(
            {"app_id": app_id, "_id": f"{app_id}:{name}"}, {"$set": {"sealed": sealed}}, upsert=True, session=session
        )

    async def secret(self, app_id: str, name: str) -> bytes | None:
        found = await self._secrets.find_one({"app_id": app_id, "_id": f"{app_id}:{name}"})
        return bytes(found["sealed"]) if found else None
