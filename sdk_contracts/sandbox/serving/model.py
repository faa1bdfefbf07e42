"""What is asked and answered, whatever HTTP carries it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from msgspec import Struct

Headers = tuple[tuple[str, str], ...]


class Head(Struct, frozen=True):
    """A request without its body. Many may share one."""

    method: str
    path: str
    """Without percent-encoding."""
    query: str
    headers: dict[str, str]
    """By lower-case name."""


class Answer(Struct, frozen=True):
    status: int
    body: bytes = b""
    headers: Headers = ()
    chunks: AsyncIterator[bytes] | None = None
    """In place of a body: what comes piece by piece."""


class Broken(Exception):
    """No answer: the connection breaks, and everything under way on it."""


Handler = Callable[[Head, bytes], Answer | Awaitable[Answer]]
"""Answers a request with this body, at once where it can. What it raises, but for Broken, is a 500."""
FAILED = Answer(500)


class Line(Protocol):
    """A connection, as the protocol spoken on it sees it."""

    def ask(self, head: Head, body: bytes, request: int) -> Answer | None:
        """The answer, or None when it will be given to `Speaker.reply` for `request`. Raises Broken."""

    def write(self, data: bytes | bytearray) -> None: ...
    async def written(self) -> None:
        """Once the other side has taken most of what was written."""

    def close(self) -> None:
        """When all that was written is out."""


class Speaker(Protocol):
    """One protocol on one connection."""

    def feed(self, data: bytes) -> None:
        """What arrived. Raises Broken."""

    def reply(self, request: int, answer: Answer) -> None: ...
    async def send(self, request: int, chunk: bytes) -> bool:
        """A piece of an answer that has `chunks`, once there is room for it. False when nobody wants it any more."""
        ...

    def end(self, request: int) -> None:
        """No more pieces."""

    def leave(self) -> None:
        """Say goodbye and close."""

    def lost(self) -> None:
        """The connection is gone."""
