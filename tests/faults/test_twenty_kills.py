"""Twenty workers are killed in the middle of one campaign to ten thousand devices (check 16)."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from push.campaigns.model import Campaign
from push.delivery.dispatch import BATCHES_AT_ONCE
from push.delivery.model import BATCH_SIZE
from push.ledger.model import Counts, delivery_id
from sdk_contracts.sandbox import Behaviour
from tests.faults.forked import ForkedWorker, batches_held_by
from tests.fleet import Fleet

DEVICES = 10_000
KILLS = 20
SLOW, QUICK = Behaviour(latency=0.1, latency_spread=3.0), Behaviour(latency=0.3, latency_spread=0.5)
STANDSTILL_SECONDS = 4.0
"""A worker that has moved nothing for so long is killed as it is."""
pytestmark = pytest.mark.timeout(300)


class Progress:
    """What the numbers say all the while."""

    def __init__(self, fleet: Fleet, campaign: Campaign) -> None:
        self._fleet, self._campaign = fleet, campaign
        self.seen: list[Counts] = []

    async def now(self) -> tuple[int, int, int]:
        """How many are planned at all, taken by the provider, and settled. They conserve at each moment."""
        counts = (await self._fleet.engine.ledger.funnel(self._fleet.app_id, self._campaign.id)).get("push")
        taken: int = self._fleet.fcm.stats()["accepted"]
        if counts is None:
            return 0, taken, 0
        assert counts.conserved, counts
        self.seen.append(counts)
        return counts["targeted"], taken, counts["accepted"]

    async def until_it_moves(self, place: int, worker_id: str) -> None:
        """Until this number of `now` has risen while the worker had batches, or for too long nothing has happened."""
        stop_at = time.monotonic() + STANDSTILL_SECONDS
        while not await batches_held_by(self._fleet, worker_id) and time.monotonic() < stop_at:
            await asyncio.sleep(0.005)
        before = await self.now()
        while (await self.now())[place] == before[place] and time.monotonic() < stop_at:
            await asyncio.sleep(0.005)


async def test_everybody_gets_it_although_the_worker_is_killed_twenty_times(
    fleet: Fleet, forked: Iterator[ForkedWorker]
) -> None:
    devices = await fleet.phones(DEVICES)
    campaign = await fleet.launch()
    progress, chance, in_flight = Progress(fleet, campaign), random.Random(), 0
    worker = next(forked)
    await worker.start()
    for kill in range(KILLS):
        planned, _, settled = await progress.now()
        behind = settled < DEVICES / 2 * kill / KILLS
        fleet.fcm.behaviour = QUICK if behind and kill else SLOW
        await worker.ready()
        await progress.until_it_moves(0 if planned < DEVICES else 2 if behind else 1, worker.id)
        await asyncio.sleep(chance.uniform(0, 0.1))
        successor = next(forked)
        if kill % 2:
            await successor.start()
            await successor.ready()
        assert await worker.end() == -9
        held = BATCH_SIZE * await batches_held_by(fleet, worker.id)
        assert held <= BATCHES_AT_ONCE * BATCH_SIZE
        in_flight += held
        worker = successor
        if not kill % 2:
            await worker.start()
    assert (await progress.now())[2] < DEVICES
    fleet.fcm.behaviour = QUICK
    counts = await fleet.finished(campaign, seconds=120)
    assert counts["accepted"] == counts["targeted"] == DEVICES
    assert await fleet.recounted(campaign)
    assert set(fleet.fcm.deliveries) == {delivery_id(campaign.id, "push", device.id) for device in devices}
    assert sum(fleet.fcm.deliveries.values()) - DEVICES <= in_flight
    assert max(fleet.fcm.deliveries.values()) <= KILLS + 1
