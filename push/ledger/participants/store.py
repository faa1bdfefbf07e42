"""People and campaigns: one document for each person whom an experiment draws or a campaign reaches."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from pymongo import DeleteOne, IndexModel, UpdateMany, UpdateOne

from push.database import Database, Document, Session, find_named, from_document, insert_absent, together
from push.ids import body
from push.ledger.participants.model import STEPS, Change, Participant

Step = tuple[str, str, str, datetime]
"""Campaign, person, step, when."""
_AT_ONCE = 1000
_TAPS = ("opened", "clicked")
_TIMES = ("planned_at", *(f"{step}_at" for step in STEPS), "influenced_at", "credited_at", "at")


class ParticipantStore:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(
            "participants",
            IndexModel([("app_id", 1), ("_id", 1)]),
            # `at` is when the person was first heard of: no later than anything else they did.
            IndexModel([("app_id", 1), ("person_id", 1), ("at", 1)]),
        )

    async def add(
        self, app_id: str, campaign_id: str, groups: Mapping[str, str], at: datetime, session: Session
    ) -> list[str]:
        """Add people with their group; answers those who were not there yet."""
        people = list(groups)
        if not people:
            return []
        drawn = {"planned_at": at, "at": at}
        upserts = [
            _upsert(app_id, campaign_id, person_id, {"variant": group, **drawn}) for person_id, group in groups.items()
        ]
        result = await self._people.bulk_write(upserts, ordered=False, session=session)
        return [people[index] for index in (result.upserted_ids or {})]

    async def stamp(self, app_id: str, steps: Sequence[Step], session: Session) -> list[Change]:
        """Write steps, each with the earliest time it is reported for; answers what that changes in the numbers."""
        by_person: dict[str, list[Step]] = {}
        for step in steps:
            by_person.setdefault(_key(step[0], step[1]), []).append(step)
        found = await self._found(app_id, list(by_person), session)
        changes: list[Change] = []
        new: list[Document] = []
        later: dict[str, Document] = {}
        updates: list[UpdateOne | UpdateMany] = []
        for key, those in by_person.items():
            known = found.get(key, {})
            fields: Document = {}
            for campaign_id, _, did, at in those:
                name = f"{did}_at"
                before = fields.get(name, known.get(name))
                if before is None:
                    changes.append(Change(campaign_id, known.get("variant"), did))
                if before is None or at < before:
                    fields[name] = at
            gone = {}
            if known.get("influenced_at") is not None and any(f"{tap}_at" in fields for tap in _TAPS):
                # Who taps it did not come by themselves, whatever was seen first.
                gone = {"influenced_at": ""}
                changes.append(Change(those[0][0], known.get("variant"), "influenced", -1))
            if key not in found:
                described = {"campaign_id": those[0][0], "person_id": those[0][1], "at": min(fields.values())}
                new.append({"_id": key, "app_id": app_id, **described, **fields})
            elif gone:
                updates.append(UpdateOne({"app_id": app_id, "_id": key}, {"$set": fields, "$unset": gone}))
            elif fields:
                later[key] = fields
        await insert_absent(self._people, new, session)
        updates += [
            UpdateMany({"app_id": app_id, "_id": {"$in": keys}}, [{"$set": fields}]) for keys, fields in together(later)
        ]
        if updates:
            await self._people.bulk_write(updates, ordered=False, session=session)
        return changes

    async def _found(self, app_id: str, keys: Sequence[str], session: Session) -> dict[str, Document]:
        return {each["_id"]: each for each in await find_named(self._people, app_id, keys, session=session)}

    async def of_people(
        self, app_id: str, person_ids: Sequence[str], since: datetime, session: Session
    ) -> list[Participant]:
        """What these persons had to do with campaigns that were first heard of from them since then."""
        query = {"app_id": app_id, "person_id": {"$in": list(person_ids)}, "at": {"$gte": since}}
        found = await self._people.find(query, session=session).to_list(None)
        return [from_document(each, Participant) for each in found]

    async def reached(self, app_id: str, campaign_id: str, person_ids: Sequence[str]) -> set[str]:
        """Which of these persons the campaign has reached."""
        keys = [_key(campaign_id, person_id) for person_id in person_ids]
        found = await find_named(self._people, app_id, keys, {"person_id": 1, "reached_at": 1})
        return {each["person_id"] for each in found if each.get("reached_at") is not None}

    async def put(self, app_id: str, changed: Sequence[Participant], session: Session) -> None:
        """Write what attribution has found of them."""
        updates = []
        for each in changed:
            told = {name: getattr(each, name) for name in ("converted_at", "influenced_at", "credited_at", "credited")}
            update: Document = {"$set": {name: value for name, value in told.items() if value is not None}}
            if gone := {name: "" for name, value in told.items() if value is None}:
                update["$unset"] = gone
            if not update["$set"]:
                del update["$set"]
            updates.append(UpdateOne({"app_id": app_id, "_id": _key(each.campaign_id, each.person_id)}, update))
        if updates:
            await self._people.bulk_write(updates, ordered=False, session=session)

    async def all(self, app_id: str, campaign_id: str) -> AsyncIterator[Participant]:
        """Everybody of a campaign, over one cursor."""
        stem = f"prt_{body(campaign_id)}"
        query = {"app_id": app_id, "_id": {"$gt": stem, "$lt": stem + "~"}}
        async with self._people.find(query, sort=[("_id", 1)], batch_size=_AT_ONCE) as cursor:
            async for found in cursor:
                yield from_document(found, Participant)

    async def merge(self, app_id: str, source: str, target: str, session: Session) -> list[Change]:
        """What was an anonymous person's part is the known one's; whatever both did is counted once from now on."""
        found = await self._people.find({"app_id": app_id, "person_id": source}, session=session).to_list(None)
        if not found:
            return []
        known = await self._found(app_id, [_key(each["campaign_id"], target) for each in found], session)
        changes: list[Change] = []
        moved = []
        for each in found:
            key = _key(each["campaign_id"], target)
            theirs = known.get(key, {})
            changes += _twice(each, theirs)
            times = {name: min(_both(name, each, theirs)) for name in _TIMES if _both(name, each, theirs)}
            fields = {**_described(each), **_described(theirs), **times}
            if theirs and any(times.get(f"{tap}_at") for tap in _TAPS):
                fields.pop("influenced_at", None)
            named = {"campaign_id": each["campaign_id"], "person_id": target}
            moved.append(UpdateOne({"app_id": app_id, "_id": key}, {"$set": {**named, **fields}}, upsert=True))
            if "influenced_at" not in fields and theirs.get("influenced_at"):
                moved.append(UpdateOne({"app_id": app_id, "_id": key}, {"$unset": {"influenced_at": ""}}))
        gone = [DeleteOne({"app_id": app_id, "_id": each["_id"]}) for each in found]
        await self._people.bulk_write([*gone, *moved], session=session)
        return changes


def _described(person: Document) -> Document:
    keys = ("_id", "app_id", "campaign_id", "person_id")
    return {name: value for name, value in person.items() if name not in keys}


def _both(name: str, one: Document, other: Document) -> list[datetime]:
    return [each[name] for each in (one, other) if each.get(name) is not None]


def _twice(one: Document, other: Document) -> list[Change]:
    """What two documents say that become one."""
    if not other:
        return []
    campaign_id, group = one["campaign_id"], one.get("variant")
    gone = [Change(campaign_id, group, step, -1) for step in STEPS if len(_both(f"{step}_at", one, other)) == 2]
    if one.get("credited") and other.get("credited"):
        gone.append(Change(campaign_id, group, f"credited_{one['credited']}", -1))
    influenced = len(_both("influenced_at", one, other))
    tapped = any(_both(f"{tap}_at", one, other) for tap in _TAPS)
    if influenced and (over := influenced - (0 if tapped else 1)):
        gone.append(Change(campaign_id, group, "influenced", -over))
    return gone


def _upsert(app_id: str, campaign_id: str, person_id: str, fields: Document) -> UpdateOne:
    named = {"app_id": app_id, "_id": _key(campaign_id, person_id)}
    described = {"campaign_id": campaign_id, "person_id": person_id, **fields}
    return UpdateOne(named, {"$setOnInsert": described}, upsert=True)


def _key(campaign_id: str, person_id: str) -> str:
    return f"prt_{body(campaign_id)}{body(person_id)}"
