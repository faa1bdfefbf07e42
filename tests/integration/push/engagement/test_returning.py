"""Who came back after a campaign, of those it reached and of those it did not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from push.engine import Engine, open_engine
from push.ledger.model import delivery_id
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, fleet_of, provider_settings, working


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm)) as running, working(running):
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    fcm.reset()
    async with fleet_of(engine, fcm) as new:
        yield new


async def test_who_came_back_is_told_of_the_reached_and_of_the_others(fleet: Fleet) -> None:
    engine, app_id = fleet.engine, fleet.app_id
    now = engine.clock.now()
    for device in await fleet.phones(4, opted_in=False):
        await engine.device_store.seen(app_id, device.id, now - timedelta(days=9))
    reached = await fleet.phones(3)
    silent = await fleet.phones(2)
    campaign = await fleet.until(await fleet.launch())
    for number, device in enumerate(reached):
        got = Event(
            event_id="a", kind="received", at=now, delivery_id=delivery_id(campaign.id, "push", device.id)
        )  # fmt: skip
        came = Event(event_id="b", kind="converted", name="app_open", at=now)
        await engine.engagement.record(app_id, device.id, [got, came] if number else [got])
    early = await engine.returners.of(campaign)
    assert early.cohorts["reached"].came_back == {}
    engine.returners._known.clear()
    eight_days_ago = now - timedelta(days=8)
    campaigns = engine.database.collection("campaigns")
    await campaigns.update_one({"app_id": app_id, "_id": campaign.id}, {"$set": {"launched_at": eight_days_ago}})
    long_ago = {"$set": {"last_seen_at": now - timedelta(days=6)}}
    await engine.database.collection("devices").update_one({"app_id": app_id, "_id": reached[0].id}, long_ago)
    found = await engine.returners.of(await engine.campaigns.get(app_id, campaign.id))
    assert (found.looked_at, found.sampled) == (9, False)
    shares = {
        name: (cohort.people, {day: share.count for day, share in cohort.came_back.items()})
        for name, cohort in found.cohorts.items()
    }
    assert shares == {"reached": (3, {1: 3, 7: 2}), "held_out": (0, {1: 0, 7: 0}), "not_sent": (4, {1: 4, 7: 4})}
    assert len(silent) == 2
