"""What an app and a person say about being disturbed, and that it is heard where it counts."""

from typing import Any

import pytest

from push.apps.model import QuietHours
from push.people.model import Gate
from tests.integration.api.serving import Api, Tenant, draft


async def settings(api: Api, tenant: Tenant) -> dict[str, Any]:
    answer = (await api.call("GET", "/v1/settings", tenant.owner)).json()
    return {name: answer[name] for name in ("timezone", "quiet_hours", "promotions_per_day")}


async def test_an_app_begins_with_the_limits_the_law_would_like(api: Api, tenant: Tenant) -> None:
    assert await settings(api, tenant) == {
        "timezone": "UTC",
        "quiet_hours": {"from": "21:00", "to": "08:00"},
        "promotions_per_day": 5,
    }


async def test_each_limit_is_changed_by_itself_and_lifted_by_null(api: Api, tenant: Tenant) -> None:
    hours = {"from": "22:30", "to": "06:15"}
    for change in (
        {"timezone": "Asia/Kolkata"},
        {"quiet_hours": hours},
        {"promotions_per_day": 2},
        {"quiet_hours": None},
        {"promotions_per_day": None},
    ):
        before = await settings(api, tenant)
        answer = await api.call("PATCH", "/v1/settings", tenant.owner, change)
        assert answer.status_code == 200, answer.text
        assert await settings(api, tenant) == {**before, **change}
    audit = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert audit[0]["details"] == {"fields": ["promotions_per_day"]}
    await api.call("PATCH", "/v1/settings", tenant.owner, {"name": "Shop", "timezone": None})
    assert await settings(api, tenant) == {"timezone": "Asia/Kolkata", "quiet_hours": None, "promotions_per_day": None}


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Nowhere/Land"},
        {"timezone": "../etc/passwd"},
        {"quiet_hours": {"from": "24:00", "to": "08:00"}},
        {"quiet_hours": {"from": "9:00", "to": "08:00"}},
        {"quiet_hours": {"from": "21:00"}},
        {"quiet_hours": {"from": "21:00", "to": "08:00", "on": "monday"}},
        {"promotions_per_day": 0},
        {"promotions_per_day": 2.5},
    ],
)
async def test_a_limit_that_cannot_be_meant_is_refused(api: Api, tenant: Tenant, change: dict[str, Any]) -> None:
    before = await settings(api, tenant)
    assert (await api.call("PATCH", "/v1/settings", tenant.owner, change)).status_code == 400
    assert await settings(api, tenant) == before


@pytest.mark.parametrize("role", ["marketer", "author", "analyst", "sender"])
async def test_only_an_owner_changes_the_apps_limits(api: Api, tenant: Tenant, role: Any) -> None:
    key = await api.key(tenant, role)
    assert (await api.call("PATCH", "/v1/settings", key, {"promotions_per_day": None})).status_code == 403


async def test_what_a_person_says_reaches_each_of_their_devices(api: Api, tenant: Tenant) -> None:
    phones = [await api.phone(tenant, f"install-{number}", external_id="ada") for number in range(2)]
    said = {
        "categories": {"offers": {"push": False}},
        "consent": {"promotion": True, "at": "2026-01-01T00:00:00Z"},
        "quiet_hours": {"from": "19:00", "to": "10:00"},
    }
    answer = await api.call("PUT", "/v1/me/preferences", phones[0].key, said)
    assert answer.json()["quiet_hours"] == said["quiet_hours"]
    later = await api.phone(tenant, "install-later", external_id="ada")
    for phone in (*phones, later):
        device = await api.engine.devices.get(tenant.app_id, phone.id)
        assert device.gate == Gate(
            consent=True, muted=("push:offers",), quiet_hours=QuietHours(from_="19:00", to="10:00")
        )
    bad = {"quiet_hours": {"from": "19:60", "to": "10:00"}}
    assert (await api.call("PUT", "/v1/me/preferences", phones[0].key, bad)).status_code == 400


async def test_a_campaign_keeps_the_limits_it_was_given(api: Api, tenant: Tenant) -> None:
    limits = {
        "per_minute": 600, "expires_at": "2099-01-01T00:00:00Z",
        "ignore_quiet_hours": True, "ignore_frequency_cap": True,
    }  # fmt: skip
    for wrong in (0, 600_001, 1.5, "many"):
        refused = await api.call("POST", "/v1/campaigns", tenant.owner, draft() | {"limits": {"per_minute": wrong}})
        assert refused.status_code == 400
    made = (await api.call("POST", "/v1/campaigns", tenant.owner, draft() | {"limits": limits})).json()
    assert made["limits"].items() >= limits.items()
    path = f"/v1/campaigns/{made['id']}"
    assert (await api.call("GET", path, tenant.owner)).json()["limits"] == made["limits"]
    changed = await api.call("PATCH", path, tenant.owner, {"limits": {}})
    assert (changed.json()["limits"]["ignore_quiet_hours"], changed.json()["limits"]["expires_at"]) == (False, None)
