"""HTTP requests as fast as they are answered: `python -m tests.bench.load`, a Plan in, a Result out (MessagePack).

A process of its own that does as little as HTTP/1.1 allows (about 15 µs a request), so that what is measured is the
server. Bounded by the plan's seconds and, unless they go round, by its requests.
"""

import asyncio
import itertools
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GRACE_SECONDS = 15.0
"""For the last answers."""
_WITHOUT_BODY = frozenset({204, 304})


class Plan(Struct, frozen=True):
    port: int
    requests: list[bytes]
    clients: int
    seconds: float
    around: bool
    """Begin again after the last request."""


class Result(Struct, frozen=True):
    seconds: float
    statuses: dict[int, int]
    milliseconds: list[float]
    """Of each answer, sorted."""

    @property
    def answered(self) -> int:
        return len(self.milliseconds)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds in which this share (0–1) was answered."""
        return self.milliseconds[min(self.answered - 1, int(share * self.answered))]


class Run:
    def __init__(self, plan: Plan) -> None:
        self._requests: Iterator[bytes] = itertools.cycle(plan.requests) if plan.around else iter(plan.requests)
        self._until = time.perf_counter() + plan.seconds
        self.statuses: Counter[int] = Counter()
        self.milliseconds: list[float] = []

    def next_request(self) -> bytes | None:
        return next(self._requests, None) if time.perf_counter() < self._until else None


class Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._received = b""
        self._asked = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        status = int(self._received[9:12])
        length = _LENGTH.search(self._received, 0, end)
        if length and status not in _WITHOUT_BODY and len(self._received) < end + 4 + int(length[1]):
            return
        self._run.milliseconds.append((time.perf_counter() - self._asked) * 1e3)
        self._run.statuses[status] += 1
        self._received = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("The server closed the connection."))

    def _ask(self) -> None:
        request = self._run.next_request()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._asked = time.perf_counter()
        self._transport.write(request)


async def carry_out(plan: Plan) -> Result:
    loop, run = asyncio.get_running_loop(), Run(plan)
    started = time.perf_counter()
    opened = [await loop.create_connection(lambda: Client(run), "127.0.0.1", plan.port) for _ in range(plan.clients)]
    async with asyncio.timeout(plan.seconds + GRACE_SECONDS):
        await asyncio.gather(*(client.done for _, client in opened))
    return Result(time.perf_counter() - started, dict(run.statuses), sorted(run.milliseconds))


async def load(plan: Plan) -> Result:
    """Carries the plan out in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(msgspec.msgpack.encode(plan))
    return msgspec.msgpack.decode(output, type=Result)


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(carry_out(given))))
