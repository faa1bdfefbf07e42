"""When each person first and last did what has a name, and how often: one document a person and name."""

from collections.abc import AsyncIterator, Sequence

from pymongo import DeleteMany, IndexModel, UpdateOne

from push.database import QUICK, Database, Document, Session
from push.people.doings.model import Named
from push.ranges import patient_pages

_PAGE = 1000


class DoingStore:
    def __init__(self, database: Database) -> None:
        self._doings = database.collection(
            "doings", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("person_id", 1)])
        )
        self._quickly = self._doings.with_options(QUICK)

    async def note(self, app_id: str, doings: Sequence[Named], session: Session) -> None:
        """What is new of them, in the transaction that accepts them."""
        sums: dict[tuple[str, str], Document] = {}
        for each in doings:
            first = {"first_at": each.at, "last_at": each.at, "count": 0}
            known = sums.setdefault((each.person_id, each.name), first)
            known |= {"first_at": min(known["first_at"], each.at), "last_at": max(known["last_at"], each.at)}
            known["count"] += 1
        if sums:
            updates = [_upsert(app_id, person_id, name, known) for (person_id, name), known in sums.items()]
            await self._doings.bulk_write(updates, ordered=False, session=session)

    async def of_name(self, app_id: str, name: str) -> AsyncIterator[list[Document]]:
        """`person_id` and `last_at` of all who ever did this, in pages."""
        stem = f"{app_id}:{name}"
        query = {"app_id": app_id, "_id": {"$gt": f"{stem}:", "$lt": f"{stem};"}}
        fields = {"person_id": 1, "last_at": 1}
        async for page in patient_pages(self._quickly.find(query, fields, batch_size=_PAGE), _PAGE):
            yield page

    async def of_people(self, app_id: str, person_ids: Sequence[str], names: Sequence[str]) -> list[Document]:
        """`person_id`, `name` and `last_at` of what these persons did of that."""
        ids = [_key(app_id, person_id, name) for person_id in person_ids for name in names]
        fields = {"person_id": 1, "name": 1, "last_at": 1}
        return await self._doings.find({"app_id": app_id, "_id": {"$in": ids}}, fields).to_list(None)

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """What an anonymous person did, the known one did."""
        theirs = {"app_id": app_id, "person_id": source}
        found = await self._doings.find(theirs, session=session).to_list(None)
        if found:
            moved = [_upsert(app_id, target, each["name"], each) for each in found]
            await self._doings.bulk_write([DeleteMany(theirs), *moved], session=session)


def _upsert(app_id: str, person_id: str, name: str, known: Document) -> UpdateOne:
    update = {
        "$setOnInsert": {"person_id": person_id, "name": name},
        "$min": {"first_at": known["first_at"]},
        "$max": {"last_at": known["last_at"]},
        "$inc": {"count": known["count"]},
    }
    return UpdateOne({"app_id": app_id, "_id": _key(app_id, person_id, name)}, update, upsert=True)


def _key(app_id: str, person_id: str, name: str) -> str:
    return f"{app_id}:{name}:{person_id}"
