"""Workers share the work of one campaign, and hand on what they hold when they are asked to stop."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from sdk_contracts.sandbox import Behaviour
from tests.faults.forked import ForkedWorker, batches_held_by
from tests.fleet import Fleet

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def lease_seconds() -> float:
    return 15.0


async def test_two_workers_share_one_campaign_and_nobody_is_sent_to_twice(
    fleet: Fleet, forked: Iterator[ForkedWorker]
) -> None:
    await fleet.phones(8000)
    fleet.fcm.behaviour = Behaviour(latency=1.5)  # longer than a page that finds no room waits for some
    workers = [next(forked), next(forked)]
    for worker in workers:
        await worker.start()
        await worker.ready()
    campaign = await fleet.launch()
    counts = await fleet.finished(campaign, seconds=150)
    assert counts["accepted"] == 8000
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert await fleet.recounted(campaign)
    assert all("batch_settled" in worker.said() for worker in workers)


async def test_a_worker_that_is_asked_to_stop_leaves_no_lease_and_no_name_behind(
    fleet: Fleet, forked: Iterator[ForkedWorker]
) -> None:
    await fleet.phones(3000)
    fleet.fcm.behaviour = Behaviour(latency=0.3, latency_spread=0.3)
    stopped, before = next(forked), await fleet.engine.processes.alive()
    await stopped.start()
    await stopped.ready()
    campaign = await fleet.launch()
    async with asyncio.timeout(60):
        while not await batches_held_by(fleet, stopped.id):
            await asyncio.sleep(0.01)
    async with asyncio.timeout(60):
        assert await stopped.end(signal.SIGTERM) in (0, -signal.SIGTERM, 143)
    assert await batches_held_by(fleet, stopped.id) == 0
    assert {process.id for process in await fleet.engine.processes.alive()} <= {process.id for process in before}
    successor = next(forked)
    await successor.start()
    assert (await fleet.finished(campaign, seconds=150))["accepted"] == 3000
    assert set(fleet.fcm.deliveries.values()) == {1}
