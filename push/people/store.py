"""Persons in the database."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.database import Database, Document, Session, from_document, to_document
from push.ids import new_id
from push.people.model import Consent, Person, Preferences
from push.ranges import by_age, sifted_by_age

_KNOWN = {"external_id": {"$exists": True}}


class PeopleStore:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(
            "people",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("external_id", 1)], unique=True, partialFilterExpression=_KNOWN),
            # The embedded server keeps a partial index unique and never reads by it; this one it reads.
            IndexModel([("app_id", 1), ("external_id", 1), ("_id", 1)]),
        )
        self._consents = database.collection("consents", IndexModel([("app_id", 1), ("person_id", 1), ("_id", 1)]))

    async def add(self, person: Person, session: Session | None = None) -> None:
        document = to_document(person)
        if person.external_id is None:
            del document["external_id"]
        await self._people.insert_one(document, session=session)

    async def get(self, app_id: str, person_id: str, session: Session | None = None) -> Person | None:
        found = await self._people.find_one({"app_id": app_id, "_id": person_id}, session=session)
        return from_document(found, Person) if found else None

    async def hold(self, app_id: str, person_id: str, session: Session) -> Person | None:
        """The person, who cannot be changed by anybody else until the transaction ends.

        Reading alone would let two transactions pass each other, one giving the person a device, the other telling
        all of their devices of a changed mind.
        """
        found = await self._people.find_one_and_update(
            {"app_id": app_id, "_id": person_id},
            {"$inc": {"held": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return from_document(found, Person) if found else None

    async def ids_of(self, app_id: str, external_ids: Sequence[str]) -> dict[str, str]:
        """The ids of those who are known by these names."""
        query = {"app_id": app_id, "external_id": {"$in": list(external_ids)}}
        return {each["external_id"]: each["_id"] async for each in self._people.find(query, {"external_id": 1})}

    async def walk(
        self, app_id: str, fields: Sequence[str] = (), query: Document | None = None
    ) -> AsyncIterator[list[Document]]:
        """Pages of persons in `_id` order as they are stored, or these fields of them only.

        Of those that meet `query`, if there is one.
        """
        projection = dict.fromkeys(fields, 1) or None
        found = (
            by_age(self._people, app_id, "per", projection)
            if query is None
            else sifted_by_age(self._people, app_id, "per", query, projection)
        )
        async for page in found:
            yield page

    async def get_many(self, app_id: str, person_ids: Sequence[str]) -> list[Person]:
        found = await self._people.find({"app_id": app_id, "_id": {"$in": list(person_ids)}}).to_list(None)
        return [from_document(person, Person) for person in found]

    async def by_external_id(self, app_id: str, external_id: str) -> Person | None:
        found = await self._people.find_one({"app_id": app_id, "external_id": external_id})
        return from_document(found, Person) if found else None

    async def find_or_add(self, app_id: str, external_id: str, at: datetime) -> tuple[Person, bool]:
        """The person known by this external id, and whether they are new; two callers at once get the same one."""
        while True:
            found = await self.by_external_id(app_id, external_id)
            if found is not None:
                return found, False
            person = Person(id=new_id("per"), app_id=app_id, created_at=at, external_id=external_id)
            with contextlib.suppress(DuplicateKeyError):
                await self.add(person)
                return person, True

    async def change(self, app_id: str, person_id: str, fields: dict[str, Any], session: Session) -> None:
        await self._people.update_one(
            {"app_id": app_id, "_id": person_id},
            {"$set": msgspec.to_builtins(fields, builtin_types=(datetime,))},
            session=session,
        )

    async def set_preferences(self, app_id: str, person_id: str, preferences: Preferences, session: Session) -> None:
        await self.change(app_id, person_id, {"preferences": preferences}, session)

    async def log_consents(
        self, app_id: str, said: Sequence[tuple[str, Consent]], at: datetime, session: Session
    ) -> None:
        """The log of what persons said only grows."""
        rows = [
            {
                "_id": new_id("con"),
                "app_id": app_id,
                "person_id": person_id,
                "recorded_at": at,
                **msgspec.to_builtins(consent, builtin_types=(datetime,)),
            }
            for person_id, consent in said
        ]
        await self._consents.insert_many(rows, session=session)

    async def consents(self, app_id: str, person_id: str) -> AsyncIterator[Document]:
        """All that the person ever said about promotion, in the order in which it was recorded."""
        query = {"app_id": app_id, "person_id": person_id}
        async for found in self._consents.find(query, sort=[("_id", 1)]):
            yield found

    async def latest_consents(self, app_id: str, person_id: str, limit: int) -> AsyncIterator[Document]:
        query = {"app_id": app_id, "person_id": person_id}
        async for found in self._consents.find(query, sort=[("_id", -1)], limit=limit):
            yield found

    async def remove(self, app_id: str, person_id: str, session: Session) -> None:
        await self._people.delete_one({"app_id": app_id, "_id": person_id}, session=session)

    async def move_consents(self, app_id: str, source: str, target: str, session: Session) -> None:
        await self._consents.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )
