"""Imports in the database, and people and devices by the thousand."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from pymongo import DeleteOne, IndexModel, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from push.database import Database, Document, Session, from_document, to_document
from push.devices.churn.store import ChurnStore
from push.devices.model import Device
from push.devices.store import claim_of, stored
from push.errors import PushError
from push.ids import new_id
from push.imports.model import MOST_ERRORS, Counts, Import, Line, LineError
from push.people.model import Person, Preferences

LEASE = timedelta(seconds=30)
_SLICE = 200
"""Values asked for at once: the embedded server gets slower by the square of it."""
_DUPLICATE_KEY = 11000


class Raced(PushError):
    """Somebody else has made the same person in this moment: what was read before is no longer so."""


class ImportStore:
    def __init__(self, database: Database) -> None:
        self._imports = database.collection(
            "imports",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("key", 1)], unique=True),
            IndexModel([("app_id", 1), ("_id", 1), ("attempt", 1)]),
        )
        self._people = database.collection("people")
        self._churn = ChurnStore(database)
        self._devices, self._claims = database.collection("devices"), database.collection("device_claims")

    async def add(self, new: Import) -> bool:
        """False when there is one with this key already."""
        try:
            await self._imports.insert_one(to_document(new))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, app_id: str, import_id: str) -> Import | None:
        found = await self._imports.find_one({"app_id": app_id, "_id": import_id})
        return from_document(found, Import) if found else None

    async def by_key(self, app_id: str, key: str) -> Import | None:
        found = await self._imports.find_one({"app_id": app_id, "key": key})
        return from_document(found, Import) if found else None

    async def page(self, app_id: str, before: str | None, limit: int) -> list[Import]:
        """Newest first."""
        query: Document = {"app_id": app_id} if before is None else {"app_id": app_id, "_id": {"$lt": before}}
        cursor = self._imports.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(found, Import) async for found in cursor]

    async def take_over(self, was: Import, now: datetime) -> Import | None:
        """None when somebody else has taken it since."""
        found = await self._imports.find_one_and_update(
            {"app_id": was.app_id, "_id": was.id, "attempt": was.attempt},
            {"$set": {"until": now + LEASE}, "$inc": {"attempt": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Import) if found else None

    async def advance(
        self,
        held: Import,
        fields: dict[str, Any],
        counts: Counts,
        errors: Sequence[LineError],
        session: Session | None = None,
    ) -> Import | None:
        """Write how far it has come. None when somebody else has taken it over."""
        added = {f"counts.{name}": number for name, number in msgspec.structs.asdict(counts).items() if number}
        update: Document = {"$set": fields}
        if added:
            update["$inc"] = added
        if errors:
            update["$push"] = {"errors": {"$each": msgspec.to_builtins(list(errors)), "$slice": MOST_ERRORS}}
        found = await self._imports.find_one_and_update(
            {"app_id": held.app_id, "_id": held.id, "attempt": held.attempt},
            update,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return from_document(found, Import) if found else None

    async def put_people(
        self, app_id: str, lines: Sequence[Line], first: dict[str, Preferences], at: datetime, session: Session
    ) -> tuple[dict[str, Person], set[str]]:
        """Attributes and relations of the named, by external id, and who of them is new.

        `first` are the preferences that a new person begins with.
        """
        known = await self._known(app_id, sorted({line.said.external_id or "" for line in lines}), session)
        new: dict[str, Person] = {}
        updates = []
        for line in lines:
            name = line.said.external_id or ""
            if name in known:
                updates.append(UpdateOne({"app_id": app_id, "_id": known[name].id}, _update(line)))
            else:
                unheard = Person(id=new_id("per"), app_id=app_id, created_at=at, external_id=name)
                new[name] = _told(new.get(name, replace(unheard, preferences=first[name])), line)
        if updates:
            await self._people.bulk_write(updates, ordered=True, session=session)
        await self.add_people(list(new.values()), session)
        return {**known, **new}, set(new)

    async def _known(self, app_id: str, names: Sequence[str], session: Session) -> dict[str, Person]:
        known: dict[str, Person] = {}
        for start in range(0, len(names), _SLICE):
            query = {"app_id": app_id, "external_id": {"$in": names[start : start + _SLICE]}}
            async for found in self._people.find(query, session=session, batch_size=_SLICE):
                person = from_document(found, Person)
                known[person.external_id or ""] = person
        return known

    async def add_people(self, people: Sequence[Person], session: Session) -> None:
        """Raises Raced where somebody else made one of them meanwhile."""
        documents = [to_document(each) for each in people]
        for document in documents:
            if document["external_id"] is None:
                del document["external_id"]
        if not documents:
            return
        try:
            await self._people.insert_many(documents, ordered=True, session=session)
        except BulkWriteError as error:
            if any(each["code"] == _DUPLICATE_KEY for each in error.details["writeErrors"]):
                raise Raced from None
            raise

    async def unclaimed(self, app_id: str, devices: Sequence[Device], session: Session) -> list[Device]:
        """Those whose installation and whose address nobody has; from now on they are claimed for these."""
        if not devices:
            return []
        installations = [claim_of(app_id, "installation", device.installation_id) for device in devices]
        ids = [device.id for device in devices]
        free = await self._claim(app_id, list(zip(installations, ids, strict=True)), session)
        new = [device for index, device in enumerate(devices) if index in free]
        wanted = [
            _Claim(claim_of(app_id, what, value), field, value, device.id)
            for device in new
            for field, what in (("fingerprint", "address"), ("firebase_id", "firebase"))
            if (value := getattr(device, field))
        ]
        fresh = await self._claim(app_id, [(claim.id, claim.device_id) for claim in wanted], session)
        held = {wanted[index].id for index in fresh}
        taken: set[str] = set()
        again: list[_Claim] = []
        for claim in (claim for index, claim in enumerate(wanted) if index not in fresh):
            # A claim outlives the device that gave the address up.
            if claim.id in held or await self._holder(app_id, claim, session):
                taken.add(claim.device_id)
            else:
                held.add(claim.id)
                again.append(claim)
        await self._reclaim(app_id, [claim for claim in again if claim.device_id not in taken], session)
        gone = [claim_of(app_id, "installation", device.installation_id) for device in new if device.id in taken]
        gone += [wanted[index].id for index in fresh if wanted[index].device_id in taken]
        if gone:
            deletes = [DeleteOne({"app_id": app_id, "_id": each}) for each in gone]
            await self._claims.bulk_write(deletes, session=session)
        return [device for device in new if device.id not in taken]

    async def _holder(self, app_id: str, claim: "_Claim", session: Session) -> Document | None:
        return await self._devices.find_one({"app_id": app_id, claim.field: claim.value}, {"_id": 1}, session=session)

    async def _reclaim(self, app_id: str, claims: "Sequence[_Claim]", session: Session) -> None:
        for claim in claims:
            key = {"app_id": app_id, "_id": claim.id}
            await self._claims.update_one(key, {"$set": {"device_id": claim.device_id}}, session=session)

    async def add_devices(self, devices: Sequence[Device], at: datetime, session: Session) -> None:
        if devices:
            await self._devices.insert_many([stored(device) for device in devices], ordered=False, session=session)
            counts: dict[str, Counter[str]] = defaultdict(Counter)
            for device in devices:
                counts[device.platform] += Counter(imported=1, address_new=device.address is not None)
            await self._churn.note(devices[0].app_id, at, counts, session)

    async def _claim(self, app_id: str, claims: Sequence[tuple[str, str]], session: Session) -> set[int]:
        """Which of these claims, each for a device, nobody had."""
        upserts = [
            UpdateOne({"app_id": app_id, "_id": claim}, {"$setOnInsert": {"device_id": device_id}}, upsert=True)
            for claim, device_id in claims
        ]
        if not upserts:
            return set()
        result = await self._claims.bulk_write(upserts, ordered=True, session=session)
        return set(result.upserted_ids or {})


class _Claim(NamedTuple):
    id: str
    field: str
    """Of the device that holds it."""
    value: str
    device_id: str


def _told(person: Person, line: Line) -> Person:
    relations = person.relations if line.said.relations is None else tuple(sorted(set(line.said.relations)))
    both = {**person.attributes, **line.attributes}
    attributes = {name: value for name, value in both.items() if value is not None}
    return replace(person, attributes=attributes, relations=relations)


def _update(line: Line) -> Document:
    given: Document = {f"attributes.{name}": value for name, value in line.attributes.items() if value is not None}
    cleared = {f"attributes.{name}": "" for name, value in line.attributes.items() if value is None}
    if line.said.relations is not None:
        given["relations"] = sorted(set(line.said.relations))
    # No server takes an update that says nothing.
    update: Document = {"$set": given} if given else {"$inc": {"held": 1}}
    if cleared:
        update["$unset"] = cleared
    return update
