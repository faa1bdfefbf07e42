"""What grows with the phones: time should in step; the worker's memory and the commands for each should not."""

import asyncio

from push.engine import open_engine
from push.worker import open_worker
from sdk_contracts.wire.audience import Audience, Rule
from tests.bench.commands import Commands, listening
from tests.bench.processes import NO_QUOTA, command, memory_mib, peak_memory_mib
from tests.bench.stand import CONTENT, Stand, until
from tests.bench.table import Table
from tests.fleet import Fleet

EVERYBODY = Audience(include=Rule(all=True))
SIZES = (1_000, 10_000, 100_000)
COUNTED = 10_000
LONGEST_SECONDS = 600.0
COLUMNS = ("phones", "seconds", "messages/s", "worker's memory, MiB: before", "peak", "after")


async def growth(stand: Stand, largest: int = SIZES[-1]) -> Table:
    """A fresh worker for each size; the commands are counted with a worker in this process."""
    rows = []
    for phones in sorted({*(size for size in SIZES if size < largest), largest}):
        fleet = await stand.fleet(f"{phones:,} phones")
        await stand.phones(fleet, 1, topics=("warm",))
        await stand.phones(fleet, phones - 1)
        with command(stand.settings, "worker", environment=NO_QUOTA) as worker:
            await _campaign(stand, fleet, 1, Audience(include=Rule(topics=["warm"])))
            before = memory_mib(worker)
            watch = stand.watch(worker=worker)
            await _campaign(stand, fleet, phones)
            seconds = watch.stop().seconds
            figures = (before, peak_memory_mib(worker), memory_mib(worker))
        rows.append([f"{phones:,}", f"{seconds:,.1f}", f"{phones / seconds:,.0f}", *(f"{mib:,.0f}" for mib in figures)])
    commands = await _commands(stand)
    each = ", ".join(
        f"{name} {where} {count / COUNTED * 1000:.1f}" if where != "1" else f"{name} {count / COUNTED * 1000:.1f}"
        for (name, where), count in commands.counts.most_common()
    )
    total = commands.counts.total() / COUNTED * 1000
    notes = [f"- Database commands for each 1,000 phones, counted over {COUNTED:,}: {total:.1f} ({each})."]
    return Table("Growth: FCM campaigns to more and more phones", COLUMNS, rows, notes)


async def _campaign(stand: Stand, fleet: Fleet, phones: int, audience: Audience = EVERYBODY) -> None:
    campaign = await fleet.launch(content=CONTENT, audience=audience)

    async def settled() -> bool:
        counts = (await stand.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push")
        return counts is not None and counts["accepted"] >= phones

    await until(settled, LONGEST_SECONDS)


async def _commands(stand: Stand) -> Commands:
    fleet = await stand.fleet("Counted")
    await stand.phones(fleet, COUNTED)
    with listening() as commands:
        async with open_engine(stand.settings) as engine, open_worker(engine) as worker:
            running = asyncio.create_task(worker.run())
            await asyncio.sleep(2)
            commands.counting = True
            await _campaign(stand, fleet, COUNTED)
            commands.counting = False
            worker.stopping.set()
            await running
    return commands
