"""Devices in the database."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from pymongo import IndexModel, UpdateMany, UpdateOne
from pymongo.errors import DuplicateKeyError

from push.database import QUICK, Database, Document, Session, from_document, from_quick, from_raw, to_document
from push.devices.churn.store import ChurnStore
from push.devices.model import Device
from push.people.model import Gate
from push.ranges import by_age, sifted_by_age

_SPARSE = ("installation_id", "fingerprint", "firebase_id")
_GIVE_UP: Document = {"$set": {"address": None, "confirmed_at": None}, "$unset": {"fingerprint": "", "firebase_id": ""}}
WALK_PAGE = 1000
KINDS = ("app_version", "os_version", "locale", "timezone")
"""What devices say of themselves and are counted by."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class DeviceStore:
    """What only one device may hold, an installation id or an address, is claimed by a document of its own.

    A unique index on the device would do on MongoDB; the embedded server keeps a value that was updated away reserved.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.churn = ChurnStore(database)
        self._claims = database.collection("device_claims", IndexModel([("app_id", 1), ("_id", 1)]))
        self._devices = database.collection(
            "devices",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("installation_id", 1)]),
            IndexModel([("app_id", 1), ("fingerprint", 1)]),
            IndexModel([("app_id", 1), ("firebase_id", 1)]),
            IndexModel([("app_id", 1), ("confirmed_at", 1)]),
            IndexModel([("app_id", 1), ("person_id", 1)]),
            IndexModel([("app_id", 1), ("topics", 1), ("_id", 1)]),
        )
        self._quickly = self._devices.with_options(QUICK)

    async def add(self, device: Device, session: Session) -> bool:
        """False when its installation is registered already; then the transaction is void."""
        claim = {"_id": claim_of(device.app_id, "installation", device.installation_id), "device_id": device.id}
        try:
            await self._claims.insert_one({**claim, "app_id": device.app_id}, session=session)
        except DuplicateKeyError:
            return False
        await self._devices.insert_one(stored(device), session=session)
        return True

    async def release_installation(self, app_id: str, installation_id: str, session: Session) -> None:
        """It may register again, as a new device."""
        key = claim_of(app_id, "installation", installation_id)
        await self._claims.delete_one({"app_id": app_id, "_id": key}, session=session)

    async def get(self, app_id: str, device_id: str, session: Session | None = None) -> Device | None:
        found = await self._devices.find_one({"app_id": app_id, "_id": device_id}, session=session)
        return from_document(found, Device) if found else None

    async def get_many(self, app_id: str, device_ids: Sequence[str]) -> dict[str, Device]:
        # With room for one more, the first answer is seen to be the last.
        cursor = self._quickly.find(
            {"app_id": app_id, "_id": {"$in": list(device_ids)}}, batch_size=len(device_ids) + 1
        )
        return {device.id: device for device in from_quick(await cursor.to_list(None), Device)}

    async def by_installation(self, app_id: str, installation_id: str) -> Device | None:
        found = await self._devices.find_one({"app_id": app_id, "installation_id": installation_id})
        return from_document(found, Device) if found else None

    async def owners(self, app_id: str, person_ids: Sequence[str]) -> set[str]:
        """Which of these persons have a device now."""
        return await self._owners(app_id, {"$in": list(person_ids)})

    async def owners_between(self, app_id: str, first: str, last: str) -> set[str]:
        """Which of all persons from the one to the other have a device now."""
        return await self._owners(app_id, {"$gte": first, "$lte": last})

    async def _owners(self, app_id: str, which: Document) -> set[str]:
        found = self._devices.find({"app_id": app_id, "person_id": which}, {"person_id": 1, "uninstalled_at": 1})
        return {each["person_id"] async for each in found if each.get("uninstalled_at") is None}

    async def seen(self, app_id: str, device_id: str, at: datetime) -> None:
        """Whoever uses it was there at that moment."""
        await self._devices.update_one({"app_id": app_id, "_id": device_id}, {"$max": {"last_seen_at": at}})

    async def last_seen(self, app_id: str, person_ids: Sequence[str]) -> dict[str, datetime]:
        """When each of these persons was last there on any device, also on one that is uninstalled since."""
        query = {"app_id": app_id, "person_id": {"$in": list(person_ids)}}
        seen: dict[str, datetime] = {}
        for found in await self._devices.find(query, {"person_id": 1, "last_seen_at": 1}).to_list(None):
            person_id, at = found["person_id"], found["last_seen_at"]
            seen[person_id] = max(at, seen.get(person_id, at))
        return seen

    async def of_person(self, app_id: str, person_id: str) -> list[Device]:
        """All devices the person uses, uninstalled ones left out."""
        found = await self._devices.find({"app_id": app_id, "person_id": person_id}).to_list(None)
        return [device for device in (from_document(each, Device) for each in found) if device.uninstalled_at is None]

    async def of_people(self, app_id: str, person_ids: Sequence[str]) -> dict[str, list[Device]]:
        """All devices of each of these persons, uninstalled ones left out."""
        cursor = self._devices.find({"app_id": app_id, "person_id": {"$in": list(person_ids)}})
        found: dict[str, list[Device]] = {}
        for each in await cursor.to_list(None):
            device = from_document(each, Device)
            if device.uninstalled_at is None:
                found.setdefault(device.person_id, []).append(device)
        return found

    async def people(
        self, app_id: str, narrowed: Document, left_out: Document, before: str, muted: str
    ) -> list[tuple[bool, bool, int]]:
        """How many persons whose id sorts below `before` have such devices, by (consent, `muted` among their mutes)."""
        mutes = {"$in": [muted, {"$ifNull": ["$gate.muted", []]}]}
        groups = self._devices.aggregate(
            [
                {"$match": {"app_id": app_id, **narrowed}},
                {"$match": {"uninstalled_at": None, "person_id": {"$lt": before}, **left_out}},
                {"$group": {"_id": "$person_id", "consent": {"$max": "$gate.consent"}, "muted": {"$max": mutes}}},
                {"$group": {"_id": {"consent": "$consent", "muted": "$muted"}, "people": {"$sum": 1}}},
            ],
            allowDiskUse=True,
        )
        return [(bool(g["_id"]["consent"]), bool(g["_id"]["muted"]), g["people"]) async for g in groups]

    async def change(
        self,
        app_id: str,
        device_id: str,
        fields: dict[str, Any],
        clear: Sequence[str] = (),
        session: Session | None = None,
    ) -> None:
        update: Document = {"$set": msgspec.to_builtins(fields, builtin_types=(datetime,))}
        if clear:
            update["$unset"] = dict.fromkeys(clear, "")
        await self._devices.update_one({"app_id": app_id, "_id": device_id}, update, session=session)

    async def next_key(self, app_id: str, device_id: str, generation: int) -> bool:
        """End the keys of this generation and begin the next; False when they have ended before."""
        current = {"$ifNull": ["$key_generation", 0]}
        following = {"$cond": [{"$eq": [current, generation]}, generation + 1, current]}
        named = {"app_id": app_id, "_id": device_id}
        result = await self._devices.update_one(named, [{"$set": {"key_generation": following}}])
        return bool(result.modified_count)

    async def hold_address(
        self, app_id: str, fingerprint: str, firebase_id: str | None, device_id: str, at: datetime, session: Session
    ) -> int:
        """From now on the address is this device's alone, and so is the Firebase installation it is of, if it tells.
        Answers how many had it before, this device among them.

        A device that was imported and loses its address to one that registered was that one all along, and goes.
        Writing the claims makes two who want the same one go one by one.
        """
        held = {"fingerprint": fingerprint} | ({"firebase_id": firebase_id} if firebase_id else {})
        what = {"fingerprint": "address", "firebase_id": "firebase"}
        claims = [
            UpdateOne(
                {"app_id": app_id, "_id": claim_of(app_id, what[name], value)},
                {"$set": {"device_id": device_id}},
                upsert=True,
            )
            for name, value in held.items()
        ]
        await self._claims.bulk_write(claims, session=session)
        others = [UpdateMany({"app_id": app_id, name: value}, _given_up(at)) for name, value in held.items()]
        return (await self._devices.bulk_write(others, session=session)).modified_count

    async def retire(self, app_id: str, fingerprints: Sequence[str], at: datetime) -> int:
        """Drop these addresses wherever they are still the current ones; answers how many were.

        A newer address of the same device is never touched (compare and set).
        """
        if not fingerprints:
            return 0
        update = {**_GIVE_UP, "$set": {**_GIVE_UP["$set"], "address_gone_at": at}}
        updates = [UpdateOne({"app_id": app_id, "fingerprint": fingerprint}, update) for fingerprint in fingerprints]

        async def store(session: Session) -> int:
            query = {"app_id": app_id, "fingerprint": {"$in": list(fingerprints)}}
            held = await self._devices.find(query, {"platform": 1}, session=session).to_list(None)
            gone = Counter(device["platform"] for device in held)
            await self.churn.note(app_id, at, {each: {"address_gone": n} for each, n in gone.items()}, session)
            return (await self._devices.bulk_write(updates, ordered=False, session=session)).modified_count

        return await self._database.transaction(store)

    async def retire_lapsed(self, app_id: str, before: datetime, at: datetime, limit: int) -> int:
        """Drop up to `limit` FCM addresses last confirmed before then; answers how many were still so when dropped."""
        old = self._devices.find(
            {"app_id": app_id, "confirmed_at": {"$gt": _LONG_AGO, "$lt": before}},
            {"address.kind": 1, "platform": 1},
            batch_size=WALK_PAGE,
        )
        found: list[tuple[str, str]] = []
        async with old as cursor:
            async for device in cursor:
                if (device.get("address") or {}).get("kind", "").startswith("fcm_"):
                    found.append((device["platform"], device["_id"]))
                if len(found) == limit:
                    break
        # Decided in the update: the phone may confirm its address at this moment.
        lapsed = {"$lt": [{"$ifNull": ["$confirmed_at", at]}, before]}
        gone = {"address": None, "confirmed_at": None, "address_gone_at": at}
        fields = {name: {"$cond": [lapsed, value, f"${name}"]} for name, value in gone.items()}
        fields |= {name: {"$cond": [lapsed, "$$REMOVE", f"${name}"]} for name in ("fingerprint", "firebase_id")}
        platforms = sorted({platform for platform, _ in found})

        async def store(session: Session) -> int:
            counts: dict[str, int] = {}
            for platform in platforms:
                updates = [
                    UpdateOne({"app_id": app_id, "_id": device_id}, [{"$set": fields}])
                    for on, device_id in found
                    if on == platform
                ]
                result = await self._devices.bulk_write(updates, ordered=False, session=session)
                counts[platform] = result.modified_count
            await self.churn.note(app_id, at, {each: {"address_gone": n} for each, n in counts.items()}, session)
            return sum(counts.values())

        return await self._database.transaction(store) if found else 0

    async def add_topic(self, app_id: str, device_id: str, topic: str) -> bool:
        result = await self._devices.update_one({"app_id": app_id, "_id": device_id}, {"$addToSet": {"topics": topic}})
        return bool(result.matched_count)

    async def remove_topic(self, app_id: str, device_id: str, topic: str) -> bool:
        result = await self._devices.update_one({"app_id": app_id, "_id": device_id}, {"$pull": {"topics": topic}})
        return bool(result.matched_count)

    async def copy_gate(self, app_id: str, person_id: str, gate: Gate, session: Session) -> None:
        """Every device of the person carries their gate."""
        await self._devices.update_many(
            {"app_id": app_id, "person_id": person_id}, {"$set": {"gate": msgspec.to_builtins(gate)}}, session=session
        )

    async def sift(self, app_id: str, sift: Document, after: str) -> AsyncIterator[list[Device]]:
        """As `walk`, of all devices those that meet `sift`, for which no index is needed."""
        async for page in sifted_by_age(self._quickly, app_id, "dev", sift, after=after):
            for start in range(0, len(page), WALK_PAGE):
                yield from_quick(page[start : start + WALK_PAGE], Device)

    async def walk(self, app_id: str, narrowed: Document, after: str) -> AsyncIterator[list[Device]]:
        """Pages of at most 1,000 devices in `_id` order, from the one after `after` on, over one cursor."""
        query: Document = {"app_id": app_id, **narrowed}
        sort: list[tuple[str, int]] | None = [("_id", 1)]
        if not narrowed:
            # "`" comes after "_".
            query["_id"], sort = {"$gt": after or "dev_", "$lt": "dev`"}, self._database.id_order
        elif after:
            query["_id"] = {**query.get("_id", {}), "$gt": after}
        async with self._devices.find_raw_batches(query, sort=sort, batch_size=WALK_PAGE) as cursor:
            async for batch in cursor:
                yield from_raw(batch, Device)

    async def walk_by_age(self, app_id: str) -> AsyncIterator[list[Device]]:
        """As `walk`, of all devices and over many short queries: it may take long, and asks little of the database."""
        async for some in by_age(self._quickly, app_id, "dev"):
            yield from_quick(some, Device)

    async def census(self, app_id: str, stale_before: datetime) -> list[Document]:
        """How many devices there are by platform, opt-in and reachability, of those not uninstalled.

        `stale` are those of them with an FCM address confirmed before then.
        """
        by_fcm = {"$in": ["$address.kind", ["fcm_token", "fcm_fid"]]}
        stale = {"$and": [by_fcm, {"$lt": ["$confirmed_at", stale_before]}]}
        return await self._devices.aggregate(
            [
                {"$match": {"app_id": app_id}},
                {"$match": {"installation_id": {"$exists": True}}},
                {
                    "$group": {
                        "_id": {
                            "platform": "$platform",
                            "opted_in": "$opted_in",
                            "reachable": {"$cond": [{"$ifNull": ["$fingerprint", False]}, True, False]},
                        },
                        "devices": {"$sum": 1},
                        "stale": {"$sum": {"$cond": [stale, 1, 0]}},
                    }
                },
            ]
        ).to_list(None)

    async def kinds(self, app_id: str, name: str) -> list[Document]:
        """How many devices there are by what they say of `name`, one of KINDS, and how many of them can be pushed to;
        the most frequent first. Uninstalled ones are left out, null are those that never said."""
        reachable = {"$and": ["$opted_in", {"$ne": [{"$ifNull": ["$fingerprint", None]}, None]}]}
        return await self._devices.aggregate(
            [
                {"$match": {"app_id": app_id}},
                {"$match": {"installation_id": {"$exists": True}}},
                {
                    "$group": {
                        "_id": {"$ifNull": [f"${name}", None]},
                        "devices": {"$sum": 1},
                        "reachable": {"$sum": {"$cond": [reachable, 1, 0]}},
                    }
                },
                {"$sort": {"devices": -1, "_id": 1}},
            ]
        ).to_list(None)


def _given_up(at: datetime) -> list[Document]:
    fields = {
        "address": None,
        "confirmed_at": None,
        "uninstalled_at": {"$cond": ["$imported", at, "$uninstalled_at"]},
        "installation_id": {"$cond": ["$imported", "$$REMOVE", "$installation_id"]},
    }
    return [{"$set": fields}, {"$unset": ["fingerprint", "firebase_id"]}]


def stored(device: Device) -> Document:
    return {k: v for k, v in to_document(device).items() if v is not None or k not in _SPARSE}


def claim_of(app_id: str, what: str, value: str | None) -> str:
    """The id of the claim on an `installation` or an `address` (its fingerprint)."""
    return f"{app_id}:{what}:{value}"
