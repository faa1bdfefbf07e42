"""The ledger in the database: rows, and which lots of them were accepted.

Most rows are never written again. A lot is as many as are sent at a time; one entry says when it was accepted.
Rows that ended otherwise say so themselves, and those that are tried again join another lot, all in one transaction.
What phones report of a delivery its person's participant says; a row is told with it. Rows of erased persons, and those
that were written before this, say themselves what was reported.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime

from pymongo import IndexModel, UpdateOne

from push.database import QUICK, Database, Document, Session, find_named, from_document, insert_absent
from push.ledger.model import ENDS, PROGRESS, STEPS, Row, before, deliveries_of
from push.ledger.moving.store import MoveStore
from push.ledger.participants.store import ParticipantStore
from push.ranges import patient_pages

_ENDED = {"end": {"$exists": True}}
_EXPIRABLE: Document = {"end": "dead", **{f"{step}_at": None for step in STEPS}}
"""Dead letters. One that its phone has reported did arrive, whatever the provider said."""
_REDRIVABLE: Document = {**_EXPIRABLE, "redriven_at": None}
"""Those not redriven before."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS_ONLY = {"person_id": 1, "campaign_id": 1, **{f"{step}_at": 1 for step in STEPS}}
_LOOKED_AT = 20_000
"""Rows that one page is sought in: reading them with their people takes a second at most."""
_CHUNK = 1000


class LedgerStore:
    def __init__(self, database: Database, participants: ParticipantStore, moves: MoveStore) -> None:
        self._database = database
        self._participants = participants
        self._moves = moves
        self._rows = database.collection(
            "deliveries",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("campaign_id", 1), ("end", 1), ("_id", 1)], partialFilterExpression=_ENDED),
        )
        self._lots = database.collection(
            "accepted_lots", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("campaign_id", 1)])
        )

    async def add(self, rows: Sequence[Document], session: Session) -> None:
        if rows:
            await self._rows.insert_many(rows, ordered=False, session=session)

    async def add_missing(self, rows: Sequence[Document], session: Session) -> set[str]:
        """Add those that are not there yet; the ids of those that were added."""
        if not rows:
            return set()
        upserts = [
            UpdateOne({"app_id": row["app_id"], "_id": row["_id"]}, {"$setOnInsert": _without_key(row)}, upsert=True)
            for row in rows
        ]
        result = await self._rows.bulk_write(upserts, ordered=False, session=session)
        return {rows[index]["_id"] for index in (result.upserted_ids or {})}

    async def accept(self, app_id: str, campaign_id: str, lot: str, count: int, at: datetime, session: Session) -> None:
        """All rows of the lot without an end of their own, `count` of them."""
        entry = {"_id": lot, "app_id": app_id, "campaign_id": campaign_id, "accepted_at": at, "n": count}
        await self._lots.insert_one(entry, session=session)

    async def move(
        self, app_id: str, delivery_ids: Sequence[str], lot: str, not_before: datetime | None, session: Session
    ) -> None:
        """Into another lot, which is not accepted yet."""
        fields = {"lot": lot} if not_before is None else {"lot": lot, "not_before": not_before}
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}}, {"$set": fields}, session=session
        )

    async def of_lot(self, app_id: str, lot: str, first: str, last: str) -> list[str]:
        """The deliveries of a lot that have not ended, all of which lie between `first` and `last`."""
        cursor = self._rows.find(
            {"app_id": app_id, "_id": {"$gte": first, "$lte": last}},
            {"lot": 1, "end": 1},
            sort=self._database.id_order,
            batch_size=_CHUNK + 1,
        )
        return [row["_id"] for row in await cursor.to_list(None) if row.get("lot") == lot and "end" not in row]

    async def end(self, app_id: str, state: str, reasons: dict[str, list[str]], session: Session) -> None:
        """`reasons` maps why to the deliveries that ended for it."""
        for reason, delivery_ids in reasons.items():
            await self._rows.update_many(
                {"app_id": app_id, "_id": {"$in": delivery_ids}},
                {"$set": {"state": state, "end": state, "reason": reason}},
                session=session,
            )

    async def dead(self, app_id: str, campaign_id: str, limit: int, session: Session) -> list[Row]:
        """Dead letters that may be redriven."""
        return await self._unheard({"app_id": app_id, "campaign_id": campaign_id, **_REDRIVABLE}, limit, session)

    async def expirable(self, app_id: str, campaign_id: str, limit: int, session: Session) -> list[Row]:
        """Dead letters that may expire, redriven ones among them."""
        return await self._unheard({"app_id": app_id, "campaign_id": campaign_id, **_EXPIRABLE}, limit, session)

    async def _unheard(self, query: Document, limit: int, session: Session) -> list[Row]:
        """Letters that no phone has reported."""
        found: list[Row] = []
        while len(found) < limit:
            some = self._rows.find(query, sort=[("_id", 1)], limit=limit, session=session)
            rows = await some.to_list(None)
            steps = await self._participants.steps_of(query["app_id"], rows, session)
            if len(rows) == limit:
                query = {**query, "_id": {"$gt": rows[-1]["_id"]}}
            found += [from_document(row, Row) for row, heard in zip(rows, steps, strict=True) if not heard]
            if len(rows) < limit:
                break
        return found[:limit]

    async def expire(self, app_id: str, delivery_ids: Sequence[str], session: Session) -> None:
        """From dead to skipped; why they had died stays on the row."""
        fields = {"state": "skipped", "end": "skipped", "reason": "expired", "died_of": "$reason"}
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}}, [{"$set": fields}], session=session
        )

    async def left_to_expire(self, app_id: str, campaign_id: str) -> int:
        """How many `expirable` would find."""
        return await self._count_unheard({"app_id": app_id, "campaign_id": campaign_id, **_EXPIRABLE})

    async def redrivable(self, app_id: str, campaign_id: str) -> int:
        """How many `dead` would find."""
        return await self._count_unheard({"app_id": app_id, "campaign_id": campaign_id, **_REDRIVABLE})

    async def _count_unheard(self, query: Document) -> int:
        count = 0
        async with self._rows.with_options(QUICK).find(query, batch_size=_CHUNK) as cursor:
            while rows := await cursor.to_list(_CHUNK):
                steps = await self._participants.steps_of(query["app_id"], rows)
                count += sum(not heard for heard in steps)
        return count

    async def redrive(self, app_id: str, delivery_ids: Sequence[str], lot: str, at: datetime, session: Session) -> None:
        """Planned again in a new lot, and marked so that it happens once."""
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}},
            {"$set": {"state": "planned", "lot": lot, "redriven_at": at}, "$unset": {"end": "", "reason": ""}},
            session=session,
        )

    async def existing(
        self, app_id: str, delivery_ids: Sequence[str], session: Session | None = None
    ) -> dict[str, Document]:
        """Those of these deliveries that are in the ledger, as they are stored: whose they are. Moments are without
        their zone (UTC)."""
        # All of a row: to leave fields out takes the embedded server longer than the driver to read them.
        found = await find_named(self._rows.with_options(QUICK), app_id, delivery_ids, session=session)
        return {row["_id"]: row for row in found}

    async def whose(self, app_id: str, delivery_ids: Sequence[str], session: Session) -> dict[str, Document]:
        """As `existing`, as this transaction must see it, whose first read this is to be.

        Most are read before it: in transactions the embedded server does one command at a time. A row that is not there
        may be a moment later; `add_absent` says so.
        """
        rows = await self.existing(app_id, delivery_ids)
        lately = await self._moves.lately(app_id, session)
        moved = [delivery_id for delivery_id, row in rows.items() if lately.has(row["person_id"])]
        for delivery_id in moved:
            del rows[delivery_id]
        return rows | await self.existing(app_id, moved, session) if moved else rows

    async def add_absent(self, rows: Sequence[Document], session: Session) -> None:
        """Add what this transaction has just seen not to be there. Raises Conflict."""
        await insert_absent(self._rows, rows, session)

    async def page(
        self, app_id: str, campaign_id: str, after: str, limit: int, state: str | None, reason: str | None
    ) -> tuple[list[Row], str | None]:
        """Rows of a campaign in `_id` order behind `after`, and behind what the next page is to be sought."""
        start, stop = deliveries_of(campaign_id)
        query: Document = {"app_id": app_id, "_id": {"$gt": max(after, start), "$lt": stop}}
        if state in ENDS:
            query = {"app_id": app_id, "campaign_id": campaign_id, "end": state, "_id": {"$gt": after}}
        rows: list[Row] = []
        looked_at = 0
        async with contextlib.aclosing(self._chunks(app_id, campaign_id, query, min(_CHUNK, limit + 1))) as chunks:
            async for chunk in chunks:
                for row in chunk:
                    if state in (None, row.state) and reason in (None, row.reason):
                        if len(rows) == limit:
                            return rows, rows[-1].id
                        rows.append(row)
                looked_at += len(chunk)
                if looked_at >= _LOOKED_AT:
                    return rows, chunk[-1].id
        return rows, None

    async def people(self, app_id: str, campaign_id: str) -> int:
        """How many people have a row in a campaign. Reads every row: some five seconds a million."""
        start, stop = deliveries_of(campaign_id)
        groups = self._rows.aggregate(
            [
                {"$match": {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}},
                {"$group": {"_id": "$person_id"}},
                {"$group": {"_id": None, "people": {"$sum": 1}}},
            ],
            allowDiskUse=True,
        )
        return sum([group["people"] async for group in groups])

    async def sample(self, app_id: str, campaign_id: str, size: int) -> list[Document]:
        """Up to so many rows drawn by lot: whose they are and how they ended. The database reads all of them."""
        start, stop = deliveries_of(campaign_id)
        return await self._rows.aggregate(
            [
                {"$match": {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}},
                {"$sample": {"size": size}},
                {"$project": {"person_id": 1, "end": 1, "reason": 1}},
            ]
        ).to_list(None)

    async def steps(self, app_id: str, delivery_ids: Sequence[str]) -> list[Document]:
        """How far those of these deliveries got that are in the ledger: `opened_at`, `clicked_at`."""
        rows = list((await self.existing(app_id, delivery_ids)).values())
        steps = await self._participants.steps_of(app_id, rows)
        return [{**row, **heard} for row, heard in zip(rows, steps, strict=True)]

    async def of_person(self, app_id: str, person_id: str, campaign_id: str) -> list[Row]:
        """All rows of a person in one campaign."""
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "person_id": person_id, "_id": {"$gt": start, "$lt": stop}}
        accepted = await self._accepted(app_id, campaign_id)
        found = await self._rows.find(query, sort=[("_id", 1)]).to_list(None)
        return await self._told(app_id, found, accepted)

    async def newest_of_person(self, app_id: str, person_id: str, before: str | None, limit: int) -> list[Row]:
        """Rows of a person in all campaigns, those of the newest campaign first; `before` is the last one known."""
        query: Document = {"app_id": app_id, "person_id": person_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        found = await self._rows.find(query, sort=[("_id", -1)], limit=limit).to_list(None)
        lots = sorted({row["lot"] for row in found if row.get("lot")})
        entries = self._lots.find({"app_id": app_id, "_id": {"$in": lots}}, {"accepted_at": 1})
        accepted = {entry["_id"]: entry["accepted_at"] for entry in await entries.to_list(None)} if lots else {}
        return await self._told(app_id, found, accepted)

    async def all(self, app_id: str, campaign_id: str) -> AsyncIterator[Row]:
        """Every row of a campaign, over one cursor."""
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}
        async for chunk in self._chunks(app_id, campaign_id, query, _CHUNK):
            for row in chunk:
                yield row

    async def steps_of_campaign(
        self, app_id: str, campaign_id: str, stamps: Sequence[str]
    ) -> AsyncIterator[list[Document]]:
        """Whose the rows are that have one of these `stamps` (`opened_at`, …), and which; moments without their zone
        (UTC), in pages."""
        start, stop = deliveries_of(campaign_id)
        # In two steps: the embedded server would look at all rows of all campaigns for both at once.
        pipeline: list[Document] = [
            {"$match": {"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}},
            {"$match": {"$or": [{name: {"$gt": _LONG_AGO}} for name in stamps]}},
            {"$project": {"person_id": 1, **dict.fromkeys(stamps, 1)}},
        ]
        cursor = self._rows.with_options(QUICK).aggregate(pipeline, batchSize=_CHUNK)
        async for page in patient_pages(cursor, _CHUNK):
            yield page
        steps = [stamp.removesuffix("_at") for stamp in stamps]
        async for page in self._participants.steps_of_campaign(app_id, campaign_id, steps):
            yield page

    async def steps_of_person(self, app_id: str, person_id: str) -> list[Document]:
        """The same of all that one person was ever sent; moments in UTC."""
        own = await self._rows.find({"app_id": app_id, "person_id": person_id}, _STEPS_ONLY).to_list(None)
        return [*own, *await self._participants.steps_of_person(app_id, person_id)]

    async def _chunks(
        self, app_id: str, campaign_id: str, query: Document, size: int
    ) -> AsyncGenerator[list[Row], None]:
        # Read before the rows: a lot accepted since is no lie yet, but a row that has left an accepted one would be.
        accepted = await self._accepted(app_id, campaign_id)
        sort = [("_id", 1)] if "end" in query else self._database.id_order
        async with self._rows.find(query, sort=sort, batch_size=size) as cursor:
            while found := await cursor.to_list(size):
                yield await self._told(app_id, found, accepted)

    async def _told(self, app_id: str, rows: Sequence[Document], accepted: dict[str, datetime]) -> list[Row]:
        """The rows with what their lots and their people say of them."""
        steps = await self._participants.steps_of(app_id, rows)
        return [from_document(_told(row, accepted, heard), Row) for row, heard in zip(rows, steps, strict=True)]

    async def _accepted(self, app_id: str, campaign_id: str) -> dict[str, datetime]:
        """When which lots of the campaign were accepted: one entry in a thousand rows."""
        entries = self._lots.find({"app_id": app_id, "campaign_id": campaign_id}, {"accepted_at": 1})
        return {entry["_id"]: entry["accepted_at"] for entry in await entries.to_list(None)}

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> set[str]:
        """Answers of which campaigns there was something to move."""
        theirs = {"app_id": app_id, "person_id": source}
        found = await self._rows.find(theirs, {"campaign_id": 1}, session=session).to_list(None)
        if found:
            await self._rows.update_many(theirs, {"$set": {"person_id": target}}, session=session)
            await self._moves.note(app_id, source, session)
        return {row["campaign_id"] for row in found}


def _without_key(row: Document) -> Document:
    return {name: value for name, value in row.items() if name not in ("_id", "app_id")}


def _told(row: Document, accepted: dict[str, datetime], heard: Document) -> Document:
    """The row with what its lot and its person say of it. A phone may have confirmed it first: then it keeps its later
    state."""
    row = {**row, **{name: at for name, at in heard.items() if row.get(name) is None}}
    at = accepted.get(row.get("lot", ""))
    if at is not None and "end" not in row and row.get("accepted_at") is None:
        row["accepted_at"] = at
        if row["state"] == "planned":
            row["state"] = "accepted"
    for step in PROGRESS:
        # The state only moves forward.
        if row.get(f"{step}_at") is not None and row["state"] in before(step):
            row["state"] = step
    return row
