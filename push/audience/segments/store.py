"""Segments in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.audience.rules import named_in
from push.audience.segments.model import Segment
from push.database import Database, Document, Session, from_document, to_document


class SegmentStore:
    def __init__(self, database: Database) -> None:
        self._segments = database.collection(
            "segments", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("uses", 1)])
        )

    async def add(self, segment: Segment, session: Session) -> bool:
        """False when there is one with this id already; then the transaction is void."""
        try:
            await self._segments.insert_one(_stored(segment), session=session)
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, segment_id: str) -> Segment | None:
        found = await self._segments.find_one({"app_id": app_id, "_id": segment_id})
        return from_document(found, Segment) if found else None

    async def get_many(self, app_id: str, segment_ids: Sequence[str]) -> list[Segment]:
        found = await self._segments.find({"app_id": app_id, "_id": {"$in": list(segment_ids)}}).to_list(None)
        return [from_document(each, Segment) for each in found]

    async def page(self, app_id: str, before: str | None, limit: int) -> list[Segment]:
        """Newest first; `before` is the id after which the last page ended."""
        query: dict[str, Any] = {"app_id": app_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        found = self._segments.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(each, Segment) async for each in found]

    async def change(self, segment: Segment, session: Session) -> Segment | None:
        """Store its name and rule. None when it is gone."""
        stored = _stored(segment)
        fields = {name: stored[name] for name in ("name", "rule", "uses", "changed_at")}
        found = await self._segments.find_one_and_update(
            {"app_id": segment.app_id, "_id": segment.id},
            {"$set": fields},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return from_document(found, Segment) if found else None

    async def naming(self, app_id: str, segment_id: str) -> list[str]:
        """The names of the segments that name this one."""
        found = self._segments.find({"app_id": app_id, "uses": segment_id}, {"name": 1})
        return [each["name"] async for each in found]

    async def used(self, app_id: str, segment_ids: Sequence[str], at: datetime) -> None:
        """A campaign goes out to these."""
        for segment_id in segment_ids:
            await self._segments.update_one({"app_id": app_id, "_id": segment_id}, {"$max": {"last_used_at": at}})

    async def remove(self, app_id: str, segment_id: str, session: Session) -> bool:
        result = await self._segments.delete_one({"app_id": app_id, "_id": segment_id}, session=session)
        return bool(result.deleted_count)


def _stored(segment: Segment) -> Document:
    document = {**to_document(segment), "uses": sorted(named_in([segment.rule]))}
    return {name: value for name, value in document.items() if value is not None}
