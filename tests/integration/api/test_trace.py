"""Why a person did or did not get a campaign."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from tests.fleet import provider_settings
from tests.integration.api.serving import Api, Tenant, draft, serving, working

TO_ADA = {"include": {"external_ids": ["ada"]}}
LATER = {"at": "2126-01-01T00:00:00Z"}


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


async def trace(api: Api, tenant: Tenant, campaign: str, person: str = "ada") -> Any:
    answer = await api.call("GET", f"/v1/people/{person}/trace?campaign_id={campaign}", tenant.owner)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(found: Any) -> list[tuple[str, str | None, str | None]]:
    return [(each["step"], each["channel"], each["reason"]) for each in found["steps"]]


async def composed(api: Api, tenant: Tenant, **fields: Any) -> str:
    created = await api.call("POST", "/v1/campaigns", tenant.owner, draft(**fields))
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


def address(name: str) -> dict[str, str]:
    return {"kind": "fcm_token", "token": f"{name}:{'x' * 60}"}


async def test_from_the_audience_to_the_click(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "one", external_id="ada", address=address("one"))
    campaign = await api.launch(tenant, audience=TO_ADA, channels=["push", "inbox"])
    await api.sent(tenant, campaign)
    rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients", tenant.owner)).json()["items"]
    pushed = next(each["delivery_id"] for each in rows if each["channel"] == "push")
    now = api.engine.clock.now().isoformat().replace("+00:00", "Z")
    events = [
        {"event_id": f"event-{kind}", "delivery_id": pushed, "kind": kind, "at": now}
        for kind in ("received", "opened", "clicked")
    ]
    reported = await api.call("POST", "/v1/events", phone.key, {"events": events})
    assert reported.json()["accepted"] == 3, reported.text
    found = await trace(api, tenant, campaign)
    assert (found["meant"], found["state"], found["variant"]) == (True, "sent", None)
    assert found["steps"][0]["step"] == "audience"
    push = [each for each in found["steps"] if each["channel"] == "push"]
    assert {each["step"] for each in push} >= {"accepted", "received", "opened", "clicked"}
    assert all(each["at"] and each["device_id"] == phone.id and each["delivery_id"] == pushed for each in push)
    assert ("accepted", "inbox", None) in told(found)
    assert [each["words"] for each in found["steps"] if each["step"] == "clicked"] == ["They followed the link."]


async def test_who_was_left_out_when_sending_is_told_why(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada", address=address("two"), opted_in=False)
    campaign = await api.launch(tenant, audience=TO_ADA, channels=["push"])
    await api.sent(tenant, campaign)
    found = await trace(api, tenant, campaign)
    assert told(found) == [("audience", None, None), ("skipped", "push", "opted_out")]
    assert found["steps"][1]["words"] == "It was not sent: they turned notifications off."

    promotion = await api.launch(tenant, audience=TO_ADA, kind="promotion")
    await api.sent(tenant, promotion)
    assert told(await trace(api, tenant, promotion))[1:] == [("skipped", "inbox", "no_consent")]


async def test_who_is_not_meant_is_told_why(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada", topics=["news"])
    await api.call("PUT", "/v1/people/bob", tenant.owner, {"relations": ["customer"]})
    cases = {
        "not_in_audience": {"include": {"topics": ["sport"]}},
        "excluded": {"include": {"all": True}, "exclude": {"topics": ["news"]}},
        "not_launched": {"include": {"topics": ["news"]}},
    }
    for reason, audience in cases.items():
        found = await trace(api, tenant, await composed(api, tenant, audience=audience))
        assert told(found) == [("audience", None, reason)]
        assert found["meant"] == (reason == "not_launched")
    campaign = await composed(api, tenant)
    assert told(await trace(api, tenant, campaign, "bob")) == [("audience", None, "no_device")]
    scheduled = await api.launch(tenant, schedule=LATER)
    await api.call("POST", f"/v1/campaigns/{scheduled}/cancel", tenant.owner)
    assert told(await trace(api, tenant, scheduled)) == [("audience", None, "cancelled_first")]


async def test_who_came_after_the_launch_is_told_so_and_sees_a_broadcast_all_the_same(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="bob", address=address("three"))
    pushed = await api.launch(tenant, channels=["push"])
    await api.sent(tenant, pushed)
    shown = await api.launch(tenant)
    await api.sent(tenant, shown)
    await api.phone(tenant, "two", external_id="ada", address=address("four"))
    found = await trace(api, tenant, pushed)
    assert (told(found), found["meant"]) == ([("audience", None, "came_later")], False)
    found = await trace(api, tenant, shown)
    assert (told(found), found["meant"]) == ([("audience", "inbox", None)], True)
    await api.call("POST", f"/v1/campaigns/{shown}/cancel", tenant.owner)


async def test_the_group_of_an_experiment_is_told(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada", address=address("five"))
    texts = {name: {"default_locale": "en", "translations": {"en": {"title": name}}} for name in ("a", "b")}
    variants = [{"name": name, "content": content} for name, content in texts.items()]
    campaign = await api.launch(tenant, audience=TO_ADA, experiment={"variants": variants})
    await api.sent(tenant, campaign)
    found = await trace(api, tenant, campaign)
    assert found["variant"] in ("a", "b")
    assert ("variant", None, found["variant"]) in told(found)


async def test_who_or_what_is_not_there_or_another_app_s_is_not_found(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    await api.phone(tenant, "one", external_id="ada")
    ours, theirs = await composed(api, tenant), await composed(api, other)
    for person, campaign in (("ada", theirs), ("ada", "cmp_0"), ("nobody", ours)):
        answer = await api.call("GET", f"/v1/people/{person}/trace?campaign_id={campaign}", tenant.owner)
        assert answer.status_code == 404, answer.text
    assert (await api.call("GET", "/v1/people/ada/trace", tenant.owner)).status_code == 400
    assert (await api.call("GET", f"/v1/people/ada/trace?campaign_id={theirs}", other.owner)).status_code == 404
