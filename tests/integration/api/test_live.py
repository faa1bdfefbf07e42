"""Numbers as they move, for everybody who watches: `GET /v1/metrics/live`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from push.live import service
from push.settings import Settings
from sdk_contracts.sandbox import Behaviour, FcmStandIn, fcm_stand_in
from sdk_contracts.wire.apps import SettingsChange
from tests.fleet import Fleet, provider_settings
from tests.integration.api.serving import Api, serving, working


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def provided(settings: Settings, fcm: FcmStandIn) -> Settings:
    return provider_settings(settings, fcm)


@pytest.fixture(scope="module")
async def api(provided: Settings) -> AsyncIterator[Api]:
    async with serving(provided) as running, working(provided):
        yield running


@pytest.fixture
async def fleet(api: Api, fcm: FcmStandIn) -> Fleet:
    created = await api.engine.apps.create("Fleet")
    await api.engine.apps.change(created.app.id, SettingsChange(quiet_hours=None))
    await api.engine.apps.set_fcm_credentials(created.app.id, fcm.service_account("demo"))
    fcm.reset()
    return Fleet(api.engine, created, fcm)


@contextlib.asynccontextmanager
async def watching(api: Api, key: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with api.client.stream(
        "GET", "/v1/metrics/live", headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        async def events() -> AsyncIterator[dict[str, Any]]:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield msgspec.json.decode(line[6:])

        yield events()


async def test_who_watches_sees_what_is_sent_how_fast_and_by_which_lane(api: Api, fleet: Fleet) -> None:
    await fleet.phones(300)
    fleet.fcm.behaviour = Behaviour(latency=0.5)
    async with watching(api, fleet.created.secret_key) as events, asyncio.timeout(90):
        first = await anext(events)
        assert (first["campaigns"], first["queue"]["batches"], first["queue"]["oldest_waiting_seconds"]) == (
            [],
            0,
            None,
        )
        campaign = await fleet.campaign()
        await fleet.engine.campaigns.launch(fleet.app_id, campaign.id)
        accepted, lanes = 0.0, []
        seconds = service.EVERY_SECONDS
        async for live in events:
            mine = [each for each in live["campaigns"] if each["campaign_id"] == campaign.id]
            accepted += sum(each["per_second"].get("accepted", 0) * seconds for each in mine)
            lanes = live["lanes"] or lanes
            if mine and mine[0]["state"] == "sent" and lanes:
                break
        assert mine[0]["waiting"] == 0
        assert 200 < accepted < 400  # looks are two seconds apart, and a little more
        [lane] = [each for each in lanes if each["lane"] == "fcm"]
        assert lane["state"] == "open"
        assert (lane["window"], lane["limit_per_second"]) >= (300, 1000)


async def test_an_outage_shows_as_a_lane_that_has_stopped_and_a_queue_that_waits(api: Api, fleet: Fleet) -> None:
    await fleet.phones(200)
    fleet.fcm.answer("unavailable")
    campaign = await fleet.launch()
    async with watching(api, fleet.created.secret_key) as events, asyncio.timeout(90):
        async for live in events:
            states = {lane["state"] for lane in live["lanes"]}
            if states & {"stopped", "probing"} and live["queue"]["batches"]:
                break
        [mine] = live["campaigns"]
        assert mine["waiting"] == 200
        assert any(lane["bad"] >= 0 for lane in live["lanes"])
    await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)


async def test_many_who_watch_cost_one_look_and_more_than_fit_are_turned_away(
    api: Api, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_WATCHERS", 2)
    key = fleet.created.secret_key
    async with watching(api, key) as one, watching(api, key) as two:
        assert await anext(one)
        assert await anext(two)
        assert len(api.engine.live_numbers._looking) == 1
        refused = await api.call("GET", "/v1/metrics/live", key)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
    async with asyncio.timeout(30):
        while api.engine.live_numbers._looking:
            await asyncio.sleep(0.05)


async def test_a_stop_ends_every_watch(provided: Settings) -> None:
    async with contextlib.AsyncExitStack() as stack, serving(provided) as running:
        tenant = await running.tenant()
        events = await stack.enter_async_context(watching(running, tenant.owner))
        assert await anext(events)
        ending = asyncio.create_task(anext(events, None))
        running.engine.live_numbers.end_all()
        async with asyncio.timeout(30):
            assert await ending is None


async def test_who_asks_every_few_seconds_shares_one_look_with_all_others(
    api: Api, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "EVERY_SECONDS", 0.2)
    monkeypatch.setattr(service, "LINGER_SECONDS", 1.0)
    key, numbers = fleet.created.secret_key, api.engine.live_numbers
    answers = await asyncio.gather(*(api.call("GET", "/v1/metrics/now", key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["as_of"] for answer in answers}) <= 2
    assert len(numbers._looking) == 1
    await fleet.phones(50)
    campaign = await fleet.launch()
    async with asyncio.timeout(60):
        while True:
            live = (await api.call("GET", "/v1/metrics/now", key)).json()
            mine = [each for each in live["campaigns"] if each["campaign_id"] == campaign.id]
            if mine and mine[0]["per_second"].get("accepted"):
                break
            await asyncio.sleep(0.05)
    async with asyncio.timeout(30):
        while numbers._looking or numbers._latest or numbers._asked:
            await asyncio.sleep(0.1)
