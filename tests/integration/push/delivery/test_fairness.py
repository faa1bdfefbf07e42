"""Several campaigns share a worker fairly, and several workers one campaign (check 21)."""

import asyncio
from datetime import timedelta

import pytest

from push.campaigns.model import Campaign
from push.delivery.listening import Listening
from push.delivery.model import BATCH_SIZE, numbered
from push.engine import Engine
from push.processes.service import Processes
from push.processes.store import ProcessStore
from sdk_contracts.sandbox import Behaviour
from sdk_contracts.wire.audience import Audience, Rule
from tests.fleet import Fleet, working


def to(topic: str) -> Audience:
    return Audience(include=Rule(topics=[topic]))


async def accepted(fleet: Fleet, campaign: Campaign) -> int:
    counts = (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push")
    return counts["accepted"] if counts else 0


async def test_a_small_campaign_behind_a_huge_one_flows_at_once(fleet: Fleet, engine: Engine) -> None:
    for _ in range(8):
        await fleet.phones(2 * BATCH_SIZE, topics=("huge",))
    await fleet.phones(3, topics=("small",))
    fleet.fcm.behaviour = Behaviour(latency=0.3)
    async with working(engine):
        huge = await fleet.launch(audience=to("huge"))
        while not await accepted(fleet, huge):
            await asyncio.sleep(0.01)
        small = await fleet.until(await fleet.launch(audience=to("small")))
        assert await accepted(fleet, small) == 3
        assert await accepted(fleet, huge) < 14 * BATCH_SIZE
        await fleet.until(huge, seconds=60)


async def test_two_campaigns_get_on_at_the_same_pace(fleet: Fleet, engine: Engine) -> None:
    for topic in ("one", "two"):
        for _ in range(4):
            await fleet.phones(2 * BATCH_SIZE, topics=(topic,))
    fleet.fcm.behaviour = Behaviour(latency=0.2)
    one, two = [await fleet.launch(audience=to(topic)) for topic in ("one", "two")]
    async with working(engine):
        async with asyncio.timeout(60):
            # The one that is planned first has a head start of what a worker sends at a time: six batches.
            while max(done := [await accepted(fleet, each) for each in (one, two)]) < 7 * BATCH_SIZE:
                await asyncio.sleep(0.02)
        assert min(done) >= 2 * BATCH_SIZE, done
        for campaign in (one, two):
            await fleet.until(campaign, seconds=60)
    for campaign in (one, two):
        assert (await fleet.counts(campaign)).conserved
        assert await fleet.recounted(campaign)


async def test_what_a_worker_had_no_room_for_has_its_turn_though_nobody_tells_of_it(
    fleet: Fleet, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("push.delivery.planning._PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("push.delivery.dispatch.BATCHES_AT_ONCE", 1)
    monkeypatch.setattr("push.worker.POLL_SECONDS", 60.0)

    async def hears_nothing(self: Listening) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Listening, "run", hears_nothing)
    await fleet.phones(2 * BATCH_SIZE)
    await fleet.phones(BATCH_SIZE)
    fleet.fcm.behaviour = Behaviour(latency=0.5)
    campaign = await fleet.launch()
    async with working(engine):
        assert (await fleet.finished(campaign, seconds=30))["accepted"] == 3 * BATCH_SIZE


async def test_a_worker_that_has_just_come_is_counted_when_a_campaign_is_launched(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(1)
    async with working(engine):
        assert engine.processes.live_workers == 1
        other = Processes(engine.database, ProcessStore(engine.database), "worker", timedelta(minutes=1))
        await other.join()
        await fleet.finished(await fleet.launch(), seconds=30)
        assert engine.processes.live_workers == 2
        await other.leave()


@pytest.mark.usefixtures("no_breaker")
async def test_what_nobody_holds_is_taken_by_campaigns_in_turn(fleet: Fleet, engine: Engine) -> None:
    """Planned while the provider was down, so that all of it waits at once."""
    for topic in ("one", "two"):
        await fleet.phones(2 * BATCH_SIZE, topics=(topic,))
    fleet.fcm.answer("unavailable")
    one, two = [await fleet.launch(audience=to(topic)) for topic in ("one", "two")]
    batches, rows = engine.database.collection("batches"), engine.database.collection("deliveries")
    planned = {numbered(campaign.id, number) for campaign in (one, two) for number in range(2)}
    untouched = {"app_id": fleet.app_id, "_id": {"$in": list(planned)}}
    async with working(engine):
        async with asyncio.timeout(60):
            while await rows.count_documents({"app_id": fleet.app_id}) < 4 * BATCH_SIZE:
                await asyncio.sleep(0.05)
            while await batches.count_documents(untouched):
                await asyncio.sleep(0.05)
        # An outage rewrites few rows: most of a batch come again in the lot they were planned in. Those who were not
        # even sent, because the lane's window had closed by then, come back sooner than those the provider refused.
        lots = {batch["lot"] async for batch in batches.find({"app_id": fleet.app_id})}
        assert lots >= planned
        stayed = await rows.count_documents({"app_id": fleet.app_id, "lot": {"$in": list(planned)}})
        assert stayed >= 3 * BATCH_SIZE, stayed
        fleet.fcm.reset()
        await batches.update_many({"app_id": fleet.app_id}, {"$set": {"due_at": engine.clock.now()}})
        for campaign in (one, two):
            await fleet.until(campaign, seconds=60)
            assert await accepted(fleet, campaign) == 2 * BATCH_SIZE
            assert await fleet.recounted(campaign)
