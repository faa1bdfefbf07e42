"""The ledger in the database: rows, and which lots of them were accepted.

Most rows are never written again. A lot is as many as are sent at a time; one entry says when it was accepted.
Rows that ended otherwise say so themselves, and those that are tried again join another lot, all in one transaction.
"""

import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime

from pymongo import IndexModel, UpdateMany, UpdateOne

from push.database import QUICK, Database, Document, Session, find_named, from_document, together
from push.ledger.model import ENDS, STEPS, Row, before, deliveries_of
from push.ranges import patient_pages

_ENDED = {"end": {"$exists": True}}
_EXPIRABLE: Document = {"end": "dead", **{f"{step}_at": None for step in STEPS}}
"""Dead letters. One that its phone has reported did arrive, whatever the provider said."""
_REDRIVABLE: Document = {**_EXPIRABLE, "redriven_at": None}
"""Those not redriven before."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS_ONLY = {"person_id": 1, **{f"{step}_at": 1 for step in STEPS}}
_LOOKED_AT = 20_000
"""Rows that one page is sought in: reading them takes half a second at most."""
_CHUNK = 1000


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._database = database
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
        query = {"app_id": app_id, "campaign_id": campaign_id, **_REDRIVABLE}
        cursor = self._rows.find(query, sort=[("_id", 1)], limit=limit, session=session)
        return [from_document(row, Row) for row in await cursor.to_list(None)]

    async def expirable(self, app_id: str, campaign_id: str, limit: int, session: Session) -> list[Row]:
        """Dead letters that may expire, redriven ones among them."""
        query = {"app_id": app_id, "campaign_id": campaign_id, **_EXPIRABLE}
        cursor = self._rows.find(query, sort=[("_id", 1)], limit=limit, session=session)
        return [from_document(row, Row) for row in await cursor.to_list(None)]

    async def expire(self, app_id: str, delivery_ids: Sequence[str], session: Session) -> None:
        """From dead to skipped; why they had died stays on the row."""
        fields = {"state": "skipped", "end": "skipped", "reason": "expired", "died_of": "$reason"}
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}}, [{"$set": fields}], session=session
        )

    async def left_to_expire(self, app_id: str, campaign_id: str) -> int:
        """How many `expirable` would find."""
        return await self._rows.count_documents({"app_id": app_id, "campaign_id": campaign_id, **_EXPIRABLE})

    async def redrivable(self, app_id: str, campaign_id: str) -> int:
        """How many `dead` would find."""
        return await self._rows.count_documents({"app_id": app_id, "campaign_id": campaign_id, **_REDRIVABLE})

    async def redrive(self, app_id: str, delivery_ids: Sequence[str], lot: str, at: datetime, session: Session) -> None:
        """Planned again in a new lot, and marked so that it happens once."""
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}},
            {"$set": {"state": "planned", "lot": lot, "redriven_at": at}, "$unset": {"end": "", "reason": ""}},
            session=session,
        )

    async def stamp(self, app_id: str, steps: Sequence[tuple[str, str, datetime]], session: Session) -> None:
        """Write steps, given as (delivery id, step, at), each for its first time.

        Rows that got equally far are written together, which costs the database half of what one by one does.
        """
        by_row: dict[str, dict[str, datetime]] = defaultdict(dict)
        for delivery_id, step, at in steps:
            by_row[delivery_id].setdefault(step, at)
        updates = [
            UpdateMany({"app_id": app_id, "_id": {"$in": rows}}, [{"$set": _stamped(times)}])
            for rows, times in together(by_row)
        ]
        if updates:
            await self._rows.bulk_write(updates, ordered=False, session=session)

    async def existing(self, app_id: str, delivery_ids: Sequence[str]) -> dict[str, Document]:
        """Who the recipients of these deliveries are, of those that are in the ledger."""
        fields = {"person_id": 1, "device_id": 1, "platform": 1, "locale": 1, "variant": 1}
        return {row["_id"]: row for row in await find_named(self._rows, app_id, delivery_ids, fields)}

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
        query = {"app_id": app_id, "_id": {"$in": list(delivery_ids)}}
        return await self._rows.find(query, {"opened_at": 1, "clicked_at": 1}).to_list(None)

    async def of_person(self, app_id: str, person_id: str, campaign_id: str) -> list[Row]:
        """All rows of a person in one campaign."""
        start, stop = deliveries_of(campaign_id)
        query = {"app_id": app_id, "person_id": person_id, "_id": {"$gt": start, "$lt": stop}}
        accepted = await self._accepted(app_id, campaign_id)
        found = await self._rows.find(query, sort=[("_id", 1)]).to_list(None)
        return [from_document(_told(row, accepted), Row) for row in found]

    async def newest_of_person(self, app_id: str, person_id: str, before: str | None, limit: int) -> list[Row]:
        """Rows of a person in all campaigns, those of the newest campaign first; `before` is the last one known."""
        query: Document = {"app_id": app_id, "person_id": person_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        found = await self._rows.find(query, sort=[("_id", -1)], limit=limit).to_list(None)
        lots = sorted({row["lot"] for row in found if row.get("lot")})
        entries = self._lots.find({"app_id": app_id, "_id": {"$in": lots}}, {"accepted_at": 1})
        accepted = {entry["_id"]: entry["accepted_at"] for entry in await entries.to_list(None)} if lots else {}
        return [from_document(_told(row, accepted), Row) for row in found]

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

    async def steps_of_person(self, app_id: str, person_id: str) -> list[Document]:
        """The same of all that one person was ever sent."""
        return await self._rows.find({"app_id": app_id, "person_id": person_id}, _STEPS_ONLY).to_list(None)

    async def _chunks(
        self, app_id: str, campaign_id: str, query: Document, size: int
    ) -> AsyncGenerator[list[Row], None]:
        # Read before the rows: a lot accepted since is no lie yet, but a row that has left an accepted one would be.
        accepted = await self._accepted(app_id, campaign_id)
        sort = [("_id", 1)] if "end" in query else self._database.id_order
        async with self._rows.find(query, sort=sort, batch_size=size) as cursor:
            while found := await cursor.to_list(size):
                yield [from_document(_told(row, accepted), Row) for row in found]

    async def _accepted(self, app_id: str, campaign_id: str) -> dict[str, datetime]:
        """When which lots of the campaign were accepted: one entry in a thousand rows."""
        entries = self._lots.find({"app_id": app_id, "campaign_id": campaign_id}, {"accepted_at": 1})
        return {entry["_id"]: entry["accepted_at"] for entry in await entries.to_list(None)}

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        await self._rows.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )


def _without_key(row: Document) -> Document:
    return {name: value for name, value in row.items() if name not in ("_id", "app_id")}


def _told(row: Document, accepted: dict[str, datetime]) -> Document:
    """The row with what its lot says of it. A phone may have confirmed it first: then it keeps its later state."""
    at = accepted.get(row.get("lot", ""))
    if at is not None and "end" not in row and row.get("accepted_at") is None:
        row["accepted_at"] = at
        if row["state"] == "planned":
            row["state"] = "accepted"
    return row


def _stamped(times: dict[str, Document]) -> Document:
    """The first time stays, and the state only moves forward: the conditions live in the update, not in the filter."""
    fields: Document = {f"{step}_at": {"$ifNull": [f"${step}_at", at]} for step, at in times.items()}
    furthest = max(times, key=lambda step: len(before(step)))
    if moves_on_from := before(furthest):
        fields["state"] = {"$cond": [{"$in": ["$state", moves_on_from]}, furthest, "$state"]}
    return fields
