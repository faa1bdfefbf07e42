"""An app with many people and devices, put into the database by the thousand: always the same ones for a number."""

import asyncio
import base64
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from push.database import Document
from tests.bench.stand import Stand

_AT_ONCE = 2000
_PARALLEL = 3
_DEVICES_OF_FOUR = 5
"""Every fourth person has two devices."""
LOCALES = ("en", "en-GB", "de", "de-AT", "fr", "zh-CN", "ja", "es", "pt-BR", "ar", "hi", "it")
TIMEZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Los_Angeles",
    "America/Sao_Paulo", "Asia/Tokyo", "Asia/Shanghai", "Asia/Kolkata", "Asia/Dubai", "Australia/Sydney", None,
)  # fmt: skip
CITIES = tuple(f"City {number}" for number in range(400))
TOPICS = tuple(f"news/{name}" for name in "abcdefghijklmnopqrst") + tuple(f"club-{number}" for number in range(20))
VERSIONS = tuple(f"{major}.{minor}.{patch}" for major in (3, 4) for minor in range(6) for patch in range(4))


async def populate(stand: Stand, devices: int, days: int = 730) -> str:
    """The app's id. Devices and their people were made over so many days before now."""
    fleet = await stand.fleet(f"{devices:,} devices")
    app_id, database, now = fleet.app_id, stand.engine.database, stand.engine.clock.now()

    def people() -> Iterator[tuple[Document, Document]]:
        return _people(app_id, devices * 4 // _DEVICES_OF_FOUR, now, days)

    await _put(database.collection("people"), (person for person, _ in people()))
    await _put(database.collection("devices"), _devices(app_id, people(), now))
    await _put(database.collection("promotions"), _promotions(app_id, people(), now))
    return app_id


async def _put(collection: Any, documents: Iterator[Document]) -> None:
    async def put() -> None:
        while chunk := list(islice(documents, _AT_ONCE)):
            await collection.insert_many(chunk, ordered=False)

    await asyncio.gather(*(put() for _ in range(_PARALLEL)))


def _id(prefix: str, at: datetime, chance: random.Random) -> str:
    raw = int(at.timestamp() * 1000).to_bytes(6) + chance.randbytes(9)
    return f"{prefix}_{base64.b32hexencode(raw).decode().lower()}"


def _people(app_id: str, count: int, now: datetime, days: int) -> Iterator[tuple[Document, Document]]:
    """Each with the gate that their devices carry."""
    chance, step = random.Random(7), timedelta(days=days) / max(count, 1)
    for number in range(count):
        at = now - timedelta(days=days) + number * step
        consent, offers = chance.random() < 0.7, chance.random() >= 0.1
        own = {"from": "22:00", "to": f"0{chance.randrange(5, 9)}:00"} if chance.random() < 0.05 else None
        attributes: Document = {
            "age": chance.randrange(16, 90), "city": chance.choice(CITIES), "vip": chance.random() < 0.03,
            "spent": round(chance.expovariate(1 / 120), 2), "joined": at.replace(microsecond=0),
        }  # fmt: skip
        person: Document = {
            "_id": _id("per", at, chance), "app_id": app_id, "created_at": at, "attributes": attributes,
            "relations": [chance.choice(("customer", "customer", "customer", "employee", "family"))],
            "preferences": {
                "categories": {} if offers else {"offers": {"push": False, "inbox": True, "email": True}},
                "consent": {"promotion": True, "at": at, "source": None, "text": None} if consent else None,
                "quiet_hours": own,
            },
        }  # fmt: skip
        if chance.random() < 0.6:
            person["external_id"] = f"customer-{number}"
        yield person, {"consent": consent, "muted": [] if offers else ["push:offers"], "quiet_hours": own}


def _devices(app_id: str, people: Iterator[tuple[Document, Document]], now: datetime) -> Iterator[Document]:
    chance = random.Random(11)
    for number, (person, gate) in enumerate(people):
        for _ in range(2 if number % 4 == 0 else 1):
            yield _device(app_id, person, gate, now, chance)


def _device(app_id: str, person: Document, gate: Document, now: datetime, chance: random.Random) -> Document:
    at = person["created_at"]
    device_id = _id("dev", at, chance)
    confirmed = now - timedelta(days=chance.expovariate(1 / 60))
    address: Document | None = {"kind": "fcm_token", "token": f"token-{device_id}"}
    gone = None
    if (fate := chance.random()) < 0.08:
        address, gone = None, now if fate < 0.05 else None
    tags: Document = {"plan": chance.choice(("free", "free", "free", "pro", "team"))}
    if chance.random() < 0.5:
        tags["score"] = chance.randrange(1000)
    if chance.random() < 0.1:
        tags["beta"] = True
    device: Document = {
        "_id": device_id, "app_id": app_id, "person_id": person["_id"],
        "platform": chance.choices(("android", "ios", "web"), (55, 35, 10))[0], "created_at": at,
        "last_seen_at": max(at, confirmed), "external_id": person.get("external_id"), "gate": gate,
        "address": address, "confirmed_at": confirmed if address else None, "address_gone_at": gone,
        "opted_in": chance.random() < 0.9, "locale": chance.choice(LOCALES), "timezone": chance.choice(TIMEZONES),
        "app_version": chance.choice(VERSIONS), "os_version": "17.1", "model": "Phone", "tags": tags,
        "topics": chance.sample(TOPICS, chance.randrange(5)), "uninstalled_at": None, "imported": False,
        "key_generation": 0,
    }  # fmt: skip
    if chance.random() < 0.02:
        device["uninstalled_at"] = now
    else:
        device["installation_id"] = device_id[4:]
    if address:
        device["fingerprint"] = f"fp-{device_id}"
    return device


def _promotions(app_id: str, people: Iterator[tuple[Document, Document]], now: datetime) -> Iterator[Document]:
    """One in twenty has had promotion of late, and of these a few enough of it."""
    chance = random.Random(13)
    for person, _ in people:
        if chance.random() < 0.05:
            sent = [
                {"campaign": f"cmp_{number}", "at": now - timedelta(hours=chance.random() * 20)}
                for number in range(chance.randrange(1, 8))
            ]
            yield {"_id": person["_id"], "app_id": app_id, "sent": sent, "ends_at": now + timedelta(hours=4)}
