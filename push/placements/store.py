"""Placements in the database."""

from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.database import Database, Document, from_document, to_document
from push.placements.model import Placement


class PlacementStore:
    def __init__(self, database: Database) -> None:
        self._placements = database.collection(
            "placements",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("stem", 1)], unique=True),
            IndexModel([("app_id", 1), ("listed", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("campaign_id", 1), ("listed", 1), ("_id", 1)]),
        )

    async def add(self, placement: Placement) -> bool:
        """False when there is one with this id or this stem already."""
        try:
            await self._placements.insert_one(_stored(placement))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, placement_id: str) -> Placement | None:
        found = await self._placements.find_one({"app_id": app_id, "_id": placement_id})
        return from_document(found, Placement) if found else None

    async def with_stem(self, app_id: str, stem: str) -> Placement | None:
        found = await self._placements.find_one({"app_id": app_id, "stem": stem})
        return from_document(found, Placement) if found else None

    async def page(
        self, app_id: str, listed: str, campaign_id: str | None, before: str | None, limit: int
    ) -> list[Placement]:
        """Newest first; `before` is the id after which the last page ended."""
        query: Document = {"app_id": app_id, "listed": listed}
        if campaign_id is not None:
            query["campaign_id"] = campaign_id
        if before is not None:
            query["_id"] = {"$lt": before}
        found = self._placements.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(each, Placement) async for each in found]

    async def change(self, app_id: str, placement_id: str, fields: dict[str, Any]) -> Placement | None:
        found = await self._placements.find_one_and_update(
            {"app_id": app_id, "_id": placement_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        return from_document(found, Placement) if found else None

    async def remove(self, app_id: str, placement_id: str) -> bool:
        result = await self._placements.delete_one({"app_id": app_id, "_id": placement_id})
        return bool(result.deleted_count)


def _stored(placement: Placement) -> Document:
    return {**to_document(placement), "listed": placement.listed}
