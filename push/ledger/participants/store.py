"""People in an experiment: one document for each, in which each step has its first time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import DeleteOne, IndexModel, UpdateOne

from push.database import Database, Document, Session
from push.ids import body

STEPS = ("opened", "clicked", "converted")
Step = tuple[str, str, str, datetime]
"""Campaign, person, step, when."""


class ParticipantStore:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(
            "participants", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("person_id", 1)])
        )

    async def add(self, app_id: str, campaign_id: str, groups: Mapping[str, str], session: Session) -> list[str]:
        """Add people with their group; answers those who were not there yet."""
        people = list(groups)
        if not people:
            return []
        upserts = [_upsert(app_id, campaign_id, person_id, {"variant": group}) for person_id, group in groups.items()]
        result = await self._people.bulk_write(upserts, ordered=False, session=session)
        return [people[index] for index in (result.upserted_ids or {})]

    async def stamp(self, app_id: str, steps: Sequence[Step], session: Session) -> list[tuple[Step, str]]:
        """Write steps, and answer those that were a person's first of their kind, with the person's group."""
        by_person: dict[str, list[Step]] = {}
        for step in steps:
            by_person.setdefault(_key(step[0], step[1]), []).append(step)
        if not by_person:
            return []
        query = {"app_id": app_id, "_id": {"$in": list(by_person)}}
        found = {person["_id"]: person async for person in self._people.find(query, session=session)}
        first: list[tuple[Step, str]] = []
        updates = []
        for key, person in found.items():
            fields: Document = {}
            for step in by_person[key]:
                name = f"{step[2]}_at"
                if person.get(name) is None and name not in fields:
                    fields[name] = step[3]
                    first.append((step, person["variant"]))
            if fields:
                updates.append(UpdateOne({"app_id": app_id, "_id": key}, {"$set": fields}))
        if updates:
            await self._people.bulk_write(updates, ordered=False, session=session)
        return first

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """What was an anonymous person's part is the known one's, unless they have one of their own."""
        found = await self._people.find({"app_id": app_id, "person_id": source}, session=session).to_list(None)
        if not found:
            return
        gone = [DeleteOne({"app_id": app_id, "_id": person["_id"]}) for person in found]
        rest = ("_id", "app_id", "campaign_id", "person_id")
        moved = [
            _upsert(app_id, each["campaign_id"], target, {k: v for k, v in each.items() if k not in rest})
            for each in found
        ]
        await self._people.bulk_write([*gone, *moved], session=session)


def _upsert(app_id: str, campaign_id: str, person_id: str, fields: Document) -> UpdateOne:
    named = {"app_id": app_id, "_id": _key(campaign_id, person_id)}
    described = {"campaign_id": campaign_id, "person_id": person_id, **fields}
    return UpdateOne(named, {"$setOnInsert": described}, upsert=True)


def _key(campaign_id: str, person_id: str) -> str:
    return f"prt_{body(campaign_id)}{body(person_id)}"
