"""One connection: requests go out together, answers come in as they please (RFC 9113)."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from push.senders.exchange import Answer, Batch, Failure, Request, Response
from push.senders.http2 import frames
from push.senders.http2.frames import ProtocolError, Reader
from push.senders.http2.headers import RequestHeaders, ResponseHeaders

WINDOW = 65_535
"""Bytes that may be under way before the other side has said anything (section 6.9.2), to us as to them."""
OUR_WINDOW = 16 * 1024 * 1024
"""Of all answers on a connection together. One alone is cut off long before its own window is used up."""
MOST_HEADERS = 65_536
_LAST_STREAM = 2**30
"""Streams are numbered up to 2³¹; a connection is given up in good time."""
_LOOK_SECONDS = 0.25


class Asked:
    """A request on its way: what was sent of it, and what of its answer has arrived."""

    __slots__ = (
        "batch",
        "chunks",
        "connection",
        "index",
        "refusals",
        "request",
        "sent",
        "since",
        "size",
        "status",
        "stream",
        "wait",
        "window",
    )  # fmt: skip

    def __init__(self, batch: "Batch[Asked]", index: int, request: Request) -> None:
        self.batch = batch
        self.index = index
        self.request = request
        self.refusals = 0
        self.connection: Connection | None = None

    def begin(self, connection: "Connection", stream: int, now: float, window: int) -> None:
        """It goes out, perhaps once more."""
        self.connection = connection
        self.stream = stream
        self.since = now
        self.window = window
        self.sent = 0
        self.status = 0
        self.wait: float | None = None
        self.chunks: list[bytes] = []
        self.size = 0

    def break_off(self) -> None:
        if self.connection is not None:
            self.connection.break_off(self)


class Owner(Protocol):
    """Whose connection it is."""

    def answered(self, asked: Asked, answer: Answer) -> None: ...
    def refused(self, asked: Sequence[Asked]) -> None:
        """Not processed by the other side, as far as is known: they may be asked again."""

    def has_room(self) -> None:
        """More can be sent than a moment ago."""

    def lost(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    def __init__(self, owner: Owner, streams: int, timeout_seconds: float, largest_answer: int) -> None:
        self._owner = owner
        self._timeout_seconds = timeout_seconds
        self._largest_answer = largest_answer
        self._most_streams = self._streams = streams
        self._asked: dict[int, Asked] = {}
        self._unsent: deque[Asked] = deque()
        """Those whose body waits for the other side's window, or for the socket."""
        self._next_stream = 1
        self._window = WINDOW
        self._stream_window = WINDOW
        self._consumed = 0
        self._headed: tuple[int, int, bytes] | None = None
        """Stream, flags and beginning of a header block that goes on in the next frame."""
        self._reader = Reader()
        self._requests = RequestHeaders()
        self._responses = ResponseHeaders()
        self._leaving = False
        self._paused = False
        self._closed = False
        self._looking: asyncio.TimerHandle | None = None
        self._heard_at = time.monotonic()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the other side has said what it allows; ConnectionError where it never will."""

    @property
    def busy(self) -> int:
        return len(self._asked)

    @property
    def room(self) -> int:
        """How many more requests can be under way on it."""
        if self._leaving or self._paused:
            return 0
        return max(0, self._streams - len(self._asked))

    @property
    def leaving(self) -> bool:
        """Nothing new goes out on it."""
        return self._leaving

    def idle_for(self, seconds: float) -> bool:
        """Nothing is under way, and nothing was heard for so long."""
        return not self._asked and time.monotonic() - self._heard_at > seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        ours = {frames.ENABLE_PUSH: 0, frames.INITIAL_WINDOW: WINDOW, frames.MAX_HEADERS: MOST_HEADERS}
        more = frames.window_update(0, OUR_WINDOW - WINDOW)
        self._transport.write(frames.PREFACE + frames.settings(ours) + more)

    def send(self, several: Iterable[Asked]) -> None:
        """All in one write, as far as the windows allow. No more than there is `room` for."""
        now, out = time.monotonic(), bytearray()
        for asked in several:
            stream, request = self._next_stream, asked.request
            self._next_stream += 2
            asked.begin(self, stream, now, self._stream_window)
            self._asked[stream] = asked
            ends = 0 if request.body else frames.END_STREAM
            out += frames.frame(frames.HEADERS, frames.END_HEADERS | ends, stream, self._requests.block(request))
            if not ends and (self._unsent or not self._body(asked, out)):
                self._unsent.append(asked)
        self._transport.write(out)
        self._leaving = self._leaving or self._next_stream > _LAST_STREAM
        if self._looking is None and self._asked:
            self._looking = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def _body(self, asked: Asked, out: bytearray) -> bool:
        """As much of it as may go; whether that was the rest."""
        body = asked.request.body
        while asked.sent < len(body):
            size = min(len(body) - asked.sent, asked.window, self._window, frames.LARGEST_FRAME)
            if size <= 0:
                return False
            part = body[asked.sent : asked.sent + size]
            asked.sent += size
            asked.window -= size
            self._window -= size
            ends = frames.END_STREAM if asked.sent == len(body) else 0
            out += frames.frame(frames.DATA, ends, asked.stream, part)
        return True

    def _send_bodies(self) -> None:
        out, waiting = bytearray(), len(self._unsent)
        for _ in range(waiting):
            asked = self._unsent.popleft()
            if asked.stream in self._asked and not self._body(asked, out):
                self._unsent.append(asked)
        if out:
            self._transport.write(out)

    def break_off(self, asked: Asked) -> None:
        """Nobody waits for it any more."""
        if self._asked.pop(asked.stream, None) is asked:
            self._write(frames.reset(asked.stream, frames.CANCEL))

    def close(self) -> None:
        """Whatever is under way is broken off."""
        if not self._closed:
            self._write(frames.goaway(frames.NO_ERROR))
            self._transport.close()
            self._end("closed")

    def _write(self, data: bytes) -> None:
        if not self._closed:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        before = len(self._asked)
        try:
            for kind, flags, stream, payload in self._reader.feed(data):
                if kind == frames.HEADERS:
                    self._on_headers(stream, flags, frames.bare(kind, flags, payload))
                elif kind == frames.DATA:
                    self._on_data(stream, flags, payload)
                else:
                    self._on_other(kind, flags, stream, payload)
        except ProtocolError:
            self._transport.abort()
            self._end("broken")
            return
        if self._leaving and not self._asked:
            self.close()
        elif len(self._asked) < before:
            self._owner.has_room()

    def _on_headers(self, stream: int, flags: int, block: bytes) -> None:
        if self._headed is not None:
            raise ProtocolError("a header block was interrupted")
        if flags & frames.END_HEADERS:
            self._on_block(stream, flags, block)
        else:
            self._headed = stream, flags, block

    def _on_continuation(self, stream: int, flags: int, more: bytes) -> None:
        if self._headed is None or self._headed[0] != stream:
            raise ProtocolError("a header block goes on that has not begun")
        _, begun_with, block = self._headed
        block += more
        if len(block) > MOST_HEADERS:
            raise ProtocolError("a header block is too long")
        self._headed = None if flags & frames.END_HEADERS else (stream, begun_with, block)
        if flags & frames.END_HEADERS:
            self._on_block(stream, begun_with, block)

    def _on_block(self, stream: int, flags: int, block: bytes) -> None:
        status, wait = self._responses.read(block)
        asked = self._asked.get(stream)
        if asked is None:
            return
        if status >= 200:
            asked.status, asked.wait = status, wait
        if flags & frames.END_STREAM:
            self._answer(asked)

    def _on_data(self, stream: int, flags: int, payload: bytes) -> None:
        self._consumed += len(payload)
        if self._consumed > OUR_WINDOW // 2:
            self._write(frames.window_update(0, self._consumed))
            self._consumed = 0
        asked = self._asked.get(stream)
        if asked is None:
            return
        body = frames.bare(frames.DATA, flags, payload)
        asked.size += len(body)
        if asked.size > self._largest_answer:
            self.break_off(asked)
            self._owner.answered(asked, Failure("too_large"))
            return
        asked.chunks.append(body)
        if flags & frames.END_STREAM:
            self._answer(asked)

    def _answer(self, asked: Asked) -> None:
        del self._asked[asked.stream]
        if asked.sent < len(asked.request.body):
            # It was answered before it was read: the rest need not go out.
            self._write(frames.reset(asked.stream, frames.CANCEL))
        if asked.status:
            self._owner.answered(asked, Response(asked.status, b"".join(asked.chunks), asked.wait))
        else:
            self._owner.answered(asked, Failure("broken"))

    def _on_other(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case frames.CONTINUATION:
                self._on_continuation(stream, flags, payload)
            case frames.SETTINGS if not flags & frames.ACK:
                self._on_settings(frames.pairs(payload))
            case frames.WINDOW_UPDATE:
                self._on_window(stream, frames.number(payload))
            case frames.PING if not flags & frames.ACK:
                self._write(frames.frame(frames.PING, frames.ACK, 0, payload))
            case frames.RST_STREAM:
                self._on_reset(stream, frames.number(payload))
            case frames.GOAWAY:
                self._on_goaway(frames.number(payload))
            case frames.PUSH_PROMISE:
                raise ProtocolError("nothing may be pushed to us")

    def _on_settings(self, settings: Iterable[tuple[int, int]]) -> None:
        for name, value in settings:
            if name == frames.MAX_STREAMS:
                self._streams = min(self._most_streams, value)
            elif name == frames.HEADER_TABLE_SIZE:
                self._requests.resize(value)
            elif name == frames.INITIAL_WINDOW:
                if value > frames.LARGEST_WINDOW:
                    raise ProtocolError("a window is too large")
                for asked in self._asked.values():
                    asked.window += value - self._stream_window
                self._stream_window = value
        self._write(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self._send_bodies()
        if self.ready.done():
            self._owner.has_room()
        else:
            self.ready.set_result(None)

    def _on_window(self, stream: int, more: int) -> None:
        if stream == 0:
            self._window += more
            if self._window > frames.LARGEST_WINDOW:
                raise ProtocolError("a window is too large")
        elif asked := self._asked.get(stream):
            asked.window += more
        if self._unsent:
            self._send_bodies()

    def _on_reset(self, stream: int, code: int) -> None:
        asked = self._asked.pop(stream, None)
        if asked is None:
            return
        if code == frames.REFUSED_STREAM:
            self._owner.refused([asked])
        elif asked.status and code == frames.NO_ERROR:
            # Answered in full, and told to stop sending (section 8.1).
            self._owner.answered(asked, Response(asked.status, b"".join(asked.chunks), asked.wait))
        else:
            self._owner.answered(asked, Failure("broken"))

    def _on_goaway(self, last: int) -> None:
        self._leaving = True
        unseen = [asked for stream, asked in self._asked.items() if stream > last]
        for asked in unseen:
            del self._asked[asked.stream]
        self._owner.refused(unseen)

    def _look(self) -> None:
        """Give up those who have waited too long. The oldest come first."""
        self._looking = None
        now = time.monotonic()
        late = []
        for asked in self._asked.values():
            if now - asked.since < self._timeout_seconds:
                break
            late.append(asked)
        if late and self._heard_at < late[0].since:
            # Not a word in all that time: who knows whether it still leads anywhere.
            self._leaving = True
        for asked in late:
            self.break_off(asked)
            self._owner.answered(asked, Failure("timeout"))
        if self._leaving and not self._asked:
            self.close()
        if self._asked:
            self._looking = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)
        if late:
            self._owner.has_room()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._owner.has_room()

    def connection_lost(self, exc: Exception | None) -> None:
        # A server that says goodbye and hangs up while we write is not heard any more: whoever has no answer yet is
        # asked for again, as it would be by the next try.
        unanswered = [asked for asked in self._asked.values() if not asked.status]
        for asked in unanswered:
            del self._asked[asked.stream]
        if not self._closed:
            self._owner.refused(unanswered)
        self._end("broken")

    def _end(self, how: str) -> None:
        """Nothing comes any more of those under way."""
        if self._closed:
            return
        self._closed = self._leaving = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(how))
        if self._looking is not None:
            self._looking.cancel()
        under_way = list(self._asked.values())
        self._asked.clear()
        self._unsent.clear()
        for asked in under_way:
            self._owner.answered(asked, Failure(how))
        self._owner.lost(self)
