"""Messages that cannot be sent, and marketers who change their minds; each test has workers of its own."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from push.delivery.dispatch import BATCHES_AT_ONCE
from push.delivery.model import BATCH_SIZE
from push.delivery.retry import MAX_TRIES
from push.engine import Engine
from push.errors import IllegalMove, Invalid
from sdk_contracts.sandbox import Behaviour
from sdk_contracts.wire import campaigns as wire
from tests.fleet import Fleet, working


async def test_a_message_that_keeps_failing_ends_as_a_dead_letter_and_the_rest_flow(
    fleet: Fleet, engine: Engine
) -> None:
    phones = await fleet.phones(30)
    poison = phones[7]
    fleet.fcm.answer("unavailable", token=poison.address.token)  # type: ignore[union-attr]
    batches = engine.database.collection("batches")
    async with working(engine):
        campaign = await fleet.launch()
        async with asyncio.timeout(30):
            while (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push") is None or (
                await fleet.counts(campaign)
            )["dead"] == 0:
                # Waits are minutes by design: make what waits due at once.
                await batches.update_many(
                    {"app_id": fleet.app_id, "owner": None},
                    {"$set": {"due_at": datetime.now(UTC) - timedelta(hours=1)}},
                )
                await asyncio.sleep(0.05)
        counts = await fleet.counts(campaign)
        assert (counts["accepted"], counts.dead_by_reason) == (29, {"http_503": 1})
        assert fleet.fcm.stats()["refused"] == {"unavailable": MAX_TRIES}
        assert counts.conserved
        assert await fleet.recounted(campaign)
        await fleet.until(campaign)


async def test_cancelling_stops_within_one_batch_per_worker(fleet: Fleet, engine: Engine) -> None:
    total = BATCH_SIZE * (BATCHES_AT_ONCE + 4)
    await fleet.phones(total)
    fleet.fcm.behaviour = Behaviour(latency=0.3)
    async with working(engine):
        campaign = await fleet.launch()
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)
        in_flight = fleet.fcm.stats()["accepted"] + BATCHES_AT_ONCE * BATCH_SIZE
        counts = await fleet.settled(campaign)
    assert counts["accepted"] <= in_flight < total
    assert counts.skipped_by_reason["cancelled"] == counts["targeted"] - counts["accepted"]
    assert counts.conserved
    assert (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).state == "cancelled"


async def test_what_expired_before_it_was_sent_is_skipped(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(3)
    soon = engine.clock.now() + timedelta(seconds=0.3)
    campaign = await fleet.launch(limits=wire.Limits(expires_at=soon))
    await asyncio.sleep(0.4)
    async with working(engine):
        counts = await fleet.settled(campaign)
    assert counts.skipped_by_reason == {"expired": 3}
    assert not fleet.fcm.deliveries


async def test_moves_a_campaign_cannot_make_are_refused_and_change_nothing(fleet: Fleet) -> None:
    campaign = await fleet.launch()
    with pytest.raises(IllegalMove):
        await fleet.engine.campaigns.launch(fleet.app_id, campaign.id)
    with pytest.raises(IllegalMove):
        await fleet.engine.campaigns.change(fleet.app_id, campaign.id, wire.CampaignChange(name="Late"))
    with pytest.raises(IllegalMove):
        await fleet.engine.campaigns.delete(fleet.app_id, campaign.id)
    assert (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).name == "Hello"


async def test_of_many_who_launch_at_once_one_does(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(5)
    campaign = await fleet.campaign()
    launches = (fleet.engine.campaigns.launch(fleet.app_id, campaign.id) for _ in range(10))
    answers = await asyncio.gather(*launches, return_exceptions=True)
    assert sum(not isinstance(answer, IllegalMove) for answer in answers) == 1
    async with working(engine):
        counts = await fleet.settled(campaign)
    assert (counts["targeted"], set(fleet.fcm.deliveries.values())) == (5, {1})


async def test_a_campaign_that_is_over_already_cannot_be_launched(fleet: Fleet) -> None:
    over = datetime.now(UTC) - timedelta(minutes=1)
    campaign = await fleet.campaign(limits=wire.Limits(expires_at=over))
    with pytest.raises(Invalid):
        await fleet.engine.campaigns.launch(fleet.app_id, campaign.id)


async def test_two_workers_share_a_campaign_and_send_nothing_twice(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(4000)
    async with working(engine), working(engine):
        campaign = await fleet.launch(channels=["push", "inbox"])
        await fleet.until(campaign)
    assert (await fleet.counts(campaign))["accepted"] == 4000
    assert set(fleet.fcm.deliveries.values()) == {1}


async def held_at(fleet: Fleet) -> int:
    """How many FCM has accepted, once that has not moved for a second: what was in flight goes out first."""
    before = -1
    while (now := int(fleet.fcm.stats()["accepted"])) != before:
        before = now
        await asyncio.sleep(1.0)
    return now


async def test_a_paused_campaign_waits_and_goes_on_where_it_was(fleet: Fleet, engine: Engine) -> None:
    total = BATCH_SIZE * (BATCHES_AT_ONCE + 4)
    await fleet.phones(total)
    fleet.fcm.behaviour = Behaviour(latency=0.3)
    async with working(engine):
        campaign = await fleet.launch()
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        await fleet.engine.campaigns.pause(fleet.app_id, campaign.id)
        held = await held_at(fleet)
        assert held < total
        await fleet.phones(1)  # registered while it was held back
        await fleet.engine.campaigns.resume(fleet.app_id, campaign.id)
        await fleet.until(campaign)
    counts = await fleet.counts(campaign)
    assert counts["accepted"] == counts["targeted"]
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert await fleet.recounted(campaign)


async def test_a_campaign_paused_until_all_was_settled_still_ends(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(3)
    fleet.fcm.behaviour = Behaviour(latency=0.5)
    async with working(engine):
        campaign = await fleet.launch()
        while (await engine.campaigns.get(fleet.app_id, campaign.id)).planned is False:
            await asyncio.sleep(0.01)
        await engine.campaigns.pause(fleet.app_id, campaign.id)
        await asyncio.sleep(1.5)
        assert (await engine.campaigns.get(fleet.app_id, campaign.id)).state == "paused"
        await engine.campaigns.resume(fleet.app_id, campaign.id)
        assert (await fleet.until(campaign)).finished_at is not None
    assert (await fleet.counts(campaign))["accepted"] == 3


@pytest.mark.parametrize("channels", [["push"], ["push", "inbox"]], ids=["push", "push and a broadcast"])
async def test_a_worker_told_to_stop_while_planning_leaves_the_rest_to_another(
    fleet: Fleet, engine: Engine, channels: list[str]
) -> None:
    await fleet.phones(3500)
    await fleet.phones(3500)
    campaign = await fleet.launch(channels=channels)
    pages = engine.database.collection("planned_pages")
    async with working(engine) as worker:
        while not await pages.find_one({"app_id": fleet.app_id, "campaign_id": campaign.id}):
            await asyncio.sleep(0.001)
        worker.stopping.set()
    assert (await engine.campaigns.get(fleet.app_id, campaign.id)).state == "sending"
    async with working(engine):
        await fleet.until(campaign)
    counts = await fleet.counts(campaign)
    assert counts["accepted"] == counts["targeted"] == 7000
    assert set(fleet.fcm.deliveries.values()) == {1}
