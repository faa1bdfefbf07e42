"""A thousand open streams of inboxes, and two thousand clients that open the app at once."""

import asyncio
import itertools
import re
import time
from typing import cast

from push.audience.rules import Audience, Rule
from tests.bench.api_requests import request
from tests.bench.inbox import keys, ready, requests_of, serving_api
from tests.bench.inbox_seeds import broadcast, case, item, put_items
from tests.bench.stand import Stand
from tests.bench.table import Table

STREAMS = 1000
STORM = 2000
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
EVERYBODY = Audience(include=Rule(all=True))


async def inbox_streams(stand: Stand) -> Table:
    """A thousand open streams to one API process: how long until each hears."""
    seeded = await case(stand, "Listeners", people=STREAMS, own=0, broadcasts=0)
    with serving_api(stand) as (port, pid):
        await ready(port, "/health/ready")
        watch = stand.watch(api=pid)
        listeners = [await Listener.open(port, key) for key in keys(stand, seeded)]
        opened = watch.stop()
        rows = [["open", f"{STREAMS / opened.seconds:,.0f} a second", "", f"{opened.micros('api', STREAMS):,.0f}"]]
        for name, tell in (
            ("a broadcast to all", lambda: broadcast(stand, seeded.app_id, EVERYBODY)),
            ("an own item each", lambda: put_items(stand, [item(phone) for phone in seeded.phones])),
        ):
            for listener in listeners:
                listener.heard.clear()
            watch = stand.watch(api=pid)
            started = time.perf_counter()
            await tell()
            laid = time.perf_counter() - started
            async with asyncio.timeout(60):
                await asyncio.gather(*(listener.heard.wait() for listener in listeners))
            usage = watch.stop()
            took = sorted((each.heard_at - started) * 1e3 for each in listeners)
            rows.append(
                [name, f"{laid * 1e3:,.0f} ms to write",
                 f"{took[0]:,.0f} / {took[len(took) // 2]:,.0f} / {took[int(0.99 * len(took))]:,.0f} ms",
                 f"{usage.micros('api', STREAMS):,.0f}"]
            )  # fmt: skip
        watch = stand.watch(api=pid)
        await asyncio.sleep(5)
        rows.append(["idle, 5 s", f"{watch.stop().share('api'):.1%} of a core", "", ""])
        for listener in listeners:
            listener.close()
    columns = (f"{STREAMS:,} streams", "", "from the write until heard: first / median / p99", "API CPU µs a stream")
    return Table("Streams", columns, rows, ["- All to one process; the listener has a process of its own to itself."])


async def inbox_storm(stand: Stand) -> Table:
    """Two thousand clients open the app in the same moment, and come back when they are told to."""
    seeded = await case(stand, "Storm", people=200, own=10, broadcasts=3)
    rows = []
    for name, at_once in (("shedding", 1024), ("without it", 100_000)):
        with serving_api(stand, FANFARE_API_AT_ONCE=str(at_once)) as (port, _):
            await ready(port, "/health/ready")
            requests = itertools.cycle(requests_of(stand, seeded, "/v1/inbox", ""))
            clients = [await Opening.connect(port, request) for request in itertools.islice(requests, STORM)]
            started = time.perf_counter()
            async with asyncio.timeout(90):
                await asyncio.gather(*(client.open() for client in clients))
            seconds = time.perf_counter() - started
        served = sorted(client.served_in for client in clients)
        turned_away = sorted(took for client in clients for took in client.turned_away_in)
        rows.append(
            [name, _spread(served), f"{len(turned_away):,}", _spread(turned_away), f"{seconds:.1f} s"]
        )  # fmt: skip
    columns = (
        f"{STORM:,} clients at once",
        "served: p50 / p99 ms",
        "turned away",
        "told so: p50 / p99 ms",
        "all served",
    )
    return Table("Storm", columns, rows, ["- Clients share the machine with the API and the database they wait for."])


def _spread(milliseconds: list[float]) -> str:
    if not milliseconds:
        return "–"
    return f"{milliseconds[len(milliseconds) // 2]:,.0f} / {milliseconds[int(0.99 * len(milliseconds))]:,.0f}"


class Opening:
    """A client that asks until it is served, and waits as long as it is told between."""

    def __init__(self, port: int, streams: Streams, request: bytes) -> None:
        self._port = port
        self._reader, self._writer = streams
        self._request = request
        self.served_in = 0.0
        self.turned_away_in: list[float] = []
        """Milliseconds."""

    @classmethod
    async def connect(cls, port: int, request: bytes) -> "Opening":
        return cls(port, await asyncio.open_connection("127.0.0.1", port), request)

    async def open(self) -> None:
        while True:
            asked = time.perf_counter()
            self._writer.write(self._request)
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            await self._reader.readexactly(_number(head, b"content-length"))
            took = (time.perf_counter() - asked) * 1e3
            if head.startswith(b"http/1.1 200"):
                self.served_in = took
                break
            assert head.startswith(b"http/1.1 429"), head[:40]
            self.turned_away_in.append(took)
            # Longer than the server keeps an idle connection.
            self._writer.close()
            await asyncio.sleep(_number(head, b"retry-after"))
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.close()


def _number(head: bytes, name: bytes) -> int:
    found = re.search(rb"\r\n" + name + rb": *(\d+)", head)
    assert found
    return int(found[1])


class Listener(asyncio.Protocol):
    """One open stream that notes when it hears of an item."""

    def __init__(self, key: str) -> None:
        self._request = request("GET", "/v1/inbox/stream", key)
        self.began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard = asyncio.Event()
        self.heard_at = 0.0

    @classmethod
    async def open(cls, port: int, key: str) -> "Listener":
        """Once it has heard the first summary."""
        _, listener = await asyncio.get_running_loop().create_connection(lambda: cls(key), "127.0.0.1", port)
        await asyncio.wait_for(listener.began, 10)
        return listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if b"event: summary" in data and not self.began.done():
            self.began.set_result(None)
        if b"event: item" in data and not self.heard.is_set():
            self.heard_at = time.perf_counter()
            self.heard.set()

    def close(self) -> None:
        self._transport.close()
