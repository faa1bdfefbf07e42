"""The inbox: what a page, a summary and a 304 cost with little and much in it."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from msgspec import Struct

from tests.bench.api_rates import answering, bare_server, free_port
from tests.bench.api_requests import request
from tests.bench.inbox_seeds import Case, case
from tests.bench.load import Plan, Result, load
from tests.bench.processes import command
from tests.bench.raw_calls import Call, RawCalls, repeat
from tests.bench.stand import Stand
from tests.bench.table import Table

CLIENTS = (1, 16, 64)
SECONDS = 0.6


class Kind(Struct, frozen=True):
    """One of the ways to ask."""

    name: str
    path: str
    status: int
    raw: Call


async def inbox_rates(stand: Stand) -> Table:
    """Requests a second of one API process, beside Litestar alone and the database calls alone."""
    cases = [
        await case(stand, "10 own items", people=50, own=10, broadcasts=0),
        await case(stand, "10,000 own items", people=1, own=10_000, broadcasts=0),
        await case(stand, "10 own, 1 broadcast", people=50, own=10, broadcasts=1),
        await case(stand, "10 own, 100 broadcasts", people=50, own=10, broadcasts=100),
        await case(stand, "10 own, 1,000 broadcasts", people=50, own=10, broadcasts=1000),
        await case(stand, "10 own, 100 to followers", people=50, own=10, broadcasts=100, topic="news"),
    ]
    raw = RawCalls(stand, cases[0].app_id, cases[0].phones)
    kinds = [
        Kind("page of 20", "/v1/inbox", 200, raw.page),
        Kind("304", "/v1/inbox", 304, raw.summary),
        Kind("summary", "/v1/inbox/summary", 200, raw.summary),
    ]
    rows = []
    with serving_api(stand) as (port, pid), bare() as (bare_port, bare_pid):
        await ready(port, "/health/ready")
        await ready(bare_port, "/v1/inbox/summary")
        for kind, clients in itertools.product(kinds, CLIENTS):
            watch = stand.watch(bare=bare_pid)
            one = Plan(
                bare_port,
                requests_of(stand, cases[0], kind.path, '"0"' if kind.status == 304 else ""),
                clients,
                SECONDS / 2,
                True,
            )
            alone = await load(one)
            alone_micros = watch.stop().micros("bare", alone.answered)
            watch = stand.watch()
            called = await repeat(kind.raw, clients, SECONDS / 2)
            raw_micros = watch.stop().micros("bench", called.count)
            for each in cases:
                tag = await _tags(stand, each, port) if kind.status == 304 else ""
                watch = stand.watch(api=pid)
                result = await load(Plan(port, requests_of(stand, each, kind.path, tag), clients, SECONDS, True))
                usage = watch.stop()
                assert set(result.statuses) <= {kind.status, 429}, result.statuses
                micros = usage.micros("api", result.answered)
                rows.append(
                    [
                        f"{kind.name}, {each.name}", f"{clients}", *_latency(result),
                        f"{result.statuses.get(429, 0) / result.answered:.0%}", f"{micros:,.0f}",
                        f"{usage.micros('database', result.answered):,.0f}", f"{alone.rate:,.0f}",
                        f"{called.count / called.seconds:,.0f}", f"{micros / (alone_micros + raw_micros):.2f}",
                        usage.bound(),
                    ]
                )  # fmt: skip
    columns = (
        "", "clients", "requests/s", "p50 / p99 ms", "turned away", "CPU µs: API", "database", "bare Litestar/s",
        "bare Motor/s",
        "API's CPU ÷ (Litestar + Motor)", "bound by",
    )  # fmt: skip
    return Table("Inbox", columns, rows, ["- Bare Motor: a device with its mailbox, and for a page one find of items."])


@contextmanager
def serving_api(stand: Stand, **variables: str) -> Iterator[tuple[int, int]]:
    """Port and process id."""
    port = free_port()
    with command(stand.settings, module="api", environment={"FANFARE_API_PORT": str(port), **variables}) as pid:
        yield port, pid


@contextmanager
def bare() -> Iterator[tuple[int, int]]:
    port = free_port()
    with bare_server(port) as pid:
        yield port, pid


async def ready(port: int, path: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await answering(client, path)


def keys(stand: Stand, seeded: Case) -> list[str]:
    return [stand.engine.tokens.device_key(seeded.app_id, phone.id) for phone in seeded.phones]


def requests_of(stand: Stand, seeded: Case, path: str, tags: str) -> list[bytes]:
    """`tags`: what each phone knows, as JSON by key; or one for all."""
    known = json.loads(tags) if tags.startswith("{") else {}
    return [
        request("GET", path, key, {"If-None-Match": known.get(key, tags)} if tags else None)
        for key in keys(stand, seeded)
    ]


async def _tags(stand: Stand, seeded: Case, port: int) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        found = {}
        for key in keys(stand, seeded):
            answer = await client.get("/v1/inbox", headers={"Authorization": f"Bearer {key}"})
            found[key] = answer.raise_for_status().headers["etag"]
    return json.dumps(found)


def _latency(result: Result) -> list[str]:
    return [f"{result.rate:,.0f}", f"{result.percentile(0.5):.1f} / {result.percentile(0.99):.1f}"]
