"""A worker whose wall clock is five minutes off steals no lease and loses none (check 57)."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from push.engine import Engine
from sdk_contracts.sandbox import Behaviour
from tests.faults.forked import ForkedWorker, batches_held_by
from tests.fleet import Fleet

pytestmark = pytest.mark.timeout(300)

DEVICES = 6000
"""More than one worker takes at once."""
FIVE_MINUTES = 300.0
LEASE_SECONDS = 15.0


@pytest.fixture
def lease_seconds() -> float:
    return LEASE_SECONDS


@pytest.mark.parametrize(
    "clock_off", [(-FIVE_MINUTES, -FIVE_MINUTES, FIVE_MINUTES), (0.0, FIVE_MINUTES, -FIVE_MINUTES)]
)
async def test_a_clock_that_is_wrong_and_jumps_steals_no_lease_and_loses_none(
    engine: Engine, fleet: Fleet, forked: Iterator[ForkedWorker], tmp_path: Path, clock_off: tuple[float, ...]
) -> None:
    right, wrong = next(forked), ForkedWorker(engine.settings, tmp_path / "wrong.log", clock_off)
    try:
        await wrong.start()
        await wrong.ready()
        # One message first: providers give no access token to somebody five minutes ahead, which is another matter.
        await fleet.phones(1)
        await fleet.finished(await fleet.launch(), seconds=150)
        wrong.send(signal.SIGUSR1)
        await fleet.phones(DEVICES)
        await right.start()
        await right.ready()
        # The first messages take so long that leases are renewed meanwhile, which is each third of a lease.
        fleet.fcm.behaviour = Behaviour(latency=LEASE_SECONDS * 0.5)
        campaign = await fleet.launch()
        async with asyncio.timeout(60):
            while not all([await batches_held_by(fleet, worker.id) for worker in (right, wrong)]):
                await asyncio.sleep(0.02)
        wrong.send(signal.SIGUSR1)
        fleet.fcm.behaviour = Behaviour()
        counts = await fleet.finished(campaign, seconds=150)
        assert counts["accepted"] == counts["targeted"] == DEVICES + 1
        assert set(fleet.fcm.deliveries.values()) == {1}
        for worker in (right, wrong):
            assert "batch_settled" in worker.said()
            assert "lease_lost" not in worker.said()
            assert "process_lost" not in worker.said()
    finally:
        ended = [await worker.end(signal.SIGTERM) for worker in (wrong, right)]
    assert ended[0] in (0, 143)
