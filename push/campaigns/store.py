"""Campaigns in the database. A launched one is also the work of planning it, claimed by lease."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import convert, to_builtins
from msgspec.structs import replace
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from push import leases
from push.campaigns.findings import Checked
from push.campaigns.model import Campaign, Conversion
from push.campaigns.searching import Search
from push.campaigns.telling import Telling
from push.content.model import IMAGES
from push.database import Database, Document, Session, from_document, to_document

_LEASED = ("due_at", "letters_due_at")
_AT_ONCE = 200
_LOOKED_AT = 2000
"""Campaigns that one page is sought in."""
_IMAGES = [
    f"{content}.{image}"
    for content in ("content", "experiment.variants.content", "follow_up.content")
    for image in IMAGES
]
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class CampaignStore:
    def __init__(self, database: Database, lease: timedelta) -> None:
        """`lease` is how long a claim holds unless it is renewed."""
        self.lease = lease
        self.telling = Telling(database)
        self._campaigns = database.collection(
            "campaigns",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("listed", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("due_at", 1)]),
            IndexModel([("app_id", 1), ("hears", 1)]),
            IndexModel([("app_id", 1), ("letters_due_at", 1)]),
            IndexModel([("app_id", 1), ("_id", 1), ("owner", 1), ("attempt", 1)]),
        )

    async def add(self, campaign: Campaign) -> bool:
        """False when there is one with this id already."""
        try:
            await self._campaigns.insert_one(_stored(campaign))
        except DuplicateKeyError:
            return False
        return True

    async def add_run(self, run: Campaign, session: Session) -> None:
        """Once: its id says which run of which campaign it is."""
        named = {"app_id": run.app_id, "_id": run.id}
        fields = {name: value for name, value in _stored(run).items() if name not in named}
        told = await self.telling.of(run, None)
        result = await self._campaigns.update_one(named, {"$setOnInsert": fields}, upsert=True, session=session)
        if told is not None and result.upserted_id is not None:
            await told(session)

    async def get(self, app_id: str, campaign_id: str, session: Session | None = None) -> Campaign | None:
        found = await self._campaigns.find_one({"app_id": app_id, "_id": campaign_id}, session=session)
        return from_document(found, Campaign) if found else None

    async def get_many(self, app_id: str, campaign_ids: Sequence[str]) -> dict[str, Campaign]:
        query = {"app_id": app_id, "_id": {"$in": list(campaign_ids)}}
        found = await self._campaigns.find(query).to_list(None) if campaign_ids else []
        return {each["_id"]: from_document(each, Campaign) for each in found}

    async def page(
        self, app_id: str, before: str | None, limit: int, wanted: Search
    ) -> tuple[list[Campaign], str | None]:
        """Newest first, without messages, runs only where asked for.

        `before` is what the last page answered beside its campaigns.
        """
        query: Document = {"app_id": app_id, "listed": "archived" if wanted.archived else wanted.run_of or "campaign"}
        if before is not None:
            query["_id"] = {"$lt": before}
        page: list[Campaign] = []
        looked_at, last = 0, before
        size = 0 if wanted.narrows else limit + 1
        async with self._campaigns.find(query, sort=[("_id", -1)], limit=size, batch_size=_AT_ONCE) as cursor:
            async for found in cursor:
                if len(page) == limit or looked_at == _LOOKED_AT:
                    return page, last
                looked_at, last = looked_at + 1, found["_id"]
                if wanted.means(found["name"], found["state"], found.get("tags", ())):
                    page.append(from_document(found, Campaign))
        return page, None

    async def move(
        self, was: Campaign, becomes: Campaign, session: Session | None = None, *, held: bool = False
    ) -> bool:
        """Store what differs. False when the campaign is not in the state and of the version it `was` any more.

        Where it is to be `held`, also when its lease is lost.

        Only what differs is written: a planner may be writing its progress at the same moment.
        """
        old, new = to_document(was), to_document(becomes)
        version = {"$eq": [{"$ifNull": ["$review.version", 1]}, was.review.version]}
        still = {"$and": [{"$eq": ["$state", was.state]}, version]}
        old |= _found_by(was)
        new |= _found_by(becomes)
        update: Document = {
            name: {"$cond": [still, {"$literal": value}, f"${name}"]}
            for name, value in new.items()
            if value != old[name]
        }
        # The count makes the document differ where the move is made, so that it can be told from a lost race.
        update["moves"] = {"$add": [{"$ifNull": ["$moves", 0]}, {"$cond": [still, 1, 0]}]}
        named = leases.fence(was.app_id, was.id, was.lease) if held else {"app_id": was.app_id, "_id": was.id}

        async def store(session: Session | None) -> bool:
            result = await self._campaigns.update_one(named, [{"$set": update}], session=session)
            return bool(result.modified_count)

        return await self.telling.along(store, was, becomes, session)

    async def keep_check(self, campaign: Campaign, checked: Checked) -> None:
        """With the version that was looked at, and with no other."""
        version = {"$eq": [{"$ifNull": ["$review.version", 1]}, checked.version]}
        kept = {"$cond": [version, {"$literal": to_builtins(checked, builtin_types=(datetime,))}, "$checked"]}
        named = {"app_id": campaign.app_id, "_id": campaign.id}
        await self._campaigns.update_one(named, [{"$set": {"checked": kept}}])

    async def hearing(self, app_id: str, events: Sequence[str]) -> list[Campaign]:
        """Those that such an event may set off or call off."""
        found = await self._campaigns.find({"app_id": app_id, "hears": {"$in": list(events)}}).to_list(None)
        return [from_document(each, Campaign) for each in found]

    async def showing(self, app_id: str, media_id: str) -> list[str]:
        """The names of those that show this image and are not over. Reads all of the app's campaigns."""
        ends = {"$regex": f"/{media_id}$"}
        found = self._campaigns.find({"app_id": app_id, "$or": [{path: ends} for path in _IMAGES]})
        campaigns = [from_document(each, Campaign) async for each in found]
        return [each.name or each.id for each in campaigns if not each.over]

    async def conversions(self, app_id: str, campaign_ids: Sequence[str]) -> dict[str, Conversion | None]:
        """What each of them is to bring about."""
        query = {"app_id": app_id, "_id": {"$in": list(campaign_ids)}}
        found = await self._campaigns.find(query, {"conversion": 1}).to_list(None)
        return {
            each["_id"]: convert(each["conversion"], Conversion) if each.get("conversion") else None for each in found
        }

    async def remove_draft(self, app_id: str, campaign_id: str) -> bool:
        """False when it is no draft any more."""
        result = await self._campaigns.delete_one({"app_id": app_id, "_id": campaign_id, "state": "draft"})
        return bool(result.deleted_count)

    async def active(self, app_id: str, under_way: int, newest: int) -> list[Campaign]:
        """At most so many that are being sent, and so many of the newest, messages not among those; newest first."""
        busy = {"app_id": app_id, "due_at": {"$gt": _LONG_AGO}}
        last = {"app_id": app_id, "listed": "campaign"}
        found = await self._campaigns.find(busy, limit=under_way).to_list(None)
        found += await self._campaigns.find(last, sort=[("_id", -1)], limit=newest).to_list(None)
        campaigns = {each["_id"]: from_document(each, Campaign) for each in found if each["state"] != "draft"}
        return sorted(campaigns.values(), key=lambda each: each.id, reverse=True)

    async def states(self, app_id: str) -> dict[str, int]:
        """How many campaigns are in each state."""
        grouped = self._campaigns.aggregate(
            [{"$match": {"app_id": app_id, "listed": "campaign"}}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}]
        )
        return {row["_id"]: row["n"] async for row in grouped}

    async def claim(self, app_id: str, owner: str, now: datetime) -> Campaign | None:
        """The launch that has waited longest, leased to `owner`."""
        found = await self._campaigns.find_one_and_update(
            leases.due(app_id, now),
            leases.claim(owner, now, self.lease),
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Campaign) if found else None

    async def advance(
        self, campaign: Campaign, fields: dict[str, Any], now: datetime, session: Session
    ) -> Campaign | None:
        """Write these fields and hold on to it. None when the lease is lost."""
        found = await self._campaigns.find_one_and_update(
            leases.fence(campaign.app_id, campaign.id, campaign.lease),
            {"$set": {**fields, "due_at": now + self.lease}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return from_document(found, Campaign) if found else None

    async def renew(self, campaign: Campaign, now: datetime) -> None:
        """Hold on to it, if it is still held."""
        fence = leases.fence(campaign.app_id, campaign.id, campaign.lease)
        await self._campaigns.update_one(fence, leases.renew(now, self.lease))

    async def end_planning(self, campaign: Campaign) -> bool:
        """Everybody is planned. False when the lease is lost.

        It stays due at the end of the lease and is looked at again until it is finished: whoever was to call it sent
        after the last batch may be gone.
        """
        result = await self._campaigns.update_one(
            leases.fence(campaign.app_id, campaign.id, campaign.lease),
            {"$set": {"planned": True}, "$unset": {"owner": "", "people": ""}},
        )
        return bool(result.matched_count)

    async def decide(self, campaign: Campaign, variant: str, at: datetime) -> Campaign:
        """This variant has won, unless another has: the first word stays."""
        fields = {"won": {"$ifNull": ["$won", variant]}, "decided_at": {"$ifNull": ["$decided_at", at]}}
        found = await self._campaigns.find_one_and_update(
            {"app_id": campaign.app_id, "_id": campaign.id}, [{"$set": fields}], return_document=ReturnDocument.AFTER
        )
        return from_document(found, Campaign) if found else campaign

    async def over(self, app_id: str, now: datetime, limit: int) -> list[Campaign]:
        """Campaigns whose dead letters are due to expire, the longest due first."""
        query = {"app_id": app_id, "letters_due_at": {"$gt": _LONG_AGO, "$lte": now}}
        found = await self._campaigns.find(query, sort=[("letters_due_at", 1)], limit=limit).to_list(None)
        return [from_document(each, Campaign) for each in found]

    async def put_off_letters(self, campaign: Campaign, due_at: datetime | None) -> None:
        """Look at its dead letters again then, or never."""
        update = {"$set": {"letters_due_at": due_at}} if due_at else {"$unset": {"letters_due_at": ""}}
        await self._campaigns.update_one({"app_id": campaign.app_id, "_id": campaign.id}, update)

    async def hand_back(self, campaign: Campaign, due_at: datetime) -> None:
        await self._campaigns.update_one(
            leases.fence(campaign.app_id, campaign.id, campaign.lease), leases.hand_back(due_at)
        )

    async def finish(self, campaign: Campaign, at: datetime) -> None:
        """Nothing of it is left to do: from `sending` to `sent`, and nobody need look at it but for what follows.

        Nothing happens when it was moved since it was read: there may be new work.
        """
        same = {"$eq": [{"$ifNull": ["$moves", 0]}, campaign.moves]}
        sending = {"$and": [same, {"$eq": ["$state", "sending"]}]}
        # One that is sent already may be due for its second step.
        over = {"$and": [same, {"$ne": ["$state", "sent"]}]}
        follows_at = at + timedelta(seconds=campaign.follow_up.after_seconds) if campaign.follow_up else None
        fields = {
            "state": {"$cond": [sending, "sent", "$state"]},
            "finished_at": {"$cond": [sending, at, "$finished_at"]},
            "due_at": {"$cond": [sending, follows_at or "$$REMOVE", {"$cond": [over, "$$REMOVE", "$due_at"]}]},
        }

        async def store(session: Session | None) -> bool:
            before = await self._campaigns.find_one_and_update(
                {"app_id": campaign.app_id, "_id": campaign.id},
                [{"$set": fields}],
                {"state": 1, "moves": 1},
                session=session,
            )
            return bool(before) and (before["state"], before.get("moves", 0)) == ("sending", campaign.moves)

        ended = replace(campaign, state="sent") if campaign.state == "sending" else campaign
        await self.telling.along(store, campaign, ended)


def _stored(campaign: Campaign) -> Document:
    """Without the empty fields of a lease, which are absent while there is nothing to claim."""
    document = {**to_document(campaign), **_found_by(campaign)}
    return {name: value for name, value in document.items() if value is not None or name not in _LEASED}


def _found_by(campaign: Campaign) -> Document:
    """What it is found by and does not say itself."""
    return {"listed": campaign.listed, "segments": sorted(campaign.audience.segments), "nested": campaign.nested}
