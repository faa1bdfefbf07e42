"""Who asks to be forgotten is: nothing of them is left in any collection (check 52), and the numbers stay."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from push.limits.store import PromotionStore
from push.privacy.model import KEPT_UP
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire.events import Event
from tests.fleet import provider_settings
from tests.integration.api.serving import Api, Phone, Tenant, draft, serving, working

ADA = "ada.lovelace@example.org"
LOOKED_AT = {
    "doings",
    "segments",
    *(
        "accepted_lots",
        "apps",
        "audit",
        "batches",
        "broadcast_numbers",
        "broadcasts",
        "campaigns",
        "churn_days",
        "churn_journal",
        "consents",
        "counters",
    ),
    *("deliveries", "device_claims", "devices", "erasures", "events", "idempotency", "imports", "inbox", "keys"),
    *(
        "lane_reports",
        "mailboxes",
        "moves",
        "outcomes",
        "participants",
        "people",
        "placement_counters",
        "placement_visitors",
        "placements",
        "planned_pages",
        "processes",
        "promotions",
        "secrets",
        "trigger_causes",
        "trigger_waits",
    ),
    *("media", "media_contents", "templates", "webhook_deliveries", "webhooks"),
}
"""What a new collection keeps of a person must go with them: let `filled` put something there, then name it here."""
TOKENS = ("token-of-her-phone", "token-of-her-tablet")
SAID = ("Countess", "install-phone", "install-tablet", "Babbage-9000", "Dear Ada", "her-event-id", "sign-up-form-7")


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def api(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Api]:
    provided = provider_settings(settings, fcm)
    async with serving(provided) as running, working(provided):
        yield running


@pytest.fixture
async def tenant(api: Api, fcm: FcmStandIn) -> Tenant:
    made = await api.tenant()
    await api.engine.apps.set_fcm_credentials(made.app_id, fcm.service_account("demo"))
    return made


async def filled(api: Api, tenant: Tenant) -> tuple[Phone, set[str]]:
    """Ada with all that can be kept of a person; her phone, and every id that stands for her."""
    app_id = tenant.app_id

    async def ask(method: str, path: str, key: str, body: Any = None, **headers: str) -> Any:
        answer = await api.call(method, path, key, body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    registration = {
        "installation_id": "install-phone",
        "platform": "android",
        "address": {"kind": "fcm_token", "token": TOKENS[0]},
        "model": "Babbage-9000",
        "tags": {"nick": "Countess"},
    }
    made = await ask("POST", "/v1/devices", tenant.publishable, registration, **{"Idempotency-Key": "register-her"})
    phone = Phone(made["device_id"], made["device_token"], "install-phone")
    anonymous = made["person_id"]
    posted = {"url": "https://shop.example/hook", "events": ["delivery.accepted", "delivery.received"]}
    await ask("POST", "/v1/webhooks", tenant.owner, posted)
    # Something reaches her before she logs in, so that her history carries an id she no longer has.
    variants = [{"name": name, "content": draft()["content"]} for name in ("A", "B")]
    first = await api.launch(
        tenant,
        channels=["push", "inbox"],
        audience={"include": {"device_ids": [phone.id]}},
        experiment={"variants": variants},
    )
    await api.sent(tenant, first)
    await ask("PUT", "/v1/devices/me/person", phone.key, {"external_id": ADA})
    tablet = await api.phone(
        tenant, "install-tablet", address={"kind": "fcm_token", "token": TOKENS[1]}, external_id=ADA
    )
    consent = {"promotion": True, "at": datetime.now(UTC).isoformat(), "source": "sign-up-form-7"}
    hers = {"attributes": {"title": "Countess"}, "relations": ["family"], "consent": consent}
    person = await ask("PUT", f"/v1/people/{ADA}", tenant.owner, hers)
    await ask("PUT", "/v1/me/preferences", tablet.key, {"categories": {"offers": {"push": False}}})

    to_all = await api.launch(tenant, channels=["push", "inbox"])
    content = {"default_locale": "en", "translations": {"en": {"title": "Dear Ada", "body": "Dear Ada, …"}}}
    message = {"to": {"external_ids": [ADA]}, "kind": "service", "content": content, "channels": ["push", "inbox"]}
    sent = await ask("POST", "/v1/messages", tenant.owner, message, **{"Idempotency-Key": "write-to-her"})
    promotion = await api.launch(
        tenant, channels=["push", "inbox"], kind="promotion", limits={"ignore_quiet_hours": True}
    )
    capped = PromotionStore(api.engine.database)
    await capped.enter(app_id, promotion, [person["person_id"]], None, api.engine.clock.now())
    for campaign in (to_all, promotion, sent["message_id"]):
        await api.sent(tenant, campaign)
    left_out = {"include": {"all": True}, "exclude": {"external_ids": [ADA, "bob"]}}
    await ask("POST", "/v1/campaigns", tenant.owner, draft(audience=left_out))
    await api.sent(tenant, await api.launch(tenant, audience=left_out))
    await ask("POST", "/v1/campaigns", tenant.owner, draft(audience={"include": {"device_ids": [tablet.id, "dev_0"]}}))
    deep = {"and": [{"all": True}, {"not": {"or": [{"external_ids": [ADA, "bob"]}, {"device_ids": [tablet.id]}]}}]}
    await ask("POST", "/v1/campaigns", tenant.owner, draft(audience={"include": deep}))
    segment = await ask("POST", "/v1/segments", tenant.owner, {"name": "All but a few", "rule": deep})
    await api.launch(tenant, audience={"include": {"segment_id": segment["id"]}})
    for item in (await ask("GET", "/v1/inbox", phone.key))["items"]:
        await ask("POST", f"/v1/inbox/{item['id']}/read", phone.key)
    rows = api.engine.database.collection("deliveries").find({"app_id": app_id, "person_id": person["person_id"]})
    # Her conversions set something off for her, for which she waits.
    trigger = {"trigger": {"event": "left", "delay_seconds": 86_400}}
    await api.launch(tenant, schedule=trigger)
    telling = {"default_locale": "en", "translations": {"en": {"title": "You did {{ event.name }}"}}}
    await api.launch(tenant, schedule={"trigger": {"event": "left"}}, content=telling)
    at = api.engine.clock.now().isoformat()
    events = [
        {
            "event_id": f"her-event-id-{n}",
            "kind": kind,
            "receipt": api.engine.tokens.receipt(app_id, each["_id"]),
            "at": at,
            "name": "left",
        }
        for n, each in enumerate([row async for row in rows])
        for kind in ("received", "opened", "converted")
    ]
    events.append({"event_id": "her-event-id-own", "kind": "converted", "at": at, "name": "left"})
    assert (await ask("POST", "/v1/events", phone.key, {"events": events}))["accepted"] > 6
    async with asyncio.timeout(30):
        while not await api.engine.database.collection("trigger_causes").count_documents({"app_id": app_id}):
            await asyncio.sleep(0.1)
    assert await api.engine.database.collection("trigger_waits").count_documents({"app_id": app_id}) == 1
    return phone, {anonymous, person["person_id"], phone.id, tablet.id}


async def kept(api: Api, app_id: str) -> dict[str, str]:
    """Every collection there is, as text."""
    database = api.engine.database._database
    everything = {}
    for name in await database.list_collection_names():
        documents = [each async for each in database[name].find({"app_id": app_id})]
        everything[name] = json.dumps(documents, default=str)
    return everything


def traces(everything: dict[str, str], ids: set[str]) -> list[tuple[str, str]]:
    fingerprints = [name.partition("_")[2] for name in ids]
    words = [*fingerprints, ADA, *TOKENS, *SAID]
    return [(name, word) for name, text in everything.items() for word in words if word in text]


async def numbers(api: Api, tenant: Tenant) -> dict[str, Any]:
    overview = (await api.call("GET", "/v1/metrics/overview", tenant.owner)).json()
    campaigns = [
        row["_id"] async for row in api.engine.database.collection("campaigns").find({"app_id": tenant.app_id})
    ]
    recounts = {each: await api.engine.recounting.recount(tenant.app_id, each) for each in campaigns}
    return {"totals": overview["totals"], "recounts": recounts, "events": await told(api, tenant, campaigns)}


async def told(api: Api, tenant: Tenant, campaigns: list[str]) -> Counter[tuple[str, str]]:
    """How many events of each kind an export of each campaign has, of deliveries that are in the ledger."""
    found: Counter[tuple[str, str]] = Counter()
    for each in campaigns:
        rows = {row.id async for row in api.engine.ledger.store.all(tenant.app_id, each)}
        answer = await api.call("GET", f"/v1/campaigns/{each}/export?of=events&format=ndjson", tenant.owner)
        lines = [json.loads(line) for line in answer.text.splitlines()]
        found.update((each, line["kind"]) for line in lines if line["delivery_id"] in rows)
    return found


async def erased(api: Api, tenant: Tenant, external_id: str = ADA) -> int:
    return (await api.call("DELETE", f"/v1/people/{external_id}", tenant.owner)).status_code


async def afterwards(api: Api, app_id: str) -> None:
    """Once nothing that was under way can write of them any more."""
    erasures = api.engine.database.collection("erasures")
    past = api.engine.clock.now() - KEPT_UP - timedelta(seconds=1)
    await erasures.update_many({"app_id": app_id}, {"$set": {"started_at": past, "due_at": past}})
    await api.engine.erasing.finish(app_id)


def test_every_collection_is_looked_at(engine: Any) -> None:
    assert {name for name, _ in engine.database._indexes} == LOOKED_AT


async def test_nothing_is_left_of_who_was_erased_and_the_numbers_stay(api: Api, tenant: Tenant) -> None:
    bystander = await api.phone(tenant, "install-bob", external_id="bob")
    phone, ids = await filled(api, tenant)
    found = {name for name, _ in traces(await kept(api, tenant.app_id), ids)}
    assert found >= {
        "people",
        "devices",
        "deliveries",
        "events",
        "inbox",
        "mailboxes",
        "campaigns",
        "consents",
        "idempotency",
        "promotions",
        "device_claims",
        "participants",
        "webhook_deliveries",
        "doings",
        "segments",
        "broadcasts",
    }
    before = await numbers(api, tenant)
    bobs = (await api.call("GET", "/v1/inbox", bystander.key)).json()["items"]

    assert await erased(api, tenant) == 204
    assert {name for name, _ in traces(await kept(api, tenant.app_id), ids)} <= {"erasures"}
    await afterwards(api, tenant.app_id)
    assert traces(await kept(api, tenant.app_id), ids) == []
    assert await numbers(api, tenant) == before
    assert await api.engine.recounting.repair(tenant.app_id, next(iter(before["recounts"]))) == []

    assert (await api.call("GET", "/v1/inbox", phone.key)).status_code == 404
    assert await erased(api, tenant) == 404
    assert (await api.call("GET", f"/v1/people/{ADA}", tenant.owner)).status_code == 404
    assert (await api.call("GET", "/v1/inbox", bystander.key)).json()["items"] == bobs
    entry = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"][0]
    assert (entry["action"], entry["details"]) == ("person.erased", {"devices": 2})


async def test_who_was_erased_may_come_back_as_somebody_new(api: Api, tenant: Tenant) -> None:
    phone, _ = await filled(api, tenant)
    await erased(api, tenant)
    again = await api.phone(tenant, "install-phone", address={"kind": "fcm_token", "token": TOKENS[0]}, external_id=ADA)
    await afterwards(api, tenant.app_id)
    assert again.id != phone.id
    person = (await api.call("GET", f"/v1/people/{ADA}", tenant.owner)).json()
    assert (person["attributes"], person["consent"], len(person["devices"])) == ({}, None, 1)
    # What was said to everybody is said to newcomers, too, and they have not read it.
    items = (await api.call("GET", "/v1/inbox", again.key)).json()["items"]
    assert {(item["title"], item["read_at"]) for item in items} == {("Spring is here", None)}


async def test_who_is_erased_after_their_row_was_read_for_a_report_is_not_named_by_it(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ids = await filled(api, tenant)
    delivery = await api.engine.database.collection("deliveries").find_one({"app_id": tenant.app_id, "channel": "push"})
    assert delivery is not None
    assert delivery["person_id"] in ids
    store = api.engine.ledger.store
    existing, read = store.existing, []

    async def erases_meanwhile(app_id: str, delivery_ids: list[str], session: Any = None) -> Any:
        rows = await existing(app_id, delivery_ids, session)
        read.append(len(rows))
        if len(read) == 1:
            await erased(api, tenant)
            await afterwards(api, app_id)
        return rows

    monkeypatch.setattr(store, "existing", erases_meanwhile)
    receipt = api.engine.tokens.receipt(tenant.app_id, delivery["_id"])
    event = Event(event_id="late", kind="dismissed", at=datetime.now(UTC), receipt=receipt)
    await api.engine.engagement.record(None, None, [event])
    assert read == [1, 0]
    assert traces(await kept(api, tenant.app_id), ids) == []


async def test_what_is_under_way_is_erased_once_it_has_ended(api: Api, tenant: Tenant) -> None:
    phone, ids = await filled(api, tenant)
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    row = {
        "_id": f"dlv_{campaign[4:]}p{phone.id[4:]}",
        "app_id": tenant.app_id,
        "campaign_id": campaign,
        "channel": "push",
    }
    person = (await api.call("GET", f"/v1/people/{ADA}", tenant.owner)).json()["person_id"]
    rows = api.engine.database.collection("deliveries")
    await rows.insert_one({**row, "person_id": person, "device_id": phone.id, "state": "planned", "planned_at": None})
    assert await erased(api, tenant) == 204
    await afterwards(api, tenant.app_id)
    left = {name for name, _ in traces(await kept(api, tenant.app_id), ids)}
    assert left == {"deliveries", "erasures"}
    await rows.update_one({"app_id": tenant.app_id, "_id": row["_id"]}, {"$set": {"state": "skipped"}})
    for _ in range(2):
        await afterwards(api, tenant.app_id)
    assert traces(await kept(api, tenant.app_id), ids) == []


async def test_an_erasure_that_died_halfway_is_finished(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ids = await filled(api, tenant)

    async def dies(*_: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(api.engine.erasing._store, "unname", dies)
    assert await erased(api, tenant) == 500
    monkeypatch.undo()
    for _ in range(2):
        await afterwards(api, tenant.app_id)
    assert traces(await kept(api, tenant.app_id), ids) == []


async def test_erasing_twice_at_once_and_while_a_device_logs_in_leaves_nobody_between(api: Api, tenant: Tenant) -> None:
    phone, ids = await filled(api, tenant)
    other = await api.phone(tenant, "install-other")
    login = api.call("PUT", "/v1/devices/me/person", other.key, {"external_id": ADA})
    one, two, logged_in = await asyncio.gather(erased(api, tenant), erased(api, tenant), login)
    assert {one, two} <= {204, 404}
    assert 204 in {one, two}
    await afterwards(api, tenant.app_id)
    if logged_in.status_code == 200 and (await api.call("GET", "/v1/devices/me", other.key)).status_code == 200:
        # She came back as somebody new, whom the erasure was not about.
        assert (await api.call("GET", "/v1/devices/me", other.key)).json()["person_id"] not in ids
    assert (await api.call("GET", "/v1/inbox", phone.key)).status_code == 404


async def test_an_export_holds_all_that_is_kept(api: Api, tenant: Tenant) -> None:
    _, ids = await filled(api, tenant)
    answer = await api.call("GET", f"/v1/people/{ADA}/export", tenant.owner)
    assert answer.headers["content-type"].startswith("application/json")
    export = answer.json()
    for word in (ADA, *TOKENS, *SAID, *(each for each in ids if each.startswith("dev_"))):
        assert word in answer.text, word
    assert {len(export[name]) for name in ("people", "mailboxes", "consents")} == {1}
    assert len(export["devices"]) == 2
    assert len(export["deliveries"]) >= 7
    assert {event["kind"] for event in export["events"]} >= {"received", "opened", "converted"}
    assert any(row.get("opened_at") for row in export["deliveries"])
    entry = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"][0]
    assert entry["action"] == "person.exported"
    assert (await api.call("GET", "/v1/people/nobody/export", tenant.owner)).status_code == 404
    other = await api.tenant("Other")
    assert (await api.call("GET", f"/v1/people/{ADA}/export", other.owner)).status_code == 404
