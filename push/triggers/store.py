"""Who waits for a campaign that an event of theirs has set off: a small queue, emptied as they are sent it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document, to_document


class Wait(Struct, frozen=True, kw_only=True):
    """One person, one campaign."""

    id: str
    app_id: str
    campaign_id: str
    person_id: str
    name: str = ""
    """Of the event, as all that follows."""
    value: float | None = None
    currency: str | None = None
    since: datetime
    """When it happened."""
    due_at: datetime


def wait_id(campaign_id: str, person_id: str) -> str:
    return f"{campaign_id}:{person_id}"


class WaitStore:
    def __init__(self, database: Database) -> None:
        self._waits = database.collection(
            "trigger_waits",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1)]),
        )
        self._causes = database.collection(
            "trigger_causes",
            IndexModel([("app_id", 1), ("run_id", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1)]),
        )

    async def begin(self, app_id: str, waits: Sequence[Wait], session: Session) -> None:
        """Who waits already goes on waiting as before."""
        upserts = [
            UpdateOne({"app_id": app_id, "_id": wait.id}, {"$setOnInsert": _without_key(wait)}, upsert=True)
            for wait in waits
        ]
        if upserts:
            await self._waits.bulk_write(upserts, ordered=False, session=session)

    async def due(self, app_id: str, now: datetime, limit: int) -> list[Wait]:
        query = {"app_id": app_id, "due_at": {"$lte": now}}
        found = await self._waits.find(query, sort=[("due_at", 1)], limit=limit).to_list(None)
        return [from_document(each, Wait) for each in found]

    async def of(self, app_id: str, ids: Sequence[str], session: Session) -> list[Wait]:
        """Those of them that wait still."""
        query = {"app_id": app_id, "_id": {"$in": list(ids)}}
        return [from_document(each, Wait) for each in await self._waits.find(query, session=session).to_list(None)]

    async def end(self, app_id: str, ids: Sequence[str], session: Session) -> None:
        """Of two who end the same wait in transactions at once, one comes too late and sees that."""
        if ids:
            await self._waits.delete_many({"app_id": app_id, "_id": {"$in": list(ids)}}, session=session)

    async def put_off(self, app_id: str, ids: Sequence[str], due_at: datetime, session: Session | None = None) -> None:
        query = {"app_id": app_id, "_id": {"$in": list(ids)}}
        await self._waits.update_many(query, {"$set": {"due_at": due_at}}, session=session)

    async def keep(self, run_id: str, waits: Sequence[Wait], session: Session) -> None:
        """What set this run off, for each who is in it: its texts speak of that."""
        causes = [
            {
                "_id": f"{run_id}:{wait.person_id}",
                "app_id": wait.app_id,
                "run_id": run_id,
                "person_id": wait.person_id,
                "event": {"name": wait.name, "value": wait.value, "currency": wait.currency, "at": wait.since},
            }
            for wait in waits
        ]
        await self._causes.insert_many(causes, session=session)

    async def causes(self, app_id: str, run_id: str) -> dict[str, Document]:
        """What set it off, by person."""
        found = self._causes.find({"app_id": app_id, "run_id": run_id})
        return {each["person_id"]: each["event"] async for each in found}

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """The target waits for what the source waited for."""
        query = {"app_id": app_id, "person_id": source}
        theirs = [from_document(each, Wait) for each in await self._waits.find(query, session=session).to_list(None)]
        renamed = {"$set": {"person_id": target}}
        await self._causes.update_many(query, renamed, session=session)
        if theirs:
            await self.end(app_id, [wait.id for wait in theirs], session)
            moved = [_of_person(wait, target) for wait in theirs]
            await self.begin(app_id, moved, session)


def _of_person(wait: Wait, person_id: str) -> Wait:
    return replace(wait, id=wait_id(wait.campaign_id, person_id), person_id=person_id)


def _without_key(wait: Wait) -> Document:
    return {name: value for name, value in to_document(wait).items() if name not in ("_id", "app_id")}
