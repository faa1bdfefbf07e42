"""A small HTTP/2 server whose manners a test chooses, beside the stand-ins."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import cast

import h2.config
import h2.connection
import h2.events

FRAME = 16_000
Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Manners:
    """How the server behaves; changed by a test at any time."""

    answer: Callable[[str, bytes], Answer | None] = lambda path, body: (200, [], b"ok")
    """The answer for a path and body; None never answers."""
    goaway_after: int | None = None
    """Say goodbye on a connection after so many requests, and leave those that came later unprocessed."""
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    secure: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://localhost:{self.port}"


class _Connection(asyncio.Protocol):
    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._bodies: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._count = 0
        self._leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._manners.connections += 1
        self._http.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            match event:
                case h2.events.RequestReceived(stream_id=stream):
                    self._bodies[stream] = (dict(event.headers), bytearray())
                case h2.events.DataReceived(stream_id=stream):
                    self._bodies[stream][1].extend(event.data)
                    self._http.acknowledge_received_data(event.flow_controlled_length, stream)
                case h2.events.StreamEnded(stream_id=stream):
                    self._respond(stream)
        self._flush()

    def _respond(self, stream: int) -> None:
        if self._leaving:
            return
        headers, body = self._bodies.pop(stream)
        path = headers[":path"]
        self._manners.seen.append((path, headers, bytes(body)))
        self._count += 1
        answer = self._manners.answer(path, bytes(body))
        if answer is not None:
            status, extra, content = answer
            self._http.send_headers(stream, [(":status", str(status)), *extra])
            for start in range(0, len(content), FRAME):
                self._http.send_data(stream, content[start : start + FRAME])
            self._http.end_stream(stream)
        if self._count == self._manners.goaway_after:
            self._leaving = True
            self._http.close_connection(last_stream_id=stream)
            self._flush()
            self._transport.close()

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._http.data_to_send())


@contextlib.asynccontextmanager
async def serving(manners: Manners, context: ssl.SSLContext | None = None) -> AsyncIterator[Manners]:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(manners), "127.0.0.1", 0, ssl=context)
    manners.port = server.sockets[0].getsockname()[1]
    manners.secure = context is not None
    try:
        yield manners
    finally:
        server.close()
