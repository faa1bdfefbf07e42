"""Outcomes in the database: a queue of what is to be attributed, which stays to be looked at again."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document, insert_absent, to_document
from push.engagement.attribution.model import Outcome

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class OutcomeStore:
    def __init__(self, database: Database) -> None:
        self._outcomes = database.collection(
            "outcomes",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("at", 1)]),
            IndexModel([("app_id", 1), ("to", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )

    async def add(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Part of the transaction that stores the events they are made of, of which each is new."""
        await insert_absent(self._outcomes, [to_document(each) for each in outcomes], session)

    async def look_again(
        self, app_id: str, people: Sequence[str], since: datetime, due_at: datetime, session: Session
    ) -> None:
        """What these people did since then may be something else's doing than was thought."""
        # Told apart here: with the time in the filter the embedded server takes ten times as long.
        query = {"app_id": app_id, "person_id": {"$in": list(people)}}
        found = await self._outcomes.find(query, {"at": 1}, session=session).to_list(None)
        await self._make_due(app_id, [each["_id"] for each in found if each["at"] >= since], due_at, session)

    async def due(self, app_id: str, now: datetime, limit: int) -> list[str]:
        """Whose outcomes are to be looked at, the longest due first."""
        query = {"app_id": app_id, "due_at": {"$gt": _LONG_AGO, "$lte": now}}
        found = self._outcomes.find(query, {"person_id": 1}, sort=[("due_at", 1)], limit=limit)
        return list(dict.fromkeys([each["person_id"] async for each in found]))

    async def of_people(self, app_id: str, person_ids: Sequence[str], session: Session) -> list[Outcome]:
        query = {"app_id": app_id, "person_id": {"$in": list(person_ids)}}
        found = await self._outcomes.find(query, session=session).to_list(None)
        return [from_document(each, Outcome) for each in found]

    async def settle(self, app_id: str, settled: Sequence[Outcome], session: Session) -> None:
        """Nothing is to be done for them, until something new is heard of their person."""
        updates = [
            UpdateOne({"app_id": app_id, "_id": each.id}, {"$set": {"to": each.to}, "$unset": {"due_at": ""}})
            for each in settled
        ]
        if updates:
            await self._outcomes.bulk_write(updates, ordered=False, session=session)

    async def of_campaign(self, app_id: str, campaign_id: str) -> AsyncIterator[Outcome]:
        """Those whose value is the campaign's."""
        async for found in self._outcomes.find({"app_id": app_id, "to": campaign_id}):
            yield from_document(found, Outcome)

    async def move_person(self, app_id: str, source: str, target: str, due_at: datetime, session: Session) -> None:
        """All that both did is looked at again."""
        query: Document = {"app_id": app_id, "person_id": {"$in": [source, target]}}
        found = await self._outcomes.find(query, {"_id": 1}, session=session).to_list(None)
        await self._make_due(app_id, [each["_id"] for each in found], due_at, session, {"person_id": target})

    async def _make_due(
        self, app_id: str, ids: Sequence[str], due_at: datetime, session: Session, fields: Document | None = None
    ) -> None:
        if ids:
            update = {"$set": {"due_at": due_at, **(fields or {})}}
            await self._outcomes.update_many({"app_id": app_id, "_id": {"$in": ids}}, update, session=session)
