"""The database calls that a route cannot do without, on Motor alone: no keys, no rules, no Structs."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from pymongo import UpdateOne

from push.database import Document, Session
from push.devices.model import Device
from push.ids import new_id
from tests.bench.stand import Stand

Call = Callable[[], Awaitable[object]]


class Called(Struct, frozen=True):
    count: int
    seconds: float


async def repeat(call: Call, clients: int, seconds: float) -> Called:
    """`call` over and over by so many tasks at once."""
    started = time.perf_counter()
    counts = await asyncio.gather(*(_repeat(call, started + seconds) for _ in range(clients)))
    return Called(sum(counts), time.perf_counter() - started)


async def _repeat(call: Call, until: float) -> int:
    for count in itertools.count():
        if time.perf_counter() >= until:
            return count
        await call()
    raise AssertionError


class RawCalls:
    def __init__(self, stand: Stand, app_id: str, devices: list[Device]) -> None:
        self._database = stand.engine.database
        self._app_id = app_id
        self._devices = itertools.cycle(devices)
        self._of = self._database.collection

    async def _device(self) -> Device:
        """A device and the mailbox of who uses it, in one call."""
        device = next(self._devices)
        joined = {"from": "mailboxes", "localField": "person_id", "foreignField": "_id", "as": "mailbox"}
        pipeline: list[Document] = [{"$match": {"app_id": self._app_id, "_id": device.id}}, {"$lookup": joined}]
        assert await self._of("devices").aggregate(pipeline).to_list(1)
        return device

    async def page(self) -> None:
        device = await self._device()
        query = {"app_id": self._app_id, "person_id": device.person_id, "views": "all"}
        await self._of("inbox").find(query, sort=[("order", -1)], limit=21).to_list(None)

    async def summary(self) -> None:
        await self._device()

    async def register(self) -> None:
        """Nobody has the installation; then person, device and what it claims, all or nothing."""
        key, now, name = {"app_id": self._app_id}, datetime.now(UTC), new_id("raw")
        await self._of("devices").find_one({**key, "installation_id": name})
        person: Document = {**key, "_id": new_id("per"), "created_at": now, "preferences": {}}
        device: Document = {
            **key, "_id": new_id("dev"), "installation_id": name, "fingerprint": name, "person_id": person["_id"],
            "platform": "android", "created_at": now, "last_seen_at": now, "confirmed_at": now, "locale": "zh-CN",
            "timezone": "Asia/Shanghai", "app_version": "1.2.3", "os_version": "14", "model": "Pixel 8", "tags": {},
            "address": {"kind": "fcm_token", "token": name}, "opted_in": True, "topics": ["news"], "external_id": None,
        }  # fmt: skip
        holder = {"device_id": device["_id"]}

        async def store(session: Session) -> None:
            await self._of("people").insert_one(person, session=session)
            claims = self._of("device_claims")
            await claims.update_one({**key, "_id": f"a{name}"}, {"$set": holder}, upsert=True, session=session)
            await claims.insert_one({**key, "_id": f"i{name}", **holder}, session=session)
            taken = {**key, "fingerprint": name}
            await self._of("devices").update_many(taken, {"$unset": {"fingerprint": ""}}, session=session)
            await self._of("devices").insert_one(device, session=session)

        await self._database.transaction(store)

    async def link(self) -> None:
        """Where it leads; then who came, and the counters, all or nothing."""
        key, name = {"app_id": self._app_id}, new_id("raw")
        await self._of("placements").find_one({**key, "stem": name})
        visitor = UpdateOne({**key, "_id": name}, {"$setOnInsert": {"forget_at": datetime.now(UTC)}}, upsert=True)
        counters = [_count(key, f"{name}:{bucket}") for bucket in ("total", "day", "hour")]

        async def store(session: Session) -> None:
            await self._of("placement_visitors").bulk_write([visitor], ordered=False, session=session)
            await self._of("placement_counters").bulk_write(counters, ordered=False, session=session)

        await self._database.transaction(store)

    async def events(self) -> None:
        """Whose it is; then which deliveries there are, what their people did, twenty events, five people and the
        counters, all or nothing."""
        key, now = {"app_id": self._app_id}, datetime.now(UTC)
        await self._device()
        names = [new_id("raw") for _ in range(5)]
        kinds = ("received", "displayed", "opened", "clicked")
        told = [{"of": name, "kind": kind, "event_id": kind, "at": now} for name in names for kind in kinds]
        bucket: Document = {**key, "_id": names[0], "received_at": now, "events": told}
        people = [
            {**key, "_id": name, "person_id": name, "at": now, "steps": {kind: {name: now} for kind in kinds}}
            for name in names
        ]
        counters = [_count(key, f"{names[0]}:{width}") for width in ("total", "minute", "hour")]

        async def store(session: Session) -> None:
            for collection in ("deliveries", "participants"):
                await self._of(collection).find({**key, "_id": {"$in": names}}, session=session).to_list(None)
            await self._of("participants").insert_many(people, ordered=False, session=session)
            await self._of("events").insert_many([bucket], ordered=False, session=session)
            await self._of("counters").bulk_write(counters, ordered=False, session=session)

        await self._database.transaction(store)


def _count(key: dict[str, Any], name: str) -> UpdateOne:
    return UpdateOne({**key, "_id": name}, {"$inc": {"n.opened": 5}}, upsert=True)
