"""A small coffee shop to play the golden examples in, so that each call meets what its example speaks of."""

import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from sdk_contracts.export import Example
from sdk_contracts.wire.placements import PlacementRequest
from tests.integration.api.serving import Api, Phone, Tenant

CONTENT = {
    "default_locale": "en",
    "translations": {
        "en": {"title": "The spring menu is here", "body": 'Hi {{ person.first_name | default: "there" }}, come by.'},
        "zh": {"title": "春季菜单上新", "body": "欢迎光临。"},
    },
    "link": "https://coffee.example/spring",
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG in base64."""
AFTER_SENDING = {
    "get_campaign_metrics",
    "get_campaign_timeline",
    "get_campaign_retention",
    "list_campaign_recipients",
    "get_inbox",
    "get_inbox_summary",
    "get_overview",
    "get_audience_series",
    "trace_person",
    "list_person_deliveries",
    "list_person_consents",
    "get_device_metrics",
}
"""These look at a campaign that was sent, and leave it as it is."""

UNDER_WAY = {
    "pause_campaign": "sending",
    "resume_campaign": "paused",
    "redrive_campaign": "sending",
    "expire_dead_letters": "sending",
    "approve_campaign": "in_review",
    "reject_campaign": "in_review",
    "unarchive_campaign": "archived",
}
"""These change a campaign that is in this state."""

_BEFORE: dict[str, dict[str, Any]] = {
    "in_review": {"state": "in_review"},
    "archived": {"archived_at": datetime(2026, 11, 23, tzinfo=UTC), "listed": "archived"},
}
_ID = re.compile(r"\b(app|dev|per|cmp|itm|dlv|key|aud|imp|whk|whd|tpl|med|plc|seg)_[0-9a-v]{10,}")
_KEY = re.compile(r"\b(ffs|ffp|ffd|ffr)_[A-Za-z0-9_-]{20,}")
_TIME = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_LINK = re.compile(r"https?://[^/]+/r/[0-9a-hjkmnp-tv-z]{18}")
_VOLATILE = {"vapid_public_key": "<point>", "hint": "<hint>", "next_cursor": "<cursor>", "secret": "<secret>"}


class Scenario(Struct, frozen=True):
    tenant: Tenant
    phone: Phone
    ids: dict[str, str]
    """What stands in the place of an example's ids, by prefix."""


async def shop(api: Api) -> Scenario:
    """An app with a draft, two people and a spare key."""
    tenant = await api.tenant("Corner Coffee")
    await api.call(
        "PATCH",
        "/v1/settings",
        tenant.owner,
        {"categories": ["offers", "news"], "attributes": {"member_since": "date"}},
    )
    phone = await api.phone(tenant, "install-ada", external_id="ada", locale="en-GB", topics=["news"])
    bob = await api.phone(tenant, "install-bob", external_id="bob", platform="ios")
    await api.call("PUT", "/v1/me/preferences", bob.key, {"categories": {"offers": {"push": False, "inbox": False}}})
    await api.call("PUT", "/v1/people/grace", tenant.owner, {"relations": ["employee"]})
    taken = await api.call(
        "POST",
        "/v1/people/import",
        tenant.owner,
        content=b'{"external_id": "katherine"}\n{"external_id": 7}\n',
        headers={"Content-Type": "application/x-ndjson"},
    )
    draft = {
        "name": "Spring menu",
        "kind": "service",
        "category": "offers",
        "content": CONTENT,
        "audience": {"include": {"all": True}},
        "channels": ["push", "inbox"],
    }
    campaign = await api.call("POST", "/v1/campaigns", tenant.owner, draft)
    assert campaign.status_code == 201, campaign.text
    spare = (await api.call("POST", "/v1/keys", tenant.owner, {"role": "sender", "name": "shop backend"})).json()
    template = {"name": "Weekly letter", "content": CONTENT}
    kept = await api.call("POST", "/v1/templates", tenant.owner, template)
    poster = PlacementRequest(name="Poster at the counter", kind="poster", link="https://coffee.example/spring")
    hung = await api.engine.placements.create(tenant.app_id, poster)
    rule = {"and": [{"field": "device.locale", "op": "prefix", "value": "en"}, {"topics": ["news"]}]}
    segment = await api.call("POST", "/v1/segments", tenant.owner, {"name": "English readers", "rule": rule})
    ids = {
        "tpl": kept.json()["id"],
        "plc": hung.id,
        "link": httpx.URL(api.engine.placements.url(hung, "click")).path,
        "seg": segment.json()["id"],
        "cmp": campaign.json()["id"],
        "dev": phone.id,
        "key": spare["id"],
        "imp": taken.json()["id"],
        "itm": "itm_0",
        "dlv": "dlv_0",
    }
    return Scenario(tenant, phone, ids)


async def pictured(api: Api) -> Scenario:
    """The shop with an image."""
    scenario = await shop(api)
    image = await api.call("POST", "/v1/media", scenario.tenant.owner, content=b64decode(PIXEL))
    return Scenario(scenario.tenant, scenario.phone, {**scenario.ids, "med": image.json()["media_id"]})


async def sent(api: Api) -> Scenario:
    """The shop after its campaign went out and Ada opened it."""
    scenario = await shop(api)
    campaign = scenario.ids["cmp"]
    await api.call("POST", f"/v1/campaigns/{campaign}/launch", scenario.tenant.owner)
    await api.sent(scenario.tenant, campaign)
    item = (await api.call("GET", "/v1/inbox", scenario.phone.key)).json()["items"][0]
    await api.call("POST", f"/v1/inbox/{item['id']}/seen", scenario.phone.key)
    ids = {**scenario.ids, "itm": item["id"], "dlv": item["delivery_id"]}
    return Scenario(scenario.tenant, scenario.phone, ids)


async def hooked(api: Api) -> Scenario:
    """The shop with a webhook whose receiver was down while its campaign was scheduled."""
    scenario = await shop(api)
    app_id, owner, campaign = scenario.tenant.app_id, scenario.tenant.owner, scenario.ids["cmp"]
    asked = {"url": "https://coffee.example/hooks/fanfare", "events": ["campaign.scheduled", "campaign.sent"]}
    made = (await api.call("POST", "/v1/webhooks", owner, asked)).json()["id"]
    await api.call("PATCH", f"/v1/campaigns/{campaign}", owner, {"schedule": {"at": "2126-03-01T09:00:00Z"}})
    await api.call("POST", f"/v1/campaigns/{campaign}/launch", owner)
    given_up = {"state": "dead", "tries": 10, "status": 503, "reason": "http_503", "settled_at": api.engine.clock.now()}
    outbox = api.engine.database.collection("webhook_deliveries")
    # Nobody's: a worker that is posting it this moment cannot say any more what came of it.
    update = {"$set": {**given_up, "owner": None}, "$inc": {"attempt": 1}, "$unset": {"due_at": ""}}
    found = await outbox.find_one_and_update({"app_id": app_id, "webhook_id": made}, update)
    assert found is not None
    return Scenario(scenario.tenant, scenario.phone, {**scenario.ids, "whk": made, "whd": found["_id"]})


async def under_way(api: Api, state: str) -> Scenario:
    """The shop while its campaign is `sending`, `paused`, …; no worker is at it."""
    scenario = await shop(api)
    await api.engine.database.collection("campaigns").update_one(
        {"app_id": scenario.tenant.app_id, "_id": scenario.ids["cmp"]},
        {"$set": _BEFORE.get(state, {"state": state, "launched_at": api.engine.clock.now()})},
    )
    return scenario


async def play(api: Api, scenario: Scenario, example: Example) -> httpx.Response:
    """Send the example's call, with the ids and times of here and now."""
    keys = {
        "secret": scenario.tenant.owner,
        "publishable": scenario.tenant.publishable,
        "device": scenario.phone.key,
        "none": None,
    }

    def here(text: str) -> str:
        return _ID.sub(lambda found: scenario.ids.get(found[1], found[0]), text)

    path = scenario.ids["link"] if example.operation == "follow_link" and example.status == 302 else here(example.path)
    body = here(bytes(example.request).decode())
    if example.operation == "record_events":
        body = _TIME.sub(api.engine.clock.now().isoformat().replace("+00:00", "Z"), body)
    content = b64decode(example.binary) if example.binary else body.encode()
    return await api.call(example.method, path, keys[example.key], content=content, headers=example.headers)


def settled(value: Any, name: str = "") -> Any:
    """What stays the same from one run to the next."""
    if isinstance(value, dict):
        return {key: settled(item, key) for key, item in value.items()}
    if isinstance(value, list):
        # Keys made in the same millisecond have no order of their own.
        return sorted((settled(item) for item in value), key=str)
    if not isinstance(value, str):
        return value
    if name in _VOLATILE:
        return _VOLATILE[name]
    for pattern, word in ((_ID, r"<\1>"), (_KEY, r"<\1>"), (_TIME, "<time>"), (_LINK, "<link>")):
        value = pattern.sub(word, value)
    return value


def body_of(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw) if bytes(raw) else None
