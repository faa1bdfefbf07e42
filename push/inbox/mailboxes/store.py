"""Mailboxes in the database: one document a person, and one round trip from a device to it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import IndexModel, UpdateOne

from push.database import Database, Document, Session, from_document
from push.devices.model import Device
from push.inbox.mailboxes.model import LOGGED, Delta, Mailbox


class MailboxStore:
    def __init__(self, database: Database) -> None:
        self._mailboxes = database.collection("mailboxes", IndexModel([("app_id", 1), ("_id", 1)]))
        self._devices = database.collection("devices")

    async def of_device(self, app_id: str, device_id: str) -> tuple[Device, Mailbox] | None:
        """A device and the mailbox of the person who uses it now, as of one moment."""
        found = await self._devices.aggregate(
            [
                {"$match": {"app_id": app_id, "_id": device_id}},
                {"$lookup": {"from": "mailboxes", "localField": "person_id", "foreignField": "_id", "as": "mailbox"}},
            ]
        ).to_list(1)
        if not found:
            return None
        kept = found[0].pop("mailbox")
        device = from_document(found[0], Device)
        return device, from_document(kept[0], Mailbox) if kept else Mailbox(id=device.person_id, app_id=app_id)

    async def get(self, app_id: str, person_id: str, session: Session | None = None) -> Mailbox:
        """An empty one where nothing was ever put."""
        found = await self._mailboxes.find_one({"app_id": app_id, "_id": person_id}, session=session)
        return from_document(found, Mailbox) if found else Mailbox(id=person_id, app_id=app_id)

    async def many(self, app_id: str, person_ids: Sequence[str]) -> dict[str, Mailbox]:
        """By person; empty ones where nothing was ever put."""
        cursor = self._mailboxes.find({"app_id": app_id, "_id": {"$in": list(person_ids)}}, {"log": 0})
        found = {each["_id"]: from_document(each, Mailbox) for each in await cursor.to_list(None)}
        return {each: found.get(each) or Mailbox(id=each, app_id=app_id) for each in person_ids}

    async def change(self, app_id: str, deltas: Sequence[tuple[str, Delta]], session: Session) -> None:
        """Write changes, given as (person, change)."""
        updates = [
            UpdateOne({"app_id": app_id, "_id": person}, _update(delta), upsert=True) for person, delta in deltas
        ]
        if updates:
            await self._mailboxes.bulk_write(updates, ordered=True, session=session)

    async def set_expiry(self, app_id: str, person_id: str, at: datetime | None, session: Session) -> None:
        """When the next of the person's own items expires."""
        # Null sorts before all times, so where there is none the field is absent.
        update: Document = {"$unset": {"expires_at": ""}} if at is None else {"$set": {"expires_at": at}}
        await self._mailboxes.update_one({"app_id": app_id, "_id": person_id}, update, session=session)

    async def replace(self, mailbox: Mailbox, session: Session) -> None:
        """Write it anew, but for its expiry."""
        document = msgspec.to_builtins(mailbox, builtin_types=(datetime,))
        del document["expires_at"]
        key = {"app_id": document.pop("app_id"), "_id": document.pop("id")}
        await self._mailboxes.update_one(key, {"$set": document}, upsert=True, session=session)

    async def remove(self, app_id: str, person_id: str, session: Session) -> None:
        await self._mailboxes.delete_one({"app_id": app_id, "_id": person_id}, session=session)


def _update(delta: Delta) -> Document:
    entries = [msgspec.to_builtins(entry) for entry in delta.entries]
    update: Document = {
        "$inc": {"version": len(entries), "total": delta.total, "unread": delta.unread, "unseen": delta.unseen},
        "$push": {"log": {"$each": entries, "$slice": -LOGGED}},
    }
    if delta.marks:
        marks = msgspec.to_builtins(delta.marks, builtin_types=(datetime,))
        update["$set"] = {f"marks.{campaign}": mark for campaign, mark in marks.items()}
    if delta.forgotten:
        update["$unset"] = {f"marks.{campaign}": "" for campaign in delta.forgotten if campaign not in delta.marks}
    if delta.earliest is not None:
        update["$min"] = {"expires_at": delta.earliest}
    return update
