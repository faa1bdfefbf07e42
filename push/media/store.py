"""Images in the database: what is known of them, and their bytes beside it, so that a list reads none of those."""

from typing import Any

from pymongo import IndexModel

from push.database import Database, Session, from_document, to_document
from push.media.model import Media


class MediaStore:
    def __init__(self, database: Database) -> None:
        self._media = database.collection(
            "media", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("place", 1)])
        )
        self._contents = database.collection("media_contents", IndexModel([("app_id", 1), ("_id", 1)]))

    async def add(self, media: Media, content: bytes, session: Session) -> bool:
        """False for what is there already, which stays as it is."""
        named = {"app_id": media.app_id, "_id": media.id}
        fields = {name: value for name, value in to_document(media).items() if name not in named}
        stored = await self._media.update_one(named, {"$setOnInsert": fields}, upsert=True, session=session)
        bytes_ = {"$setOnInsert": {"content": content}}
        await self._contents.update_one(named, bytes_, upsert=True, session=session)
        return stored.upserted_id is not None

    async def get(self, app_id: str, media_id: str) -> Media | None:
        found = await self._media.find_one({"app_id": app_id, "_id": media_id})
        return from_document(found, Media) if found else None

    async def content(self, app_id: str, media_id: str) -> bytes | None:
        found = await self._contents.find_one({"app_id": app_id, "_id": media_id})
        return bytes(found["content"]) if found else None

    async def page(self, app_id: str, before: str | None, limit: int) -> list[Media]:
        """Newest first; `before` is the place after which the last page ended."""
        query: dict[str, Any] = {"app_id": app_id}
        if before is not None:
            query["place"] = {"$lt": before}
        found = self._media.find(query, sort=[("place", -1)], limit=limit)
        return [from_document(each, Media) async for each in found]

    async def remove(self, app_id: str, media_id: str, session: Session) -> bool:
        named = {"app_id": app_id, "_id": media_id}
        await self._contents.delete_one(named, session=session)
        return bool((await self._media.delete_one(named, session=session)).deleted_count)
