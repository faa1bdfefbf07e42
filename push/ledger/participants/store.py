"""People and campaigns: one document for each person whom an experiment draws or a campaign reaches.

It has the first times of whatever the person did, and `steps`: how far each of the deliveries to them got, by step and
by the end of the delivery's id, so that what a phone reports is one document written. `heard` names the buckets of
events that tell of them.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from pymongo import DeleteMany, DeleteOne, IndexModel, UpdateMany, UpdateOne

from push.database import (
    QUICK,
    Database,
    Document,
    Session,
    find_named,
    from_document,
    insert_absent,
    together,
)
from push.ids import body
from push.ledger.participants.hearing import Heard, Told
from push.ledger.participants.model import STEPS, Change, Participant, deliveries_in, steps_on
from push.ranges import patient_pages

_AT_ONCE = 1000
_TAPS = ("opened", "clicked")
_TIMES = ("planned_at", *(f"{step}_at" for step in STEPS), "influenced_at", "credited_at", "at")
_IDS_AT_ONCE = 250


class ParticipantStore:
    def __init__(self, database: Database) -> None:
        self._people = database.collection(
            "participants",
            IndexModel([("app_id", 1), ("_id", 1)]),
            # `at` is when the person was first heard of: no later than anything else they did.
            IndexModel([("app_id", 1), ("person_id", 1), ("at", 1)]),
        )
        self._quick = self._people.with_options(QUICK)

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

    async def hear(self, app_id: str, told: Sequence[Told], session: Session) -> tuple[list[int], list[Change]]:
        """Write steps that are reported; answers the positions of those that are new, and what that changes in the
        numbers of people, each counted with the earliest time it is reported for."""
        keys = [_key(each.campaign_id, each.person_id) for each in told]
        found = await self._found(app_id, list(dict.fromkeys(keys)), session)
        people: dict[str, Heard] = {}
        fresh: list[int] = []
        counted: Counter[tuple[str, str | None, str]] = Counter()
        for place, (key, each) in enumerate(zip(keys, told, strict=True)):
            person = people.get(key)
            if person is None:
                person = people[key] = Heard(found.get(key), each)
            first = person.hear(each)
            if first is not None:
                fresh.append(place)
                for did in first:
                    counted[each.campaign_id, person.known.get("variant"), did] += 1
        new = [person.document(app_id, key) for key, person in people.items() if person.is_new]
        await insert_absent(self._people, new, session)
        later: dict[str | None, dict[str, Document]] = defaultdict(dict)
        updates: list[UpdateOne | UpdateMany] = []
        for key, person in people.items():
            if person.is_new or not person.fields:
                continue
            if person.known.get("influenced_at") is not None and any(f"{tap}_at" in person.fields for tap in _TAPS):
                # Who taps it did not come by themselves, whatever was seen first.
                counted[person.known["campaign_id"], person.known.get("variant"), "influenced"] -= 1
                gone: Document = {"$set": person.fields, "$unset": {"influenced_at": ""}}
                more = {"$push": {"heard": person.bucket}} if person.bucket is not None else {}
                updates.append(UpdateOne({"app_id": app_id, "_id": key}, {**gone, **more}))
            else:
                later[person.bucket][key] = person.fields
        for bucket, those in later.items():
            heard = {} if bucket is None else {"heard": {"$concatArrays": [{"$ifNull": ["$heard", []]}, [bucket]]}}
            updates += [
                UpdateMany({"app_id": app_id, "_id": {"$in": some}}, [{"$set": {**fields, **heard}}])
                for some, fields in together(those)
            ]
        if updates:
            await self._people.bulk_write(updates, ordered=False, session=session)
        return fresh, [Change(*what, by) for what, by in counted.items()]

    async def _found(self, app_id: str, keys: Sequence[str], session: Session) -> dict[str, Document]:
        """Moments without their zone (UTC)."""
        return {each["_id"]: each for each in await find_named(self._quick, app_id, keys, session=session)}

    async def steps_of(self, app_id: str, rows: Sequence[Document], session: Session | None = None) -> list[Document]:
        """How far each of these ledger rows got, as was heard: `{"opened_at": …}`."""
        keys = [_key(row["campaign_id"], row["person_id"]) for row in rows]
        named = await find_named(self._people, app_id, list(dict.fromkeys(keys)), session=session)
        steps = {each["_id"]: each.get("steps") or {} for each in named}
        return [steps_on(steps.get(key, {}), row["_id"]) for key, row in zip(keys, rows, strict=True)]

    async def steps_of_campaign(
        self, app_id: str, campaign_id: str, steps: Sequence[str]
    ) -> AsyncIterator[list[Document]]:
        """Of whom one of these steps was heard, and the times of each of their deliveries as `steps_of` has them;
        moments without their zone (UTC), in pages."""
        stem = f"prt_{body(campaign_id)}"
        pipeline: list[Document] = [
            {"$match": {"app_id": app_id, "_id": {"$gt": stem, "$lt": stem + "~"}}},
            {"$match": {"$or": [{f"steps.{step}": {"$exists": True}} for step in steps]}},
            {"$project": {"person_id": 1, "campaign_id": 1, **{f"steps.{step}": 1 for step in steps}}},
        ]
        async for page in patient_pages(self._quick.aggregate(pipeline, batchSize=_AT_ONCE), _AT_ONCE):
            yield [row for person in page for row in _rows(person)]

    async def steps_of_person(self, app_id: str, person_id: str) -> list[Document]:
        """The same of all that one person was ever sent; moments in UTC."""
        found = await self._people.find({"app_id": app_id, "person_id": person_id}).to_list(None)
        return [row for person in found for row in _rows(person)]

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

    async def keep_still(self, app_id: str, whose: Iterable[tuple[str, str]], session: Session) -> None:
        """Whoever writes these (campaign, person) at this moment runs into this transaction, and looks at the ledger
        again: none of them is there yet."""
        keys = [_key(campaign_id, person_id) for campaign_id, person_id in whose]
        await insert_absent(self._people, [{"_id": key, "app_id": app_id} for key in keys], session)
        gone = [
            DeleteMany({"app_id": app_id, "_id": {"$in": keys[start : start + _IDS_AT_ONCE]}})
            for start in range(0, len(keys), _IDS_AT_ONCE)
        ]
        if gone:
            await self._people.bulk_write(gone, session=session)

    async def merge(
        self, app_id: str, source: str, target: str, campaigns: Iterable[str], session: Session
    ) -> list[Change]:
        """What was an anonymous person's part is the known one's; whatever both did is counted once from now on.

        `campaigns` are those whose deliveries were the anonymous one's.
        """
        found = await self._people.find({"app_id": app_id, "person_id": source}, session=session).to_list(None)
        silent = set(campaigns) - {each["campaign_id"] for each in found}
        await self.keep_still(app_id, [(campaign_id, source) for campaign_id in sorted(silent)], session)
        if not found:
            return []
        theirs_are = [_key(each["campaign_id"], target) for each in found]
        known = {each["_id"]: each for each in await find_named(self._people, app_id, theirs_are, session=session)}
        changes: list[Change] = []
        moved = []
        for each in found:
            key = _key(each["campaign_id"], target)
            theirs = known.get(key, {})
            changes += _twice(each, theirs)
            times = {name: min(_both(name, each, theirs)) for name in _TIMES if _both(name, each, theirs)}
            fields = {**_described(each), **_described(theirs), **times, **_heard_together(each, theirs)}
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


def _rows(person: Document) -> list[Document]:
    return [
        {"_id": each, "person_id": person["person_id"], **steps_on(person["steps"], each)}
        for each in deliveries_in(person)
    ]


def _heard_together(one: Document, other: Document) -> Document:
    """What was heard of the deliveries to both."""
    steps: dict[str, Document] = {}
    for each in (one, other):
        for step, times in (each.get("steps") or {}).items():
            steps.setdefault(step, {}).update(times)
    heard = list(dict.fromkeys([*(one.get("heard") or ()), *(other.get("heard") or ())]))
    return {name: value for name, value in (("steps", steps), ("heard", heard)) if value}


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
