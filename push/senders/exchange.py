"""What is asked of a push service and what comes of it, whatever carries it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

Carrier = TypeVar("Carrier")
Guard = Callable[[str, str], bool]
"""Says whether a lane may connect to an IP address, as `(lane, address)`."""
MAX_IDLE_LANES = 64


class Request(Struct, frozen=True, gc=False):
    """A POST. Share one `headers` list among requests with the same headers: they are then encoded once."""

    lane: str
    """The origin, `https://host[:port]`: requests queue per origin, so a slow host holds up its own only."""
    url: str
    headers: list[str]
    body: bytes


class Response(Struct, frozen=True, gc=False):
    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds, where the answer carried Retry-After (as a number or as a date) and asks for a wait."""


class Failure(Struct, frozen=True, gc=False):
    """No answer: `kind` is a short name, `timeout`, `unresolved`, `no_connection`, `broken`, `tls`, `no_http2`,
    `too_large`, `address_refused` or `closed`."""

    kind: str


Answer = Response | Failure
_UNASKED = Failure("closed")
CONNECT_TIMEOUT_MS = 10_000
UNACKNOWLEDGED_MS = 20_000
"""A connection whose bytes nobody acknowledges this long is dead, however long its requests may take."""


class TransportSettings(Struct, frozen=True, kw_only=True):
    connections: int = 10
    """Connections a host. Rate ≈ connections × 100 streams ÷ round trip: 10,000/s at 100 ms needs ten."""
    streams: int = 100
    """Requests under way on one connection, as most servers allow."""
    timeout_seconds: float = 30.0
    """From a request's start to its last byte."""
    largest_answer: int = 65_536
    """Bytes of a body that are read before giving up."""
    ca_file: str | None = None
    """PEM file of those who may vouch for a server; Mozilla's list when left out."""
    plain: bool = False
    """Allow http:// as well: for stand-ins on loopback."""
    plain_http2: bool = True
    """Whether http:// speaks HTTP/2 with prior knowledge, or HTTP/1.1."""


class Transport(Protocol):
    """Posts requests concurrently. Belongs to the event loop that first uses it."""

    async def exchange(self, requests: Iterable[Request]) -> list[Answer]:
        """POST them all; the answers have the same order. What goes wrong is a Failure in its place, never raised.

        Each may be made when it is taken: the first are sent before the last are asked for. Cancelling takes back what
        waits and breaks off what is under way.
        """
        ...

    async def close(self) -> None:
        """Breaks off what is under way (a Failure each) and closes every connection."""
        ...


class Batch(Generic[Carrier]):
    """The requests of one call, the answers so far, and what carries those that are under way."""

    __slots__ = ("_whole", "answers", "done", "left", "running")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.answers: list[Answer] = []
        self.left = 0
        self.done: asyncio.Future[list[Answer]] = loop.create_future()
        self.running: dict[int, Carrier] = {}
        self._whole = False

    def add(self) -> int:
        """The place of one more request."""
        self.answers.append(_UNASKED)
        self.left += 1
        return len(self.answers) - 1

    def whole(self) -> "asyncio.Future[list[Answer]]":
        """No more are added; the answers, once all are there."""
        self._whole = True
        self._end()
        return self.done

    def settle(self, index: int, answer: Answer) -> None:
        self.answers[index] = answer
        self.left -= 1
        if not self.left:
            self._end()

    def _end(self) -> None:
        if self._whole and not self.left and not self.done.done():
            self.done.set_result(self.answers)
