"""One campaign to many: from launch until every delivery is settled in the ledger, and the same sends without one."""

import asyncio
from collections.abc import Mapping, Sequence

from push.devices.model import Device
from sdk_contracts.wire.audience import Audience, Rule
from tests.bench import limits
from tests.bench.processes import NO_QUOTA, command, memory_mib
from tests.bench.sends import Sent
from tests.bench.stand import CONTENT, Stand, until
from tests.bench.table import Table
from tests.bench.web_push_parts import web_push_parts
from tests.fleet import Fleet

WARM = 100
KEY_PAIRS = 200
FIREBASE_MESSAGES = 1000
PYWEBPUSH_MESSAGES = 1000
LONGEST_SECONDS = 60.0
COLUMNS = (
    "", "messages", "messages/s", "CPU µs/message: sender", "database", "provider",
    "Fanfare's rate ÷", "Fanfare's sender CPU ÷",
)  # fmt: skip


async def fcm(stand: Stand, phones: int) -> Table:
    fleet = await stand.fleet("Phones")
    devices = await stand.phones(fleet, WARM, topics=("warm",)) + await stand.phones(fleet, phones - WARM)
    ours, memory = await _campaign(stand, fleet, len(devices))
    held, _ = await _campaign(stand, fleet, len(devices), ", at most a project's 10,000/s", {})
    notifications = stand.notifications(devices)
    bare = await limits.bare_fcm(stand, notifications)
    firebase = await limits.firebase(stand, notifications[:FIREBASE_MESSAGES])
    return _table(f"Fan-out by FCM to {phones:,} phones", ours, [held, bare, firebase], memory)


async def web_push(stand: Stand, browsers: int) -> Table:
    fleet = await stand.fleet("Browsers")
    devices: list[Device] = await stand.browsers(fleet, WARM, KEY_PAIRS, topics=("warm",))
    devices += await stand.browsers(fleet, browsers - WARM, KEY_PAIRS)
    ours, memory = await _campaign(stand, fleet, len(devices))
    notifications = stand.notifications(devices)
    others = await limits.bare_web_push(stand, notifications)
    others += await web_push_parts(stand, notifications)
    others.append(await limits.pywebpush(stand, notifications[:PYWEBPUSH_MESSAGES]))
    return _table(f"Fan-out by Web Push to {browsers:,} browsers", ours, others, memory)


async def _campaign(
    stand: Stand, fleet: Fleet, count: int, name: str = "", environment: Mapping[str, str] = NO_QUOTA
) -> tuple[Sent, float]:
    """What a campaign to everybody took, and the worker's memory after it in MiB."""
    with command(stand.settings, "worker", environment=environment) as worker:
        warm = await fleet.launch(content=CONTENT, audience=Audience(include=Rule(topics=["warm"])))
        await fleet.until(warm)
        await asyncio.sleep(2)  # The processes that encrypt come with the first large batch.
        campaign = await fleet.campaign(content=CONTENT)
        watch = stand.watch(worker=worker)
        await stand.engine.campaigns.launch(fleet.app_id, campaign.id)

        async def settled() -> bool:
            counts = (await stand.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push")
            return counts is not None and counts["accepted"] >= count

        await until(settled, LONGEST_SECONDS)
        return Sent(f"Fanfare, launch to settled ledger{name}", count, watch.stop(), "worker"), memory_mib(worker)


def _table(title: str, ours: Sent, others: Sequence[Sent], memory: float) -> Table:
    rows = [_row(ours, None), *(_row(each, ours) for each in others)]
    notes = [
        *(f"- {each.name}: {each.usage.bound()}." for each in (ours, *others)),
        f"- The worker takes {memory:,.0f} MiB.",
    ]
    return Table(title, COLUMNS, rows, notes)


def _row(sent: Sent, ours: Sent | None) -> list[str]:
    ledger = sent.sender != "bench"
    return [
        sent.name,
        f"{sent.messages:,}",
        f"{sent.rate:,.0f}",
        f"{sent.micros:,.0f}",
        f"{sent.usage.micros('database', sent.messages):,.0f}" if ledger else "–",
        f"{sent.usage.micros('sandbox', sent.messages):,.0f}",
        f"{ours.rate / sent.rate:.2f}" if ours else "",
        f"{ours.micros / sent.micros:.2f}" if ours else "",
    ]
