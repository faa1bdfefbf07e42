"""What the API answers a second, beside a bare Litestar route on the same server and the bare database calls."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from msgspec import Struct

from tests.bench.api_requests import Route, routes, seed
from tests.bench.load import Plan, Result, load
from tests.bench.processes import Usage, command
from tests.bench.raw_calls import Called, repeat
from tests.bench.stand import Stand, until
from tests.bench.table import Table

CLIENTS = (1, 16, 64)
SECONDS = 1.0
COLUMNS = (
    "", "clients", "requests/s", "p50 / p99 ms", "CPU µs: API", "database", "busiest",
    "bare Litestar/s", "p50 / p99 ms", "CPU µs", "bare Motor/s", "CPU µs", "API's CPU ÷ (Litestar + Motor)",
)  # fmt: skip


class Measured(Struct, frozen=True):
    route: Route
    clients: int
    api: Result
    api_usage: Usage
    bare: Result
    bare_usage: Usage
    raw: Called
    raw_usage: Usage

    def row(self) -> list[str]:
        api = self.api_usage.micros("api", self.api.answered)
        bare = self.bare_usage.micros("bare", self.bare.answered)
        raw = self.raw_usage.micros("bench", self.raw.count)
        return [
            self.route.name,
            f"{self.clients}",
            *_latency(self.api),
            f"{api:,.0f}",
            f"{self.api_usage.micros('database', self.api.answered):,.0f}",
            self._busiest(),
            *_latency(self.bare),
            f"{bare:,.0f}",
            f"{self.raw.count / self.raw.seconds:,.0f}",
            f"{raw:,.0f}",
            f"{api / (bare + raw):.2f}",
        ]

    def _busiest(self) -> str:
        name = max(self.api_usage.cpu, key=self.api_usage.share)
        return f"{name} {self.api_usage.share(name):.0%}"


def _latency(result: Result) -> list[str]:
    return [f"{result.rate:,.0f}", f"{result.percentile(0.5):.1f} / {result.percentile(0.99):.1f}"]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def bare_server(port: int) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare_api", str(port)])
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


async def answering(client: httpx.AsyncClient, path: str) -> None:
    async def answers() -> bool:
        try:
            return (await client.get(path)).is_success
        except httpx.TransportError:
            return False

    await until(answers)


async def api_rates(stand: Stand) -> Table:
    with command(stand.settings, "worker"):
        seeds = await seed(stand)
    port, bare_port = free_port(), free_port()
    with (
        command(stand.settings, module="api", environment={"FANFARE_API_PORT": str(port)}) as api,
        bare_server(bare_port) as bare,
    ):
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{bare_port}") as bare_client,
        ):
            await answering(client, "/health/ready")
            await answering(bare_client, "/v1/inbox/summary")
            measured = [
                await _measure(stand, route, clients, (port, api), (bare_port, bare))
                for route in await routes(stand, seeds, client)
                for clients in CLIENTS
            ]
    taken = sorted(each.api_usage.others for each in measured)
    notes = [
        "- One API process. “Busiest”: the share of a core that one process took; near 100 % it is the bound.",
        f"- Other programs took {taken[0]:.0%} to {taken[-1]:.0%} of the machine.",
        "- Bare Motor makes the same database calls one request at a time; events are stored in groups by the API.",
    ]
    return Table("API requests", COLUMNS, [each.row() for each in measured], notes)


async def _measure(stand: Stand, route: Route, clients: int, api: tuple[int, int], bare: tuple[int, int]) -> Measured:
    """`api` and `bare` are port and process id."""
    requests = route.take()
    watch = stand.watch(api=api[1])
    answered = await load(Plan(api[0], requests, clients, SECONDS, route.repeatable))
    usage = watch.stop()
    _check(answered, route.status)
    watch = stand.watch(bare=bare[1])
    bare_answered = await load(Plan(bare[0], requests, clients, SECONDS / 2, around=True))
    bare_usage = watch.stop()
    _check(bare_answered, route.status)
    watch = stand.watch()
    called = await repeat(route.raw, clients, SECONDS)
    return Measured(route, clients, answered, usage, bare_answered, bare_usage, called, watch.stop())


def _check(result: Result, status: int) -> None:
    assert set(result.statuses) == {status}, result.statuses
