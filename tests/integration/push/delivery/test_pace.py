"""`limits.per_minute`, whoever sends (check 21). Time is made up: it goes from one event to the next."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from push.campaigns.model import Campaign
from push.delivery import sending
from push.delivery.flow import pace
from push.delivery.flow.pace import Paces, batch_size
from push.delivery.flow.store import BucketStore
from push.delivery.model import Batch
from push.engine import Engine
from push.ids import new_id
from sdk_contracts.sandbox import Behaviour
from sdk_contracts.wire import campaigns as wire
from tests.fleet import Fleet, working

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def batch_of(campaign: Campaign, count: int) -> Batch:
    return Batch(
        id=new_id("bat"), app_id=campaign.app_id, campaign_id=campaign.id, channel="push", lot="",
        recipients=("dev",) * count, due_at=START,
    )  # fmt: skip


@pytest.mark.parametrize("per_minute", [10, 90, 1_000, 60_000])
async def test_two_workers_keep_a_campaign_to_its_pace_within_a_tenth_and_pay_back_no_pause(
    fleet: Fleet, engine: Engine, per_minute: int
) -> None:
    """Each looks for work once a second, as workers do; for ten minutes nobody does."""
    campaign = await fleet.campaign(limits=wire.Limits(per_minute=per_minute))
    clock, sent = FakeClock(), Counter[int]()
    workers = [Paces(BucketStore(engine.database), clock) for _ in range(2)]
    batch = batch_of(campaign, batch_size(campaign, "push"))
    for second in [*range(180), *range(800, 920)]:
        for place, worker in enumerate(workers):
            clock.seconds = second + place / 3
            while not worker.rests(campaign.id) and await worker.not_before(campaign, batch) is None:
                sent[second] += len(batch.recipients)
    minutes = [sum(sent[second] for second in range(start, start + 60)) for start in [*range(1, 120), *range(800, 860)]]
    assert max(minutes) <= 1.1 * per_minute + 1e-9
    assert min(minutes[:119]) >= 0.85 * per_minute


async def test_a_batch_is_a_second_and_a_halfs_worth_and_an_inbox_batch_is_whole(fleet: Fleet) -> None:
    slow = await fleet.campaign(limits=wire.Limits(per_minute=400))
    slowest = await fleet.campaign(limits=wire.Limits(per_minute=1))
    free = await fleet.campaign()
    assert [batch_size(each, "push") for each in (slow, slowest, free)] == [10, 1, pace.BATCH_SIZE]
    assert batch_size(slow, "inbox") == pace.BATCH_SIZE


async def test_two_workers_send_a_slow_campaign_evenly_and_lose_nobody(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(60)
    campaign = await fleet.launch(limits=wire.Limits(per_minute=600), channels=["push", "inbox"])
    async with working(engine), working(engine):
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        counts = await fleet.settled(campaign)
    assert (counts["accepted"], counts.conserved) == (60, True)
    assert set(fleet.fcm.deliveries.values()) == {1}
    times = sorted(message.at for message in fleet.fcm.messages)
    assert times[-1] - times[0] >= (60 - 25 - 2 * 16) / 10
    for start in times:
        assert sum(start <= at < start + 2 for at in times) <= 20 + 31
    assert await fleet.recounted(campaign)


async def test_a_slow_campaign_holds_up_no_other_and_two_share_fairly(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(50)
    fleet.fcm.behaviour = Behaviour(latency=0.01)
    slow = [await fleet.launch(limits=wire.Limits(per_minute=120)) for _ in range(2)]
    async with working(engine):
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        quick = await fleet.launch()
        assert (await fleet.settled(quick))["accepted"] == 50
        accepted = [(await fleet.counts(each))["accepted"] for each in slow]
        assert max(accepted) < 50
        assert abs(accepted[0] - accepted[1]) <= 18
        for each in slow:
            await engine.campaigns.cancel(fleet.app_id, each.id)
        for each in slow:
            await fleet.settled(each)


async def test_a_slow_campaign_that_is_cancelled_is_soon_settled(fleet: Fleet, engine: Engine) -> None:
    """What goes nowhere keeps no pace: at that pace it would be a minute and a half."""
    await fleet.phones(50)
    campaign = await fleet.launch(limits=wire.Limits(per_minute=30))
    async with working(engine):
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        await engine.campaigns.cancel(fleet.app_id, campaign.id)
        counts = await fleet.settled(campaign)
    assert counts.skipped_by_reason["cancelled"] == 50 - counts["accepted"] > 40


async def test_a_batch_that_was_handed_back_often_is_not_given_up(
    fleet: Fleet, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of a campaign that is paused for long: only claims that ended badly count."""
    monkeypatch.setattr(sending, "MAX_CLAIMS", 2)
    monkeypatch.setattr(sending, "PAUSED_RECHECK", timedelta())
    await fleet.phones(3)
    campaign = await fleet.launch(limits=wire.Limits(per_minute=60))
    named = {"app_id": fleet.app_id, "campaign_id": campaign.id}
    async with working(engine), asyncio.timeout(60):
        while not fleet.fcm.stats()["accepted"]:
            await asyncio.sleep(0.01)
        await engine.campaigns.pause(fleet.app_id, campaign.id)
        batches = engine.database.collection("batches")
        while max([batch["attempt"] async for batch in batches.find(named)]) < 5:
            await asyncio.sleep(0.05)
        await engine.campaigns.resume(fleet.app_id, campaign.id)
        counts = await fleet.settled(campaign)
    assert (counts["accepted"], counts["dead"]) == (3, 0)
