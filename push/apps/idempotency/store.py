"""Reservations of idempotency keys in the database."""

from datetime import datetime

from msgspec import Struct
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.database import Database, Document, from_document, to_document

_KEEP_SECONDS = 48 * 3600


class Reservation(Struct, frozen=True, kw_only=True):
    """Who works on a request, and what came of it."""

    id: str
    app_id: str
    fingerprint: str
    """Of the request; another request under the same key is refused."""
    resource_id: str
    """What the request makes gets this id, so that doing it again after a crash makes nothing new."""
    holder: str
    until: datetime
    """When the holder counts as lost."""
    created_at: datetime
    answer: bytes | None = None


class IdempotencyStore:
    def __init__(self, database: Database) -> None:
        self._reservations = database.collection(
            "idempotency",
            IndexModel([("app_id", 1), ("_id", 1)], unique=True),
            # A TTL index has one field only.
            IndexModel([("created_at", 1)], expireAfterSeconds=_KEEP_SECONDS),
        )

    async def reserve(self, reservation: Reservation) -> bool:
        """False when the key is reserved already."""
        try:
            await self._reservations.insert_one(to_document(reservation))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, reservation_id: str) -> Reservation | None:
        found = await self._reservations.find_one({"app_id": app_id, "_id": reservation_id})
        return from_document(found, Reservation) if found else None

    async def take_over(
        self, app_id: str, reservation_id: str, holder: str, now: datetime, until: datetime
    ) -> Reservation | None:
        """The reservation as it is afterwards: with this holder where the last one was lost without an answer."""
        lost = {"$and": [{"$eq": ["$answer", None]}, {"$lte": ["$until", now]}]}
        fields = {name: {"$cond": [lost, value, f"${name}"]} for name, value in (("holder", holder), ("until", until))}
        found = await self._reservations.find_one_and_update(
            {"app_id": app_id, "_id": reservation_id}, [{"$set": fields}], return_document=ReturnDocument.AFTER
        )
        return from_document(found, Reservation) if found else None

    async def answer(self, reservation: Reservation, answer: bytes) -> None:
        """Keep the answer, unless somebody else has taken over meanwhile."""
        await self._if_held(reservation, {"answer": answer})

    async def let_go(self, reservation: Reservation, now: datetime) -> None:
        """Somebody else may take over at once."""
        await self._if_held(reservation, {"until": now})

    async def forget(self, reservation: Reservation) -> None:
        """The key is free again. Only for a holder whose time has not run out."""
        await self._reservations.delete_one({"app_id": reservation.app_id, "_id": reservation.id})

    async def _if_held(self, reservation: Reservation, fields: Document) -> None:
        held = {"$eq": ["$holder", reservation.holder]}
        update = {name: {"$cond": [held, {"$literal": value}, f"${name}"]} for name, value in fields.items()}
        await self._reservations.update_one({"app_id": reservation.app_id, "_id": reservation.id}, [{"$set": update}])
