"""Schedules as a marketer asks for them: over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant, draft

LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()


async def composed(api: Api, tenant: Tenant, schedule: Any) -> Any:
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(schedule=schedule))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.mark.parametrize(
    ("schedule", "pointer"),
    [
        ({}, "/schedule/at"),
        ({"at": LATER, "repeat": "FREQ=SECONDLY"}, "/schedule/repeat"),
        ({"at": LATER, "repeat": "FREQ=DAILY;BYHOUR=25"}, "/schedule/repeat"),
        ({"at": LATER, "until": "2020-01-01T00:00:00Z"}, "/schedule/until"),
        ({"trigger": {"event": "cart"}, "local_time": True}, "/schedule/trigger"),
        ({"at": 1_900_000_000}, "/schedule/at"),
        ({"at": LATER, "repeat": "every monday"}, "/schedule/repeat"),
        ({"at": LATER, "tz": "Europe/Berlin"}, "/schedule"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_the_place(
    api: Api, tenant: Tenant, schedule: Any, pointer: str
) -> None:
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(schedule=schedule))
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_a_scheduled_campaign_is_launched_once_listed_paused_resumed_and_cancelled(
    api: Api, tenant: Tenant
) -> None:
    campaign = await composed(api, tenant, {"at": LATER})
    headers = {"Idempotency-Key": "launch-it"}
    for _ in range(2):
        answer = await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner, headers=headers)
        assert (answer.status_code, answer.json()["state"]) == (200, "scheduled")
        assert answer.json()["starts_at"] == answer.json()["schedule"]["at"]
    listed = await api.call("GET", "/v1/campaigns?state=scheduled", tenant.owner)
    assert [each["id"] for each in listed.json()["items"]] == [campaign]
    runs = await api.call("GET", f"/v1/campaigns?run_of={campaign}", tenant.owner)
    assert runs.json()["items"] == []
    for verb, state in (("pause", "paused"), ("resume", "scheduled"), ("cancel", "cancelled")):
        answer = await api.call("POST", f"/v1/campaigns/{campaign}/{verb}", tenant.owner)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    again = await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)
    assert again.status_code == 409


async def test_a_time_that_is_past_is_refused_at_the_launch(api: Api, tenant: Tenant) -> None:
    campaign = await composed(api, tenant, {"at": "2020-01-01T09:00:00Z"})
    answer = await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/schedule")


async def coming(api: Api, tenant: Tenant, schedule: Any, status: int = 200) -> Any:
    answer = await api.call("POST", "/v1/schedule/preview", tenant.owner, {"schedule": schedule, "count": 3})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_next_runs_are_told_by_the_apps_clocks_before_anything_is_saved(api: Api, tenant: Tenant) -> None:
    await api.call("PATCH", "/v1/settings", tenant.owner, {"timezone": "Europe/Berlin"})
    schedule = {"at": "2126-10-25T08:00:00Z", "repeat": "FREQ=WEEKLY;INTERVAL=1"}
    told = await coming(api, tenant, schedule)
    assert (told["timezone"], told["local_time"]) == ("Europe/Berlin", False)
    # Ten o'clock in summer, and ten o'clock after the clocks went back.
    assert told["starts"] == ["2126-10-25T08:00:00Z", "2126-11-01T09:00:00Z", "2126-11-08T09:00:00Z"]
    assert (await api.call("GET", "/v1/me", tenant.owner)).json()["timezone"] == "Europe/Berlin"


async def test_a_preview_of_a_schedule_tells_what_is_past_local_or_wrong(api: Api, tenant: Tenant) -> None:
    assert (await coming(api, tenant, {"at": "2020-01-01T00:00:00Z"}))["starts"] == []
    local = await coming(api, tenant, {"at": "2126-10-25T10:00:00Z", "local_time": True})
    assert (local["local_time"], local["starts"]) == (True, ["2126-10-25T10:00:00Z"])
    assert (await coming(api, tenant, {"trigger": {"event": "cart"}}))["starts"] != []
    wrong = await coming(api, tenant, {"at": LATER, "repeat": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, 400)
    assert wrong["errors"][0]["pointer"] == "/schedule/repeat"
