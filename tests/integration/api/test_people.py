"""What backends say of their people: attributes with types, relations, consent."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant


async def put(api: Api, tenant: Tenant, external_id: str = "ada", status: int = 200, **change: Any) -> dict[str, Any]:
    answer = await api.call("PUT", f"/v1/people/{external_id}", tenant.owner, change)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def log_of(api: Api, tenant: Tenant) -> list[dict[str, Any]]:
    found = api.engine.database.collection("consents").find({"app_id": tenant.app_id}, sort=[("_id", 1)])
    return [row async for row in found]


def consent(minutes_ago: float, *, promotion: bool) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {"promotion": promotion, "at": at.isoformat(), "source": "form", "text": "Send me offers."}


async def test_a_person_is_made_and_then_changed_by_what_is_named(api: Api, tenant: Tenant) -> None:
    made = await put(api, tenant, status=201, attributes={"name": "Ada", "visits": 3}, relations=["customer"])
    assert (made["attributes"], made["relations"], made["devices"]) == ({"name": "Ada", "visits": 3}, ["customer"], [])
    changed = await put(api, tenant, attributes={"visits": 4.5, "name": None, "vip": True})
    assert (changed["person_id"], changed["relations"]) == (made["person_id"], ["customer"])
    assert changed["attributes"] == {"visits": 4.5, "vip": True}
    both = await put(api, tenant, relations=["family", "employee", "family"])
    assert both["relations"] == ["employee", "family"]
    assert (await api.call("GET", "/v1/people/ada", tenant.owner)).json() == both
    assert (await put(api, tenant, relations=[]))["relations"] == []


async def test_who_is_not_known_is_not_found(api: Api, tenant: Tenant) -> None:
    assert (await api.call("GET", "/v1/people/nobody", tenant.owner)).status_code == 404
    assert (await api.call("GET", "/v1/people/no%20body", tenant.owner)).status_code == 400


async def test_the_first_value_fixes_the_type_for_the_whole_app(api: Api, tenant: Tenant) -> None:
    await put(api, tenant, status=201, attributes={"name": "Ada", "visits": 3, "vip": True})
    for wrong in ({"name": 3}, {"visits": "3"}, {"vip": 1}, {"visits": True}):
        answer = await api.call("PUT", "/v1/people/bob", tenant.owner, {"attributes": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/attributes/{next(iter(wrong))}")
    assert (await api.call("GET", "/v1/people/bob", tenant.owner)).status_code == 404
    settings = (await api.call("GET", "/v1/settings", tenant.owner)).json()
    assert settings["attributes"] == {"name": "string", "visits": "number", "vip": "bool"}
    other = await api.tenant("Other")
    await put(api, other, status=201, attributes={"name": 3})


async def test_of_two_first_values_at_once_one_type_wins(api: Api, tenant: Tenant) -> None:
    calls = [
        api.call("PUT", f"/v1/people/p{number}", tenant.owner, {"attributes": {"size": value}})
        for number, value in enumerate(["XL", 42] * 4)
    ]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [400] * 4


async def test_a_declared_date_is_a_date_and_stays_one(api: Api, tenant: Tenant) -> None:
    declared = {"attributes": {"born": "date"}}
    assert (await api.call("PATCH", "/v1/settings", tenant.owner, declared)).status_code == 200
    person = await put(api, tenant, status=201, attributes={"born": "1990-05-01"})
    assert person["attributes"]["born"] == "1990-05-01T00:00:00Z"
    person = await put(api, tenant, attributes={"born": "1990-05-01T02:00:00+02:00"})
    assert person["attributes"]["born"] == "1990-05-01T00:00:00Z"
    for wrong in ("yesterday", 1990, "1990-02-30", "1990-05-01T00:00:00", "0001-01-01T00:00:00+14:00"):
        answer = await api.call("PUT", "/v1/people/ada", tenant.owner, {"attributes": {"born": wrong}})
        assert answer.status_code == 400, wrong
    again = await api.call("PATCH", "/v1/settings", tenant.owner, {"attributes": {"born": "string"}})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (400, "/attributes/born")


async def test_attributes_are_bounded(api: Api, tenant: Tenant) -> None:
    await put(api, tenant, status=201, attributes={f"a{number}": 1 for number in range(100)})
    for change in ({"one_more": 1}, {"$where": 1}, {"a.b": 1}, {"a0": "x" * 513}, {"a0": 2**53}, {"a0": [1]}):
        answer = await api.call("PUT", "/v1/people/ada", tenant.owner, {"attributes": change})
        assert answer.status_code == 400, change
    await put(api, tenant, attributes={"a0": None, "one_more": 1})


async def test_many_who_say_something_of_one_new_person_at_once_make_one_person(api: Api, tenant: Tenant) -> None:
    calls = [api.call("PUT", "/v1/people/ada", tenant.owner, {"attributes": {f"a{n}": n}}) for n in range(8)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len((await put(api, tenant))["attributes"]) == 8


async def test_consent_is_written_down_each_time_it_changes_and_never_rewritten(api: Api, tenant: Tenant) -> None:
    yes, no = consent(20, promotion=True), consent(10, promotion=False)
    await put(api, tenant, status=201, consent=yes)
    first = await log_of(api, tenant)
    assert (await put(api, tenant, consent=yes))["consent"]["promotion"] is True
    assert (await put(api, tenant, consent=no))["consent"]["promotion"] is False
    log = await log_of(api, tenant)
    assert [row["promotion"] for row in log] == [True, False]
    assert log[:1] == first
    assert (log[0]["source"], log[0]["text"]) == ("form", "Send me offers.")


async def test_a_yes_that_comes_late_does_not_undo_a_no_but_is_written_down(api: Api, tenant: Tenant) -> None:
    await put(api, tenant, status=201, consent=consent(10, promotion=False))
    after = await put(api, tenant, consent=consent(60, promotion=True))
    assert after["consent"]["promotion"] is False
    assert [row["promotion"] for row in await log_of(api, tenant)] == [False, True]
    assert (await put(api, tenant, consent=consent(1, promotion=True)))["consent"]["promotion"] is True
    # A no counts whenever it comes: a phone that was offline may have had it for long.
    assert (await put(api, tenant, consent=consent(90, promotion=False)))["consent"]["promotion"] is False


async def test_what_a_backend_says_reaches_the_persons_devices(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    hours = {"from": "22:00", "to": "07:00"}
    change = {"categories": {"offers": {"push": False}}, "consent": consent(1, promotion=True), "quiet_hours": hours}
    person = await put(api, tenant, **change)
    assert [device["device_id"] for device in person["devices"]] == [phone.id]
    preferences = (await api.call("GET", "/v1/me/preferences", phone.key)).json()
    assert preferences["consent"]["promotion"] is True
    assert preferences["quiet_hours"]["from"] == "22:00"
    gate = (await api.engine.device_store.get(tenant.app_id, phone.id)).gate  # type: ignore[union-attr]
    assert (gate.consent, gate.muted) == (True, ("push:offers",))


async def test_a_device_sees_itself_and_nothing_of_its_persons_other_devices(api: Api, tenant: Tenant) -> None:
    address = {"kind": "fcm_token", "token": "secret-token"}
    one = await api.phone(tenant, "install-1", external_id="ada", model="Pixel", address=address)
    two = await api.phone(tenant, "install-2", external_id="ada")
    seen = (await api.call("GET", "/v1/devices/me", two.key)).text
    assert one.id not in seen
    assert "Pixel" not in seen
    assert (await api.call("GET", "/v1/people/ada", two.key)).status_code == 403
    person = await api.call("GET", "/v1/people/ada", tenant.owner)
    assert {device["device_id"] for device in person.json()["devices"]} == {one.id, two.id}
    assert "secret-token" not in person.text


@pytest.mark.parametrize("name", ["news", "news/sports", "news/sports/tennis"])
async def test_who_follows_a_topic_is_meant_by_all_that_lies_below_it(api: Api, tenant: Tenant, name: str) -> None:
    await api.phone(tenant, "install-1", topics=["news"])
    estimate = {"audience": {"include": {"topics": [name]}}}
    assert (await api.call("POST", "/v1/audience/estimate", tenant.owner, estimate)).json()["devices"] == 1
    estimate = {"audience": {"include": {"topics": ["newspaper"]}}}
    assert (await api.call("POST", "/v1/audience/estimate", tenant.owner, estimate)).json()["devices"] == 0
