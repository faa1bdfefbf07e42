"""The ledger's rows in the database."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document
from push.ledger.model import STEPS, Row, before

_ENDED = {"end": {"$exists": True}}
_REDRIVABLE = {"end": "dead", **{f"{step}_at": None for step in ("redriven", *STEPS)}}
"""Dead letters not redriven before. One that its phone has reported did arrive, whatever the provider said."""


class LedgerStore:
    def __init__(self, database: Database) -> None:
        self._rows = database.collection(
            "deliveries",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("campaign_id", 1), ("end", 1), ("_id", 1)], partialFilterExpression=_ENDED),
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

    async def accept(self, app_id: str, delivery_ids: Sequence[str], at: datetime, session: Session) -> None:
        """A phone may have confirmed a delivery before its batch is settled: such a row keeps its later state."""
        if delivery_ids:
            await self._rows.update_many(
                {"app_id": app_id, "_id": {"$in": list(delivery_ids)}},
                [{"$set": _step("accepted", at)}],
                session=session,
            )

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
        return [from_document(row, Row) async for row in cursor]

    async def redrivable(self, app_id: str, campaign_id: str) -> int:
        """How many `dead` would find."""
        return await self._rows.count_documents({"app_id": app_id, "campaign_id": campaign_id, **_REDRIVABLE})

    async def redrive(self, app_id: str, delivery_ids: Sequence[str], at: datetime, session: Session) -> None:
        """Planned again, and marked so that it happens once."""
        await self._rows.update_many(
            {"app_id": app_id, "_id": {"$in": list(delivery_ids)}},
            {"$set": {"state": "planned", "redriven_at": at}, "$unset": {"end": "", "reason": ""}},
            session=session,
        )

    async def stamp(self, app_id: str, steps: Sequence[tuple[str, str, datetime]], session: Session) -> None:
        """Write steps, given as (delivery id, step, at), each for its first time."""
        updates = [
            UpdateOne({"app_id": app_id, "_id": delivery_id}, [{"$set": _step(step, at)}])
            for delivery_id, step, at in steps
        ]
        if updates:
            await self._rows.bulk_write(updates, ordered=False, session=session)

    async def existing(self, app_id: str, delivery_ids: Sequence[str]) -> dict[str, Document]:
        """Who the recipients of these deliveries are, of those that are in the ledger."""
        fields = {"person_id": 1, "device_id": 1, "platform": 1}
        cursor = self._rows.find({"app_id": app_id, "_id": {"$in": list(delivery_ids)}}, fields)
        return {row["_id"]: row async for row in cursor}

    async def page(
        self, app_id: str, campaign_id: str, after: str, limit: int, state: str | None, reason: str | None
    ) -> list[Row]:
        """Rows of a campaign in `_id` order behind `after`."""
        start, stop = _range(campaign_id)
        query: Document = {"app_id": app_id, "_id": {"$gt": max(after, start), "$lt": stop}}
        query |= {name: value for name, value in (("state", state), ("reason", reason)) if value is not None}
        cursor = self._rows.find(query, sort=[("_id", 1)], limit=limit)
        return [from_document(row, Row) async for row in cursor]

    async def all(self, app_id: str, campaign_id: str) -> AsyncIterator[Row]:
        """Every row of a campaign, over one cursor."""
        start, stop = _range(campaign_id)
        async for row in self._rows.find({"app_id": app_id, "_id": {"$gt": start, "$lt": stop}}, batch_size=1000):
            yield from_document(row, Row)

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        await self._rows.update_many(
            {"app_id": app_id, "person_id": source}, {"$set": {"person_id": target}}, session=session
        )


def _without_key(row: Document) -> Document:
    return {name: value for name, value in row.items() if name not in ("_id", "app_id")}


def _range(campaign_id: str) -> tuple[str, str]:
    """Between these lie the ids of all deliveries of a campaign: the channel's letter comes next."""
    stem = f"dlv_{campaign_id.removeprefix('cmp_')}"
    return stem, stem + "~"


def _step(step: str, at: datetime) -> Document:
    """The first time stays, and the state only moves forward: the conditions live in the update, not in the filter."""
    fields: Document = {f"{step}_at": {"$ifNull": [f"${step}_at", at]}}
    if moves_on_from := before(step):
        fields["state"] = {"$cond": [{"$in": ["$state", moves_on_from]}, step, "$state"]}
    return fields
