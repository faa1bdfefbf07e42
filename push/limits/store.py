"""Which campaigns of promotion each person was pushed of late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from push.database import Database, Document, Session

WINDOW = timedelta(hours=24)
_DUPLICATE_KEY = 11000
_SLICE = 200
"""People asked for at once: the embedded server gets slower by the square of it."""


class PromotionStore:
    """One small document a person, `{sent: [{campaign, at}], ends_at}`, gone by itself a day after the last one."""

    def __init__(self, database: Database) -> None:
        self._promotions = database.collection(
            "promotions",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("ends_at", 1)], expireAfterSeconds=0),
        )

    async def enter(
        self, app_id: str, campaign_id: str, person_ids: Sequence[str], most: int | None, now: datetime
    ) -> set[str]:
        """Count this campaign for each of these people who has room for it; those who have.

        Each person is decided in one step of the database's, so two campaigns at once never share a last place. Who
        has a place already keeps it, from now on for another day. With `most` None everybody has room.
        """
        waiting, entered = list(dict.fromkeys(person_ids)), set[str]()
        mine = {"campaign": campaign_id, "at": now}
        while waiting:
            query = {"app_id": app_id, "_id": {"$in": waiting}}
            await self._promotions.update_many(query, [{"$set": _entry(mine, most, now)}])
            found = await self._promotions.find(query, {"sent": 1}).to_list(None)
            entered |= {row["_id"] for row in found if any(one["campaign"] == campaign_id for one in row["sent"])}
            known = {row["_id"] for row in found}
            # Added by another campaign after the update, which did not see them.
            missed = [row["_id"] for row in found if row["_id"] not in entered and _has_room(row, most, now)]
            new = [person_id for person_id in waiting if person_id not in known]
            raced = await self._add([_first(app_id, person_id, mine, now) for person_id in new])
            entered |= set(new) - set(raced)
            waiting = missed + raced
        return entered

    async def full(self, app_id: str, most: int, now: datetime) -> set[str]:
        """Everybody in the app who has no room for another campaign now."""
        stages: list[Document] = [
            {"$match": {"app_id": app_id}},
            {"$project": {"recent": {"$size": _recent(now)}}},
            {"$match": {"recent": {"$gte": most}}},
            {"$project": {"_id": 1}},
        ]
        return {row["_id"] async for row in self._promotions.aggregate(stages)}

    async def full_among(self, app_id: str, most: int, now: datetime, person_ids: Sequence[str]) -> set[str]:
        """Those of these people who have no room for another campaign now."""
        full: set[str] = set()
        for start in range(0, len(person_ids), _SLICE):
            query = {"app_id": app_id, "_id": {"$in": person_ids[start : start + _SLICE]}}
            found = await self._promotions.find(query, {"sent": 1}, batch_size=_SLICE + 1).to_list(None)
            full.update(row["_id"] for row in found if not _has_room(row, most, now))
        return full

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        """The target has had what both had: a campaign that reached both counts once, since the later time."""
        both = {"app_id": app_id, "_id": {"$in": [source, target]}}
        documents = await self._promotions.find(both, session=session).to_list(None)
        if all(document["_id"] == target for document in documents):
            return
        latest: dict[str, datetime] = {}
        for one in (one for document in documents for one in document["sent"]):
            latest[one["campaign"]] = max(one["at"], latest.get(one["campaign"], one["at"]))
        union = {
            "sent": [{"campaign": campaign, "at": at} for campaign, at in latest.items()],
            "ends_at": max(document["ends_at"] for document in documents),
        }
        await self.erase(app_id, source, session)
        key = {"app_id": app_id, "_id": target}
        await self._promotions.update_one(key, {"$set": union}, upsert=True, session=session)

    async def erase(self, app_id: str, person_id: str, session: Session | None = None) -> None:
        """Nothing of what the person was sent is kept here."""
        await self._promotions.delete_one({"app_id": app_id, "_id": person_id}, session=session)

    async def _add(self, documents: list[Document]) -> list[str]:
        """Those whom somebody else added in this moment, for who has to be asked again."""
        if not documents:
            return []
        try:
            await self._promotions.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if any(one["code"] != _DUPLICATE_KEY for one in failed):
                raise
            return [documents[one["index"]]["_id"] for one in failed]
        return []


def _first(app_id: str, person_id: str, mine: Document, now: datetime) -> Document:
    return {"_id": person_id, "app_id": app_id, "sent": [mine], "ends_at": now + WINDOW}


def _has_room(row: Document, most: int | None, now: datetime) -> bool:
    return most is None or sum(one["at"] > now - WINDOW for one in row["sent"]) < most


def _recent(now: datetime) -> Document:
    return {"$filter": {"input": "$sent", "as": "one", "cond": {"$gt": ["$$one.at", now - WINDOW]}}}


def _entry(mine: Document, most: int | None, now: datetime) -> Document:
    """The document as it becomes: what is too old is dropped, and this campaign put at the end where it may."""
    others = {
        "$filter": {
            "input": "$sent",
            "as": "one",
            "cond": {"$and": [{"$gt": ["$$one.at", now - WINDOW]}, {"$ne": ["$$one.campaign", mine["campaign"]]}]},
        }
    }
    already = {
        "$anyElementTrue": {
            "$map": {"input": _recent(now), "as": "one", "in": {"$eq": ["$$one.campaign", mine["campaign"]]}}
        }
    }
    room: Document | bool = True if most is None else {"$or": [already, {"$lt": [{"$size": others}, most]}]}
    return {
        "sent": {"$concatArrays": [others, {"$cond": [room, [mine], []]}]},
        "ends_at": {"$cond": [room, now + WINDOW, "$ends_at"]},
    }
