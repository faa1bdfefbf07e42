"""Registering and describing an installation."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from tests.integration.api.serving import Api, Tenant


async def test_a_phone_registers_and_reads_itself_back(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(
        tenant,
        "install-1",
        address={"kind": "fcm_token", "token": "token-1"},
        locale="zh-CN",
        tags={"plan": "gold", "visits": 3, "beta": True, "score": 0.5},
        topics=["news/sports"],
    )
    device = (await api.call("GET", "/v1/devices/me", phone.key)).json()
    assert device["device_id"] == phone.id
    assert device["tags"] == {"plan": "gold", "visits": 3, "beta": True, "score": 0.5}
    assert device["topics"] == ["news/sports"]
    assert device["created_at"].endswith("Z")
    assert device["address"]["kind"] == "fcm_token"
    assert "token-1" not in str(device)


async def test_a_known_installation_is_kept_from_others_but_not_from_itself(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    body = {"installation_id": "install-1", "platform": "android", "locale": "fr"}
    assert (await api.call("POST", "/v1/devices", tenant.publishable, body)).status_code == 409
    stranger = await api.phone(tenant, "install-2")
    for key, status in ((stranger.key, 409), (phone.key + "x", 401), (phone.key, 200)):
        answer = await api.call("POST", "/v1/devices", tenant.publishable, body, headers={"Fanfare-Device": key})
        assert answer.status_code == status
    assert answer.json()["device_id"] == phone.id
    assert (await api.call("GET", "/v1/devices/me", phone.key)).json()["locale"] == "fr"


async def test_an_address_moves_to_the_installation_that_has_it_now(api: Api, tenant: Tenant) -> None:
    address = {"kind": "fcm_token", "token": "moving"}
    old = await api.phone(tenant, "install-1", address=address)
    new = await api.phone(tenant, "install-2", address=address)
    assert (await api.call("GET", "/v1/devices/me", old.key)).json()["address"] is None
    assert (await api.call("GET", "/v1/devices/me", new.key)).json()["address"]["kind"] == "fcm_token"


async def test_what_is_left_out_of_a_change_stays_and_null_clears(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1", locale="fr", model="One")
    changed = (await api.call("PATCH", "/v1/devices/me", phone.key, {"locale": None, "opted_in": False})).json()
    assert (changed["locale"], changed["model"], changed["opted_in"]) == (None, "One", False)


async def test_topics_may_be_paths(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    for method, topic, status in (
        ("PUT", "news/sports/tennis", 204),
        ("PUT", "offers", 204),
        ("DELETE", "offers", 204),
        ("PUT", "news//x", 204),
        ("PUT", "no%20spaces", 400),
        ("PUT", "$where", 400),
        ("PUT", "a.b", 400),
        ("PUT", "x%0A", 400),
    ):
        answer = await api.call(method, f"/v1/devices/me/topics/{topic}", phone.key)
        assert answer.status_code == status, topic
    device = (await api.call("GET", "/v1/devices/me", phone.key)).json()
    assert sorted(device["topics"]) == ["news/sports/tennis", "news/x"]


async def test_after_uninstalling_the_key_finds_nothing_and_the_installation_may_come_back(
    api: Api, tenant: Tenant
) -> None:
    phone = await api.phone(tenant, "install-1")
    assert (await api.call("DELETE", "/v1/devices/me", phone.key)).status_code == 204
    assert (await api.call("GET", "/v1/devices/me", phone.key)).status_code == 404
    assert (await api.call("GET", "/v1/inbox", phone.key)).status_code == 404
    again = await api.phone(tenant, "install-1")
    assert again.id != phone.id


async def test_identity_verification_lets_only_the_signed_in(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    await api.call("PATCH", "/v1/settings", tenant.owner, {"identity_verification": True})
    secret = await api.engine.apps.identity_secret(tenant.app_id)
    good = hmac.new(secret.encode(), b"ada", hashlib.sha256).hexdigest()
    for signature, status in ((None, 403), ("0" * 64, 403), (good, 200)):
        body = {"external_id": "ada", "signature": signature}
        assert (await api.call("PUT", "/v1/devices/me/person", phone.key, body)).status_code == status


async def test_logging_out_leaves_an_anonymous_person(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    ada = (await api.call("GET", "/v1/devices/me", phone.key)).json()
    assert ada["external_id"] == "ada"
    left = (await api.call("DELETE", "/v1/devices/me/person", phone.key)).json()
    assert left["external_id"] is None
    assert left["person_id"] != ada["person_id"]


async def test_preferences_keep_what_is_not_named(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    consent = {"promotion": True, "at": "2025-03-01T10:00:00+02:00", "source": "sign-up"}
    await api.call("PUT", "/v1/me/preferences", phone.key, {"categories": {"offers": {"push": False}}})
    answer = await api.call("PUT", "/v1/me/preferences", phone.key, {"consent": consent})
    assert answer.status_code == 200
    kept = (await api.call("GET", "/v1/me/preferences", phone.key)).json()
    assert kept["categories"] == {"offers": {"push": False, "inbox": True, "email": True}}
    assert kept["consent"]["at"] == "2025-03-01T08:00:00Z"


async def test_a_phone_whose_clock_is_fast_can_consent_and_is_written_down_at_our_time(
    api: Api, tenant: Tenant
) -> None:
    phone = await api.phone(tenant, "fast-clock")
    fast = datetime.now(UTC) + timedelta(minutes=3)
    consent = {"promotion": True, "at": fast.isoformat()}
    answer = await api.call("PUT", "/v1/me/preferences", phone.key, {"consent": consent})
    assert answer.status_code == 200, answer.text
    assert datetime.fromisoformat(answer.json()["consent"]["at"]) < fast - timedelta(minutes=2)


async def test_whoever_uses_the_device_next_never_sees_the_former_persons_inbox(
    api: Api, tenant: Tenant, worker: None
) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    campaign = await api.launch(tenant, audience={"include": {"external_ids": ["ada"]}})
    await api.sent(tenant, campaign)
    adas = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"][0]

    async def sees_nothing() -> None:
        assert (await api.call("GET", "/v1/inbox", phone.key)).json()["items"] == []
        assert (await api.call("GET", "/v1/inbox/summary", phone.key)).json() == {"unread": 0, "unseen": 0}
        assert (await api.call("POST", f"/v1/inbox/{adas['id']}/read", phone.key)).status_code == 404

    assert (await api.call("PUT", "/v1/devices/me/person", phone.key, {"external_id": "bob"})).status_code == 200
    await sees_nothing()
    assert (await api.call("DELETE", "/v1/devices/me/person", phone.key)).status_code == 200
    await sees_nothing()
    # Logging in again brings hers back, and nothing of what was there between.
    assert (await api.call("PUT", "/v1/devices/me/person", phone.key, {"external_id": "ada"})).status_code == 200
    assert [each["id"] for each in (await api.call("GET", "/v1/inbox", phone.key)).json()["items"]] == [adas["id"]]


async def test_logging_in_brings_along_what_the_anonymous_person_had_once(
    api: Api, tenant: Tenant, worker: None
) -> None:
    phones = [await api.phone(tenant, f"install-{n}", topics=["news"], tags={"plan": "gold"}) for n in range(2)]
    campaign = await api.launch(tenant)
    await api.sent(tenant, campaign)
    body = {"external_id": "ada"}
    calls = [api.call("PUT", "/v1/devices/me/person", phone.key, body) for phone in (*phones, *phones)]
    answers = await asyncio.gather(*calls)
    assert {answer.json()["external_id"] for answer in answers} == {"ada"}
    assert len({answer.json()["person_id"] for answer in answers}) == 1
    for phone in phones:
        items = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"]
        assert [each["campaign_id"] for each in items] == [campaign]
        device = (await api.call("GET", "/v1/devices/me", phone.key)).json()
        assert (device["topics"], device["tags"]) == (["news"], {"plan": "gold"})
    people = api.engine.database.collection("people")
    assert await people.count_documents({"app_id": tenant.app_id}) == 1
