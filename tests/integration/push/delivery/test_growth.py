"""More phones take more time, and neither more memory (check 24) nor more commands for each."""

import asyncio
import sys
from pathlib import Path

import pytest

from push.engine import Engine, open_engine
from push.worker import open_worker
from sdk_contracts.wire.audience import Audience, Rule
from tests.bench.commands import listening
from tests.faults.conftest import WorkerProcess
from tests.fleet import Fleet

FEW, MANY = 16_000, 48_000
FIRST = Audience(include=Rule(topics=["first"]))


def peak_mib(pid: int) -> float:
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(said["VmHWM"].split()[0]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.timeout(240)
async def test_three_times_the_phones_take_a_worker_no_more_memory(fleet: Fleet, engine: Engine) -> None:
    worker = WorkerProcess(engine.settings)
    await worker.start()
    assert worker.process is not None
    try:
        for _ in range(FEW // 4000):
            await fleet.phones(4000)
        await fleet.until(await fleet.launch(), seconds=60)
        few = peak_mib(worker.process.pid)
        for _ in range((MANY - FEW) // 4000):
            await fleet.phones(4000)
        campaign = await fleet.until(await fleet.launch(), seconds=150)
        many = peak_mib(worker.process.pid)
    finally:
        await worker.end()
    assert (await fleet.counts(campaign))["accepted"] == MANY
    # What 32,000 phones more would take if they were all held at once is some 80 MiB.
    assert many < few + 20


async def test_the_commands_go_with_the_batches_and_not_with_the_phones(fleet: Fleet, engine: Engine) -> None:
    await fleet.phones(5000)
    with listening() as commands:
        async with open_engine(engine.settings) as other, open_worker(other) as worker:
            running = asyncio.create_task(worker.run())
            # The lane to the provider is opened once.
            await fleet.phones(1, topics=("first",))
            await fleet.until(await fleet.launch(audience=FIRST))
            commands.counting = True
            campaign = await fleet.until(await fleet.launch())
            commands.counting = False
            worker.stopping.set()
            await running
    assert (await fleet.counts(campaign))["accepted"] == 5001
    # Eleven a batch; five more for one that had to wait on a busy machine, and so is claimed and read again.
    assert 0 < commands.counts.total() <= 20 * 6, commands.counts
