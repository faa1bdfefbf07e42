"""What is asked of a push service and what comes of it, whatever carries it."""

import asyncio
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

Carrier = TypeVar("Carrier")


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
    """No answer: `kind` is a short name, `timeout`, `unresolved`, `no_connection`, `broken`, `tls`, `too_large`,
    `address_refused` or `closed`."""

    kind: str


Answer = Response | Failure


class Transport(Protocol):
    """Posts requests concurrently. Belongs to the event loop that first uses it."""

    async def exchange(self, requests: Sequence[Request]) -> list[Answer]:
        """POST them all; the answers have the same order. What goes wrong is a Failure in its place, never raised.

        Cancelling takes back what waits and breaks off what is under way.
        """
        ...

    async def close(self) -> None:
        """Breaks off what is under way (a Failure each) and closes every connection."""
        ...


class Batch(Generic[Carrier]):
    """The requests of one call, the answers so far, and what carries those that are under way."""

    __slots__ = ("answers", "done", "left", "running")

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.answers: list[Answer] = [Failure("closed")] * size
        self.left = size
        self.done: asyncio.Future[list[Answer]] = loop.create_future()
        self.running: dict[int, Carrier] = {}

    def settle(self, index: int, answer: Answer) -> None:
        self.answers[index] = answer
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(self.answers)
