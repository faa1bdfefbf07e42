"""Everything that the database keeps of a person, in one place: what is forgotten here, is kept for good.

`tests/integration/push/privacy/test_erasing.py` looks through every collection there is.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import DeleteOne, IndexModel, ReturnDocument, UpdateOne

from push.database import Database, Document, Session, find_named, from_document, to_document
from push.engagement import buckets
from push.ledger.moving.store import MoveStore
from push.ledger.participants.model import deliveries_in
from push.ledger.participants.store import ParticipantStore
from push.privacy.model import Erasure, behind, depersonalised, nobody, nobodys, renamed, saying, unnamed, without

_NAMED_IN = (
    "audience.include.external_ids",
    "audience.include.device_ids",
    "audience.exclude.external_ids",
    "audience.exclude.device_ids",
)
_THEIRS = {
    "people": "_id",
    "mailboxes": "_id",
    "promotions": "_id",
    "inbox": "person_id",
    "consents": "person_id",
    "trigger_waits": "person_id",
    "trigger_causes": "person_id",
    "doings": "person_id",
}
"""Collections whose documents are one person's, and the field that says whose."""
_COUNTED = ("participants", "outcomes")
"""What numbers rest on stays, and is nobody's."""
ROWS_AT_ONCE = 200


class PrivacyStore:
    def __init__(self, database: Database, participants: ParticipantStore, moves: MoveStore) -> None:
        self._participants = participants
        self._moves = moves
        self._erasures = database.collection(
            "erasures", IndexModel([("app_id", 1), ("_id", 1)]), IndexModel([("app_id", 1), ("due_at", 1)])
        )
        self._theirs = {name: database.collection(name) for name in _THEIRS}
        self._counted = {name: database.collection(name) for name in _COUNTED}
        self._devices, self._rows = database.collection("devices"), database.collection("deliveries")
        self._lots, self._events = database.collection("accepted_lots"), database.collection("events")
        self._outbox, self._pages = database.collection("webhook_deliveries"), database.collection("planned_pages")
        self._claims = database.collection("device_claims", IndexModel([("app_id", 1), ("device_id", 1)]))
        self._reservations = database.collection("idempotency", IndexModel([("app_id", 1), ("resource_id", 1)]))
        self._segments, self._broadcasts = database.collection("segments"), database.collection("broadcasts")
        self._campaigns = database.collection(
            "campaigns",
            *(IndexModel([("app_id", 1), (field, 1)]) for field in _NAMED_IN),
            IndexModel([("app_id", 1), ("nested", 1)]),
        )

    async def add(self, erasure: Erasure, session: Session) -> None:
        await self._erasures.insert_one(to_document(erasure), session=session)

    async def claim(self, app_id: str, now: datetime, due_at: datetime) -> Erasure | None:
        """One that is to be looked at, and nobody else's until `due_at`."""
        found = await self._erasures.find_one_and_update(
            {"app_id": app_id, "due_at": {"$lte": now}},
            {"$set": {"due_at": due_at}},
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Erasure) if found else None

    async def forget(self, erasure: Erasure) -> None:
        await self._erasures.delete_one({"app_id": erasure.app_id, "_id": erasure.id})

    async def devices_of(self, app_id: str, person_id: str, session: Session | None = None) -> list[str]:
        """Those they use and those they uninstalled."""
        query = {"app_id": app_id, "person_id": person_id}
        return [found["_id"] async for found in self._devices.find(query, {"_id": 1}, session=session)]

    async def remove(self, app_id: str, person_id: str, device_ids: Sequence[str], session: Session) -> int:
        """What is theirs alone, or becomes nobody's at once; answers how many documents that were."""
        removed = 0
        for name, field in _THEIRS.items():
            theirs = {"app_id": app_id, field: person_id}
            removed += (await self._theirs[name].delete_many(theirs, session=session)).deleted_count
        for name, collection in self._counted.items():
            found = await collection.find({"app_id": app_id, "person_id": person_id}, session=session).to_list(None)
            removed += len(found)
            if found:
                await self._rows_say(found if name == "participants" else (), session)
                await collection.bulk_write([DeleteOne(_key(each)) for each in found], session=session)
                await collection.insert_many([nobodys(each) for each in found], session=session)
        of_devices = ((self._devices, "_id"), (self._claims, "device_id"), (self._reservations, "resource_id"))
        for device_id in device_ids:
            removed += (await self._events.delete_many(_events_of(app_id, device_id), session=session)).deleted_count
            for collection, field in of_devices:
                theirs = {"app_id": app_id, field: device_id}
                removed += (await collection.delete_many(theirs, session=session)).deleted_count
        return removed

    async def _rows_say(self, counted: Sequence[Document], session: Session) -> None:
        """What was heard of deliveries is said by their rows from now on, since nobody's participant cannot."""
        updates = [
            UpdateOne({"app_id": person["app_id"], "_id": delivery_id}, [{"$set": saying(person, delivery_id)}])
            for person in counted
            for delivery_id in deliveries_in(person)
        ]
        if updates:
            await self._rows.bulk_write(updates, ordered=False, session=session)

    async def depersonalise(self, erasure: Erasure, session: Session) -> tuple[int, int]:
        """Make up to ROWS_AT_ONCE ledger rows nobody's, with their events; how many that were.

        Rows that are being sent stay for now, since a batch means them; so many of them were met.
        """
        app_id = erasure.app_id
        query = {"app_id": app_id, "person_id": erasure.id}
        left = 0
        async with self._rows.find(query, sort=[("_id", 1)], batch_size=ROWS_AT_ONCE, session=session) as cursor:
            while rows := await cursor.to_list(ROWS_AT_ONCE):
                settled = await self._settled(app_id, rows, session)
                left += len(rows) - len(settled)
                if settled:
                    await self._replace(erasure, settled, session)
                    return len(settled), left
        return 0, left

    async def _settled(self, app_id: str, rows: Sequence[Document], session: Session) -> list[Document]:
        """Those with an end of their own, those whose lot was accepted, and those that were never sent in one."""
        lots = {row["lot"] for row in rows if row.get("lot") and "end" not in row}
        query = {"app_id": app_id, "_id": {"$in": list(lots)}}
        accepted = {lot["_id"] async for lot in self._lots.find(query, {"_id": 1}, session=session)} if lots else set()
        return [
            row
            for row in rows
            if "end" in row or (row["lot"] in accepted if row.get("lot") else row["state"] != "planned")
        ]

    async def _replace(self, erasure: Erasure, rows: Sequence[Document], session: Session) -> None:
        app_id = erasure.app_id
        # What is reported of them at this moment would name the person.
        await self._participants.keep_still(
            app_id, sorted({(row["campaign_id"], row["person_id"]) for row in rows}), session
        )
        await self._moves.note(app_id, erasure.id, session)
        replaced = [(row, depersonalised(row)) for row in rows]
        await self._rows.bulk_write([DeleteOne(_key(row)) for row, _ in replaced], session=session)
        await self._rows.insert_many([new for _, new in replaced], session=session)
        ids = [row["_id"] for row in rows]
        told = {"app_id": app_id, "steps.delivery_id": {"$in": ids}}
        await self._outbox.update_many(told, {"$pull": {"steps": {"delivery_id": {"$in": ids}}}}, session=session)
        for row, new in replaced:
            await self._rename_events(app_id, row["_id"], new["_id"], session)
        heard = sorted({bucket for row in rows for bucket in row.get("heard", ())})
        names = {row["_id"]: new["_id"] for row, new in replaced}
        for bucket in await find_named(self._events, app_id, heard, session=session):
            update = {"$set": {"events": buckets.renamed(bucket, names)}}
            await self._events.update_one(_key(bucket), update, session=session)
        # An inbox row names one of their devices, and the planner may have come to another.
        devices = {*erasure.device_ids, *(row["device_id"] for row in rows if row.get("device_id"))}
        for device_id in devices:
            place = {"app_id": app_id, "planned_to": device_id}
            await self._pages.update_many(place, {"$set": {"planned_to": behind(device_id)}}, session=session)

    async def unname(self, erasure: Erasure) -> None:
        """Campaigns, messages, broadcasts and segments that name them name nobody instead."""
        others = {name: nobody("erased") for name in (erasure.external_id, *erasure.device_ids)}
        for field in _NAMED_IN:
            for name in others:
                query = {"app_id": erasure.app_id, field: name}
                async for campaign in self._campaigns.find(query):
                    await self._campaigns.update_one(_key(campaign), {"$set": without(campaign, others)})
        async for campaign in self._campaigns.find({"app_id": erasure.app_id, "nested": True}):
            if fields := without(campaign, others):
                await self._campaigns.update_one(_key(campaign), {"$set": fields})
        async for broadcast in self._broadcasts.find({"app_id": erasure.app_id}):
            audience = {part: rule and unnamed(rule, others) for part, rule in broadcast["audience"].items()}
            if audience != broadcast["audience"]:
                await self._broadcasts.update_one(_key(broadcast), {"$set": {"audience": audience}})
        async for segment in self._segments.find({"app_id": erasure.app_id}):
            if (rule := unnamed(segment["rule"], others)) != segment["rule"]:
                await self._segments.update_one(_key(segment), {"$set": {"rule": rule}})

    async def documents(self, app_id: str, person_id: str, name: str) -> AsyncIterator[Document]:
        """What one collection keeps of them: `devices`, `deliveries`, `inbox`, …"""
        collection = {**self._theirs, **self._counted, "devices": self._devices, "deliveries": self._rows}[name]
        cursor = collection.find({"app_id": app_id, _THEIRS.get(name, "person_id"): person_id})
        while found := await cursor.to_list(ROWS_AT_ONCE):
            for document in await self._with_steps(found) if name == "deliveries" else found:
                yield document

    async def events(self, app_id: str, person_id: str) -> AsyncIterator[Document]:
        """Of what they were sent, and of what they did by themselves on each device."""
        for device_id in await self.devices_of(app_id, person_id):
            async for event in self._events.find(_events_of(app_id, device_id)):
                yield event
        async for row in self.documents(app_id, person_id, "deliveries"):
            async for event in self._events.find(_events_of(app_id, row["_id"])):
                yield event
        async for person in self.documents(app_id, person_id, "participants"):
            theirs = set(deliveries_in(person))
            for bucket in await find_named(self._events, app_id, person.get("heard") or ()):
                for event in buckets.unpacked(bucket):
                    if event["delivery_id"] in theirs:
                        yield event

    async def _with_steps(self, rows: Sequence[Document]) -> list[Document]:
        steps = await self._participants.steps_of(rows[0]["app_id"], rows)
        return [{**row, **heard} for row, heard in zip(rows, steps, strict=True)]

    async def _rename_events(self, app_id: str, old: str, new: str, session: Session) -> None:
        events = await self._events.find(_events_of(app_id, old), session=session).to_list(None)
        if events:
            await self._events.bulk_write([DeleteOne(_key(event)) for event in events], session=session)
            replaced = [renamed(event, new, number) for number, event in enumerate(events)]
            await self._events.insert_many(replaced, session=session)


def _key(document: Document) -> Document:
    return {"app_id": document["app_id"], "_id": document["_id"]}


def _events_of(app_id: str, of: str) -> Document:
    """Of a delivery or a device; `;` comes after `:`."""
    return {"app_id": app_id, "_id": {"$gt": f"{of}:", "$lt": f"{of};"}}
