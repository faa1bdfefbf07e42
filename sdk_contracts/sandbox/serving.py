"""One HTTP/1.1 and HTTP/2 server inside the running event loop; h2c by prior knowledge, TLS with a certificate.

Granian carries it: 40 µs of CPU a request over HTTP/2 where a server written in Python took 430 µs.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP2Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server as Granian
from msgspec import Struct

log = logging.getLogger("fanfare.sandbox")
BACKLOG = 1024
STOP_SECONDS = 2.0

Headers = list[tuple[str, str]]


class RequestHeaders(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...


class Scope(Protocol):
    """What is asked. `client` is `host:port`."""

    method: str
    path: str
    query_string: str
    client: str

    @property
    def headers(self) -> RequestHeaders: ...


class Stream(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class Exchange(Protocol):
    """Reads the body when called, and answers once."""

    async def __call__(self) -> bytes: ...
    def response_empty(self, status: int, headers: Headers) -> None: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_stream(self, status: int, headers: Headers) -> Stream: ...


Handler = Callable[[Scope, Exchange], Awaitable[None]]


class Certificate(Struct, frozen=True):
    """Paths of a PEM chain and its key."""

    chain: Path
    key: Path


class Stopping(Exception):
    """The server is going away while an answer was held back."""


class Listener:
    """A bound port, so that its URL is known before anything is served on it."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", certificate: Certificate | None = None) -> None:
        """`port` 0 takes a free one. Raises OSError when the port is taken."""
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.listen(BACKLOG)
        self.socket.setblocking(False)
        self.host = host
        self.port: int = self.socket.getsockname()[1]
        self.certificate = certificate
        self.authority = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"{'https' if certificate else 'http'}://{self.authority}"
        self._stopping = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Hold an answer back. Raises Stopping when the server ends meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
            raise Stopping

    @contextlib.asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[None]:
        """Answer with `handler` until the block ends."""
        server = _Embedded(self, _guarded(handler))
        task = asyncio.create_task(server.serve())
        try:
            yield
        finally:
            self._stopping.set()
            server.stop()  # type: ignore[no-untyped-call]
            await asyncio.wait({task}, timeout=STOP_SECONDS)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.socket.close()


class _Embedded(Granian):
    """Granian on a socket that is already bound: the port is known at once, and a taken one is refused."""

    def __init__(self, listener: Listener, handler: Handler) -> None:
        self._listening = listener.socket
        certificate = listener.certificate
        super().__init__(
            handler,
            address=listener.host,
            port=listener.port,
            interface=Interfaces.RSGI,
            http=HTTPModes.auto,
            http2_settings=HTTP2Settings(max_concurrent_streams=1000),
            websockets=False,
            backlog=BACKLOG,
            log_enabled=False,
            ssl_cert=certificate.chain if certificate else None,
            ssl_key=certificate.key if certificate else None,
        )

    def _init_shared_socket(self) -> None:
        # Its stub says less than it takes; `__getstate__` has the same three.
        self._shd: Any = SocketHolder(os.dup(self._listening.fileno()), False, BACKLOG)  # type: ignore[call-arg]
        self._ssp = None


def _guarded(handler: Handler) -> Handler:
    async def guarded(scope: Scope, exchange: Exchange) -> None:
        try:
            await handler(scope, exchange)
        except Stopping:
            cut(scope.client)
        except Exception:
            log.exception("the stand-in itself failed")
            exchange.response_empty(500, [])

    return guarded


def cut(client: str) -> None:
    """Break the connection of `client` (`host:port`), with everything that is under way on it."""
    host, _, port = client.rpartition(":")
    for descriptor in Path("/dev/fd").iterdir():
        try:
            peer = socket.socket(fileno=os.dup(int(descriptor.name)))
        except (OSError, ValueError):
            continue
        with peer, contextlib.suppress(OSError, ValueError):
            if peer.getpeername()[:2] == (host.strip("[]"), int(port)):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.shutdown(socket.SHUT_RDWR)
                return
