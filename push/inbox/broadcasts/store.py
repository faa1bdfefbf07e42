"""Broadcasts in the database."""

from datetime import datetime, timedelta

from pymongo import IndexModel, ReturnDocument

from push.database import Database, Session, from_document, to_document
from push.inbox.broadcasts.model import Broadcast

_KEPT_ENDED = timedelta(days=60)
"""As long as a late event is taken."""


class BroadcastStore:
    def __init__(self, database: Database) -> None:
        self._broadcasts = database.collection(
            "broadcasts",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("number", 1)]),
            IndexModel([("swept_at", 1)], expireAfterSeconds=0),
        )
        self._numbers = database.collection("broadcast_numbers", IndexModel([("app_id", 1), ("_id", 1)]))

    async def get(self, app_id: str, campaign_id: str, session: Session | None = None) -> Broadcast | None:
        found = await self._broadcasts.find_one({"app_id": app_id, "_id": campaign_id}, session=session)
        return from_document(found, Broadcast) if found else None

    async def put(self, broadcast: Broadcast, session: Session) -> None:
        """Store it under its app's next number."""
        document = {**to_document(broadcast), "number": await self._next_number(broadcast.app_id, session)}
        await self._broadcasts.insert_one({**document, "swept_at": broadcast.ends_at + _KEPT_ENDED}, session=session)

    async def end(self, app_id: str, campaign_id: str, at: datetime, session: Session) -> None:
        number = await self._next_number(app_id, session)
        await self._broadcasts.update_one(
            {"app_id": app_id, "_id": campaign_id}, {"$set": {"ends_at": at, "number": number}}, session=session
        )

    async def set_counted(self, app_id: str, campaign_id: str, session: Session) -> None:
        await self._broadcasts.update_one(
            {"app_id": app_id, "_id": campaign_id}, {"$set": {"counted": True}}, session=session
        )

    async def changed_since(self, app_id: str, number: int) -> list[Broadcast]:
        """In the order of their numbers, which is the order in which they were committed."""
        cursor = self._broadcasts.find({"app_id": app_id, "number": {"$gt": number}}, sort=[("number", 1)])
        return [from_document(found, Broadcast) for found in await cursor.to_list(None)]

    async def _next_number(self, app_id: str, session: Session) -> int:
        """Who takes a number holds the others up until their transaction ends, so that none becomes visible late."""
        found = await self._numbers.find_one_and_update(
            {"app_id": app_id, "_id": app_id},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(found["last"])
