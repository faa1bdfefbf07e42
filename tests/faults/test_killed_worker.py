"""Workers that die in the middle of a campaign (checks 16 and 17)."""

import asyncio
import signal

from push.campaigns.model import Campaign
from push.delivery.dispatch import BATCHES_AT_ONCE
from push.delivery.model import BATCH_SIZE
from sdk_contracts.sandbox import Behaviour
from tests.faults.conftest import WorkerProcess
from tests.fleet import Fleet

DEVICES = 4000


async def until_accepted(fleet: Fleet, count: int) -> None:
    async with asyncio.timeout(30):
        while fleet.fcm.stats()["accepted"] < count:
            await asyncio.sleep(0.002)


async def until_settled(fleet: Fleet, campaign: Campaign) -> None:
    """Until the first batch is settled."""
    async with asyncio.timeout(60):
        while not any(counts["accepted"] for counts in (await fleet.engine.ledger.funnel(*of(campaign))).values()):
            await asyncio.sleep(0.005)


def of(campaign: Campaign) -> tuple[str, str]:
    return campaign.app_id, campaign.id


async def accepted_rows(fleet: Fleet, campaign: Campaign) -> set[str]:
    rows = fleet.engine.ledger.store.all(fleet.app_id, campaign.id)
    return {row.id async for row in rows if row.accepted_at is not None}


async def test_everybody_gets_it_when_the_worker_is_killed_in_the_middle(
    fleet: Fleet, workers: list[WorkerProcess]
) -> None:
    await fleet.phones(DEVICES)
    fleet.fcm.behaviour = Behaviour(latency=0.5, latency_spread=1.0)
    campaign = await fleet.launch()
    await workers[0].start()
    await until_settled(fleet, campaign)
    assert await workers[0].end(signal.SIGKILL) == -signal.SIGKILL
    settled = await accepted_rows(fleet, campaign)
    assert len(settled) < DEVICES
    await workers[1].start()
    counts = await fleet.finished(campaign)
    assert counts["accepted"] == counts["targeted"] == DEVICES
    assert counts.conserved
    assert await fleet.recounted(campaign)
    assert len(fleet.fcm.deliveries) == DEVICES
    assert {fleet.fcm.deliveries[delivery] for delivery in settled} == {1}
    duplicates = sum(fleet.fcm.deliveries.values()) - DEVICES
    assert duplicates <= min(DEVICES - len(settled), BATCHES_AT_ONCE * BATCH_SIZE)


async def test_a_worker_that_is_asked_to_stop_hands_back_what_it_holds(
    fleet: Fleet, workers: list[WorkerProcess]
) -> None:
    await fleet.phones(DEVICES)
    fleet.fcm.behaviour = Behaviour(latency=0.05, latency_spread=0.3)
    campaign = await fleet.launch()
    await workers[0].start()
    await until_accepted(fleet, 100)
    async with asyncio.timeout(20):
        assert await workers[0].end(signal.SIGTERM) in (0, 143)
    await workers[1].start()
    counts = await fleet.finished(campaign)
    assert counts["accepted"] == DEVICES
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert await fleet.recounted(campaign)


async def test_a_worker_that_was_asleep_past_its_lease_settles_nothing(
    fleet: Fleet, workers: list[WorkerProcess]
) -> None:
    await fleet.phones(300)
    fleet.fcm.behaviour = Behaviour(latency=1.0)
    campaign = await fleet.launch()
    await workers[0].start()
    async with asyncio.timeout(30):
        while not await fleet.engine.database.collection("batches").find_one({"app_id": fleet.app_id, "attempt": 1}):
            await asyncio.sleep(0.01)
    assert workers[0].process is not None
    workers[0].process.send_signal(signal.SIGSTOP)
    await workers[1].start()
    await fleet.finished(campaign)
    workers[0].process.send_signal(signal.SIGCONT)
    await asyncio.sleep(2)
    counts = await fleet.counts(campaign)
    assert counts["accepted"] == counts["targeted"] == 300
    assert counts.conserved
    assert await fleet.recounted(campaign)
