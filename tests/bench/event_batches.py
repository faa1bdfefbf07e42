"""Events in batches of 500, as a gateway sends them, beside plain inserts of as many documents in the same database."""

import itertools
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx

from push.ids import new_id
from push.ledger.model import delivery_id
from tests.bench.api_rates import answering, free_port
from tests.bench.api_requests import request
from tests.bench.load import Plan, load
from tests.bench.processes import Usage, command
from tests.bench.raw_calls import repeat
from tests.bench.stand import CONTENT, Stand
from tests.bench.table import Table

PHONES = 60_000
BATCH = 500
CLIENTS = 8
SECONDS = 60.0
WANTED = 10_000
COLUMNS = (
    "", "events", "events/s", "p50 / p99 ms a batch", "CPU µs/event: API", "database", "÷ 10,000/s", "÷ bare inserts",
)  # fmt: skip


async def event_batches(stand: Stand) -> Table:
    fleet = await stand.fleet("Phones that report")
    devices = await stand.phones(fleet, PHONES, locale="en-GB")
    port = free_port()
    with command(stand.settings, "worker"):
        campaign = await fleet.until(await fleet.launch(content=CONTENT), seconds=120)
    receipts = [
        stand.engine.tokens.receipt(fleet.app_id, delivery_id(campaign.id, "push", device.id)) for device in devices
    ]
    bare = await _inserts(stand, fleet.app_id)
    rows = [["insert_many of 500, one at a time", *_figures(*bare, None)]]
    with command(stand.settings, module="api", environment={"FANFARE_API_PORT": str(port)}) as api:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await answering(client, "/health/ready")
        watched = []
        for name, kinds in (("received", ["received"]), ("opened", ["opened"]), ("received again", ["received"])):
            watch = stand.watch(api=api)
            result = await load(Plan(port, _requests(receipts, kinds), CLIENTS, SECONDS, around=False))
            usage = watch.stop()
            assert set(result.statuses) == {202}, result.statuses
            watched.append((name, result, usage))
    for name, result, usage in watched:
        rows.append([f"POST /v1/events: {name}", *_figures(result.answered * BATCH, result.seconds, usage, bare)])
        rows[-1][3] = f"{result.percentile(0.5):.0f} / {result.percentile(0.99):.0f}"
    counts = await fleet.counts(campaign)
    assert (counts["received"], counts["opened"]) == (PHONES, PHONES)
    notes = [
        f"- {CLIENTS} clients, one API process, no worker at work. Each event comes with its receipt.",
        *(f"- {name}: {usage.bound()}." for name, _, usage in watched),
    ]
    return Table("Events in batches of 500", COLUMNS, rows, notes)


def _requests(receipts: Sequence[str], kinds: Sequence[str]) -> list[bytes]:
    at = datetime.now(UTC).isoformat()
    events = [
        {"event_id": new_id("evt"), "receipt": receipt, "kind": kind, "at": at}
        for receipt, kind in itertools.product(receipts, kinds)
    ]
    return [
        request("POST", "/v1/events", "", body={"events": events[start : start + BATCH]}).replace(
            b"Authorization: Bearer \r\n", b""
        )
        for start in range(0, len(events), BATCH)
    ]


async def _inserts(stand: Stand, app_id: str) -> tuple[int, float, Usage]:
    collection, now = stand.engine.database.collection("bench_events"), datetime.now(UTC)

    async def insert() -> None:
        stem = secrets.token_hex(12)
        documents = [
            {
                "_id": f"dlv_{stem}{number:08d}:received", "app_id": app_id, "campaign_id": stem, "delivery_id": stem,
                "kind": "received", "event_id": stem, "at": now, "received_at": now,
            }
            for number in range(BATCH)
        ]  # fmt: skip
        await collection.insert_many(documents, ordered=False)

    await insert()
    watch = stand.watch()
    called = await repeat(insert, 1, 3.0)
    return called.count * BATCH, called.seconds, watch.stop()


def _figures(events: int, seconds: float, usage: Usage, bare: tuple[int, float, Usage] | None) -> list[str]:
    rate = events / seconds
    sender = "api" if bare else "bench"
    return [
        f"{events:,}",
        f"{rate:,.0f}",
        "",
        f"{usage.micros(sender, events):,.0f}",
        f"{usage.micros('database', events):,.0f}",
        f"{rate / WANTED:.2f}",
        f"{rate / (bare[0] / bare[1]):.2f}" if bare else "",
    ]
