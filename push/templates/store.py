"""Templates in the database."""

from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.content.model import IMAGES
from push.database import Database, from_document, to_document
from push.templates.model import Template


class TemplateStore:
    def __init__(self, database: Database) -> None:
        self._templates = database.collection("templates", IndexModel([("app_id", 1), ("_id", 1)]))

    async def add(self, template: Template) -> bool:
        """False when there is one with this id already."""
        try:
            await self._templates.insert_one(to_document(template))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, template_id: str) -> Template | None:
        found = await self._templates.find_one({"app_id": app_id, "_id": template_id})
        return from_document(found, Template) if found else None

    async def page(self, app_id: str, before: str | None, limit: int) -> list[Template]:
        """Newest first; `before` is the id after which the last page ended."""
        query: dict[str, Any] = {"app_id": app_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        found = self._templates.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(each, Template) async for each in found]

    async def change(self, app_id: str, template_id: str, fields: dict[str, Any]) -> Template | None:
        found = await self._templates.find_one_and_update(
            {"app_id": app_id, "_id": template_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
        )
        return from_document(found, Template) if found else None

    async def showing(self, app_id: str, media_id: str) -> list[str]:
        """The names of those that show this image. Reads all of the app's templates."""
        ends = {"$regex": f"/{media_id}$"}
        query = {"app_id": app_id, "$or": [{f"content.{image}": ends} for image in IMAGES]}
        return [each["name"] async for each in self._templates.find(query, {"name": 1})]

    async def remove(self, app_id: str, template_id: str) -> bool:
        result = await self._templates.delete_one({"app_id": app_id, "_id": template_id})
        return bool(result.deleted_count)
