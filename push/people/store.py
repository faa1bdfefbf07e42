"""Persons in the database."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push.database import Database, Session, from_document, to_document
from push.ids import new_id
from push.people.model import Person, Preferences

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

    async def known_as(self, app_id: str, external_ids: Sequence[str]) -> AsyncIterator[Person]:
        query = {"app_id": app_id, "external_id": {"$in": list(external_ids)}}
        async for found in self._people.find(query):
            yield from_document(found, Person)

    async def find_or_add(self, app_id: str, external_id: str, at: datetime) -> Person:
        """The person known by this external id, made when there is none; two callers at once get the same one."""
        while True:
            found = await self._people.find_one({"app_id": app_id, "external_id": external_id})
            if found is not None:
                return from_document(found, Person)
            with contextlib.suppress(DuplicateKeyError):
                await self.add(Person(id=new_id("per"), app_id=app_id, created_at=at, external_id=external_id))

    async def set_preferences(self, app_id: str, person_id: str, preferences: Preferences, session: Session) -> None:
        await self._people.update_one(
            {"app_id": app_id, "_id": person_id},
            {"$set": {"preferences": msgspec.to_builtins(preferences, builtin_types=(datetime,))}},
            session=session,
        )

    async def log_consent(
        self, app_id: str, person_id: str, preferences: Preferences, at: datetime, session: Session
    ) -> None:
        """The log of what was said only grows."""
        said = msgspec.to_builtins(preferences.consent, builtin_types=(datetime,))
        row = {"_id": new_id("con"), "app_id": app_id, "person_id": person_id, "recorded_at": at, **said}
        await self._consents.insert_one(row, session=session)

    async def remove(self, app_id: str, person_id: str, session: Session) -> None:
        await self._people.delete_one({"app_id": app_id, "_id": person_id}, session=session)

    async def move_consents(self, app_id: str, source: str, target: str, session: Session) -> None:
        await self._consents.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )
