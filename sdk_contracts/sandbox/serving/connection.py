"""One connection: it finds out which HTTP is spoken, and answers with the handler."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable
from typing import cast

from sdk_contracts.sandbox.serving.frames import PREFACE
from sdk_contracts.sandbox.serving.http1 import Http1
from sdk_contracts.sandbox.serving.http2 import Http2
from sdk_contracts.sandbox.serving.model import FAILED, Answer, Broken, Handler, Head, Speaker

log = logging.getLogger("fanfare.sandbox")
_TOLD = 3
"""So many bytes tell the preface from any method: PRI."""


class Connections:
    """Those of one server, and the answers that are held back."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.open: set[Connection] = set()
        self.answering: set[asyncio.Task[None]] = set()

    async def end(self, seconds: float) -> None:
        """Say goodbye on all of them, and break those that stay longer."""
        if self.answering:
            await asyncio.wait(self.answering, timeout=seconds)
        for connection in list(self.open):
            connection.leave()
        if self.open:
            await asyncio.wait([connection.gone for connection in self.open], timeout=seconds)
        for task in self.answering:
            task.cancel()
        for connection in list(self.open):
            connection.abort()


class Connection(asyncio.Protocol):
    """A Line."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._handler = connections.handler
        self._speaker: Speaker | None = None
        self._unread = b""
        self._room = asyncio.Event()
        self._room.set()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.open.add(self)

    def data_received(self, data: bytes) -> None:
        if self.gone.done():
            return
        if self._speaker is None:
            self._unread += data
            if len(self._unread) < _TOLD:
                return
            self._speaker = Http2(self) if self._unread[:_TOLD] == PREFACE[:_TOLD] else Http1(self)
            data = self._unread
        try:
            self._speaker.feed(data)
        except Broken:
            self.abort()

    def ask(self, head: Head, body: bytes, request: int) -> Answer | None:
        try:
            answer = self._handler(head, body)
        except Broken:
            raise
        except Exception:
            log.exception("the stand-in itself failed")
            return FAILED
        if type(answer) is Answer:
            return answer
        task = asyncio.create_task(self._answer(cast(Awaitable[Answer], answer), request))
        self._connections.answering.add(task)
        task.add_done_callback(self._connections.answering.discard)
        return None

    async def _answer(self, coming: Awaitable[Answer], request: int) -> None:
        """It goes on when the other side has given up: what was asked for is done all the same."""
        assert self._speaker is not None
        try:
            answer = await coming
        except Broken:
            self.abort()
            return
        except Exception:
            log.exception("the stand-in itself failed")
            answer = FAILED
        self._speaker.reply(request, answer)
        if answer.chunks is not None:
            await self._send(self._speaker, request, answer.chunks)

    async def _send(self, speaker: Speaker, request: int, chunks: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in chunks:
                if not await speaker.send(request, chunk):
                    return
        except Broken:
            self.abort()
        else:
            speaker.end(request)

    def write(self, data: bytes | bytearray) -> None:
        self._transport.write(data)

    async def written(self) -> None:
        await self._room.wait()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def leave(self) -> None:
        if self._speaker is None:
            self.close()
        else:
            self._speaker.leave()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        """Break it, with everything that is under way on it: the other side is told by a reset."""
        if not self.gone.done():
            plug: socket.socket = self._transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.open.discard(self)
        self.gone.set_result(None)
        self._room.set()
        if self._speaker is not None:
            self._speaker.lost()
