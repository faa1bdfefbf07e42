"""The requests that phones make, ready to be written to a socket."""

import itertools
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
from msgspec import Struct

from push.devices.model import Device
from push.ids import new_id
from push.ledger.model import delivery_id
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.placements import PlacementRequest
from tests.bench.raw_calls import Call, RawCalls
from tests.bench.stand import CONTENT, WORDS, Stand
from tests.fleet import Fleet

READERS = 100
ITEMS = 25
REPORTERS = 1200
CAMPAIGNS = 5
KINDS = ("received", "displayed", "opened", "clicked")
MOST_NEW = 1500
"""Requests of a route that writes something new each time: more than can be answered in one measurement."""


class Route(Struct, frozen=True):
    name: str
    requests: Iterator[bytes]
    """Takes from here; what was sent is not sent again, unless `repeatable`."""
    repeatable: bool
    status: int
    raw: Call
    """What it cannot do without."""
    most: int

    def take(self) -> list[bytes]:
        """Enough for one measurement."""
        return list(itertools.islice(self.requests, self.most))


class Seeds(Struct, frozen=True):
    """An app whose people have items in their inbox and deliveries to report about."""

    fleet: Fleet
    readers: list[Device]
    reporters: list[Device]
    campaigns: list[str]


async def seed(stand: Stand) -> Seeds:
    """Needs a worker."""
    fleet = await stand.fleet("Phones that call")
    readers = await stand.phones(fleet, READERS, topics=("readers",))
    reporters = await stand.phones(fleet, REPORTERS, topics=("reporters",))

    def to(topic: str) -> Audience:
        return Audience(include=Rule(topics=[topic]))

    own = Content(default_locale="en", translations={"en": Translation(title="{{ app.name }}", body=WORDS.body)})
    inbox = [await fleet.launch(content=own, audience=to("readers"), channels=["inbox"]) for _ in range(ITEMS)]
    pushes = [await fleet.launch(content=CONTENT, audience=to("reporters")) for _ in range(CAMPAIGNS)]
    for campaign in (*inbox, *pushes):
        await fleet.until(campaign, seconds=60)
    return Seeds(fleet, readers, reporters, [campaign.id for campaign in pushes])


async def routes(stand: Stand, seeds: Seeds, client: httpx.AsyncClient) -> list[Route]:
    """`client` speaks to the API."""
    raw = RawCalls(stand, seeds.fleet.app_id, seeds.readers)
    keys = [stand.engine.tokens.device_key(seeds.fleet.app_id, each.id) for each in seeds.readers]
    known = [request("GET", "/v1/inbox", key, {"If-None-Match": await _tag(client, key)}) for key in keys]
    pages, badges = ([request("GET", path, key) for key in keys] for path in ("/v1/inbox", "/v1/inbox/summary"))
    visits = itertools.cycle(await _visits(stand, seeds.fleet))
    return [
        Route("inbox, 20 of 25 items", itertools.cycle(pages), True, 200, raw.page, READERS),
        Route("inbox, not modified", itertools.cycle(known), True, 304, raw.summary, READERS),
        Route("inbox summary", itertools.cycle(badges), True, 200, raw.summary, READERS),
        Route("follow a tracked link", visits, True, 302, raw.link, READERS),
        Route("register a device", _registrations(seeds.fleet), False, 201, raw.register, MOST_NEW),
        Route("20 events", _reports(stand, seeds), False, 202, raw.events, REPORTERS // 3),
    ]


def request(method: str, path: str, key: str, headers: dict[str, str] | None = None, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _tag(client: httpx.AsyncClient, key: str) -> str:
    answer = await client.get("/v1/inbox", headers={"Authorization": f"Bearer {key}"})
    return answer.raise_for_status().headers["etag"]


def _registrations(fleet: Fleet) -> Iterator[bytes]:
    while True:
        body = {
            "installation_id": secrets.token_hex(16), "platform": "android",
            "address": {"kind": "fcm_token", "token": secrets.token_urlsafe(120)}, "locale": "zh-CN",
            "timezone": "Asia/Shanghai", "app_version": "1.2.3", "os_version": "14", "model": "Pixel 8",
            "tags": {"plan": "gold"}, "topics": ["news"],
        }  # fmt: skip
        yield request("POST", "/v1/devices", fleet.created.publishable_key, body=body)


async def _visits(stand: Stand, fleet: Fleet) -> list[bytes]:
    """One poster, and so many phones."""
    poster = PlacementRequest(name="Poster", kind="poster", link="https://shop.example/")
    placements = stand.engine.placements
    path = httpx.URL(placements.url(await placements.create(fleet.app_id, poster), "scan")).path
    return [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (Phone {number})\r\n\r\n".encode()
        for number in range(READERS)
    ]


def _reports(stand: Stand, seeds: Seeds) -> Iterator[bytes]:
    """Each device once, with all it has to say."""
    app_id = seeds.fleet.app_id
    for device in seeds.reporters:
        deliveries = [delivery_id(campaign, "push", device.id) for campaign in seeds.campaigns]
        at = datetime.now(UTC).isoformat()
        events = [
            {"event_id": new_id("evt"), "delivery_id": each, "kind": kind, "at": at}
            for each, kind in itertools.product(deliveries, KINDS)
        ]
        key = stand.engine.tokens.device_key(app_id, device.id)
        yield request("POST", "/v1/events", key, body={"events": events})
