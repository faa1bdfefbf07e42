"""Events in batches of 500, as a gateway sends them, beside plain inserts of as many documents in the same database."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx

from push.campaigns.model import Campaign
from push.devices.model import Device
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
    with command(stand.settings, "worker"):
        campaigns = [await fleet.until(await fleet.launch(content=CONTENT), seconds=120) for _ in ("one", "two")]
    bare = await _inserts(stand, fleet.app_id)
    rows, notes = [["insert_many of 500, one at a time", *_figures(*bare, None)]], []
    one, two = ([_receipt(stand, campaign, device) for device in devices] for campaign in campaigns)
    async with _apis(stand, 1) as apis:
        for name, kind in (("received", "received"), ("opened", "opened"), ("received again", "received")):
            await _measure(stand, apis, name, _requests(one, [kind]), bare, rows, notes)
    async with _apis(stand, 2) as apis:
        for kind in ("received", "opened"):
            await _measure(stand, apis, f"{kind}, two API processes", _requests(two, [kind]), bare, rows, notes)
    for campaign in campaigns:
        counts = await fleet.counts(campaign)
        assert (counts["received"], counts["opened"]) == (PHONES, PHONES)
    notes.insert(0, f"- {CLIENTS} clients, no worker at work. Each event comes with its receipt.")
    return Table("Events in batches of 500", COLUMNS, rows, notes)


def _receipt(stand: Stand, campaign: Campaign, device: Device) -> str:
    return stand.engine.tokens.receipt(campaign.app_id, delivery_id(campaign.id, "push", device.id))


@asynccontextmanager
async def _apis(stand: Stand, count: int) -> AsyncIterator[dict[int, int]]:
    """Port → process id of so many API processes that answer."""
    with ExitStack() as running:
        apis = {}
        for _ in range(count):
            port = free_port()
            apis[port] = running.enter_context(
                command(stand.settings, module="api", environment={"FANFARE_API_PORT": str(port)})
            )
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                await answering(client, "/health/ready")
        yield apis


async def _measure(
    stand: Stand,
    apis: dict[int, int],
    name: str,
    requests: Sequence[bytes],
    bare: tuple[int, float, Usage],
    rows: list[list[str]],
    notes: list[str],
) -> None:
    """Each process gets its share of the clients and of the requests."""
    watch = stand.watch(**{f"api_{number}": pid for number, pid in enumerate(apis.values(), 1)})
    plans = [
        Plan(port, requests[number :: len(apis)], CLIENTS // len(apis), SECONDS, around=False)
        for number, port in enumerate(apis)
    ]
    results = await asyncio.gather(*map(load, plans))
    usage = watch.stop()
    assert {status for each in results for status in each.statuses} == {202}
    events, seconds = sum(each.answered for each in results) * BATCH, max(each.seconds for each in results)
    rows.append([f"POST /v1/events: {name}", *_figures(events, seconds, usage, bare)])
    rows[-1][3] = f"{results[0].percentile(0.5):.0f} / {results[0].percentile(0.99):.0f}"
    notes.append(f"- {name}: {usage.bound()}.")


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
    senders = [name for name in usage.cpu if name.startswith("api_")] if bare else ["bench"]
    return [
        f"{events:,}",
        f"{rate:,.0f}",
        "",
        f"{sum(usage.micros(name, events) for name in senders):,.0f}",
        f"{usage.micros('database', events):,.0f}",
        f"{rate / WANTED:.2f}",
        f"{rate / (bare[0] / bare[1]):.2f}" if bare else "",
    ]
