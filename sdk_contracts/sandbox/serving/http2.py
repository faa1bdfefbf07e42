"""HTTP/2 (RFC 9113): what comes in. A client that breaks the rules is told which, as a strict server does."""

import asyncio

from sdk_contracts.sandbox.serving import frames
from sdk_contracts.sandbox.serving.frames import FRAME_BYTES, HEAD, INITIAL_WINDOW, MOST_WINDOW, Fault
from sdk_contracts.sandbox.serving.headers import Requests
from sdk_contracts.sandbox.serving.model import Answer, Line
from sdk_contracts.sandbox.serving.outgoing import Outgoing, Stream

MOST_STREAMS = 1000
MOST_HEADER_BYTES = 65_536
STREAM_WINDOW = 1024 * 1024
CONNECTION_WINDOW = 16 * 1024 * 1024
"""Bytes of bodies that a client may have under way to us."""


class Http2:
    """A Speaker."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._requests = Requests()
        self._outgoing = Outgoing()
        self._streams = self._outgoing.streams
        self._newest = 0
        self._unread = b""
        self._greeted = self._settled = False
        self._headed: tuple[int, int, bytes] | None = None
        """Stream, flags and beginning of a header block that goes on in the next frame."""
        self._room = CONNECTION_WINDOW
        ours = {frames.MAX_CONCURRENT_STREAMS: MOST_STREAMS, frames.INITIAL_WINDOW_SIZE: STREAM_WINDOW}
        self._outgoing.out += frames.settings(ours)
        self._outgoing.out += frames.window_update(0, CONNECTION_WINDOW - INITIAL_WINDOW)

    def feed(self, data: bytes) -> None:
        if self._unread:
            data = self._unread + data
        try:
            at = self._read(data, 0 if self._greeted else self._greet(data))
            self._unread = data[at:]
        except Fault as fault:
            self._outgoing.out += frames.goaway(self._newest, fault.code)
            self._flush()
            self._line.close()
        else:
            self._flush()

    def _greet(self, data: bytes) -> int:
        """Where the first frame begins."""
        if not data.startswith(frames.PREFACE):
            if frames.PREFACE.startswith(data):
                return 0
            raise Fault(frames.PROTOCOL_ERROR)
        self._greeted = True
        return len(frames.PREFACE)

    def _read(self, data: bytes, at: int) -> int:
        """Take all frames that are whole; where the first that is not begins."""
        size = len(data) if self._greeted else 0
        while size - at >= HEAD.size:
            high, low, kind, flags, stream = HEAD.unpack_from(data, at)
            length = high << 8 | low
            if length > FRAME_BYTES:
                raise Fault(frames.FRAME_SIZE_ERROR)
            start = at + HEAD.size
            if start + length > size:
                break
            at = start + length
            payload = data[start:at]
            if kind == frames.DATA and self._headed is None:
                self._on_data(flags, stream, payload)
            elif kind == frames.HEADERS and self._headed is None and self._settled:
                self._on_headers(flags, stream, payload)
            else:
                self._on_other(kind, flags, stream & MOST_WINDOW, payload)
        return at

    def _on_other(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if not self._settled and kind != frames.SETTINGS:
            raise Fault(frames.PROTOCOL_ERROR)
        if (self._headed is not None) != (kind == frames.CONTINUATION):
            raise Fault(frames.PROTOCOL_ERROR)
        match kind:
            case frames.CONTINUATION:
                self._on_continuation(flags, stream, payload)
            case frames.SETTINGS if stream == 0:
                self._on_settings(flags, payload)
            case frames.WINDOW_UPDATE:
                more = frames.number(payload) & MOST_WINDOW
                if more == 0 or stream > self._newest:
                    raise Fault(frames.PROTOCOL_ERROR)
                self._outgoing.widen(stream, more)
            case frames.RST_STREAM if 0 < stream <= self._newest:
                frames.number(payload)
                self._outgoing.forget(stream)
            case frames.PING if stream == 0:
                if len(payload) != 8:
                    raise Fault(frames.FRAME_SIZE_ERROR)
                if not flags & frames.ACK:
                    self._outgoing.out += frames.frame(frames.PING, frames.ACK, 0, payload)
            case frames.SETTINGS | frames.RST_STREAM | frames.PING | frames.PUSH_PROMISE | frames.HEADERS | frames.DATA:
                raise Fault(frames.PROTOCOL_ERROR)

    def _on_headers(self, flags: int, stream: int, payload: bytes) -> None:
        if flags & (frames.PADDED | frames.PRIORITIZED):
            payload = frames.bare(frames.HEADERS, flags, payload)
        if flags & frames.END_HEADERS:
            self._begin(flags, stream & MOST_WINDOW, payload)
        else:
            self._headed = stream & MOST_WINDOW, flags, payload

    def _on_continuation(self, flags: int, stream: int, payload: bytes) -> None:
        assert self._headed is not None
        begun, first_flags, block = self._headed
        if begun != stream:
            raise Fault(frames.PROTOCOL_ERROR)
        block += payload
        if len(block) > MOST_HEADER_BYTES:
            raise Fault(frames.ENHANCE_YOUR_CALM)
        if flags & frames.END_HEADERS:
            self._headed = None
            self._begin(first_flags, stream, block)
        else:
            self._headed = stream, first_flags, block

    def _begin(self, flags: int, stream: int, block: bytes) -> None:
        head = self._requests.read(block)
        if stream <= self._newest:
            self._on_trailers(flags, stream)
            return
        if not stream & 1:
            raise Fault(frames.PROTOCOL_ERROR)
        self._newest = stream
        if head is None:
            self._outgoing.out += frames.reset(stream, frames.PROTOCOL_ERROR)
        elif len(self._streams) >= MOST_STREAMS:
            self._outgoing.out += frames.reset(stream, frames.REFUSED_STREAM)
        else:
            begun = self._streams[stream] = Stream(head, STREAM_WINDOW, self._outgoing.stream_window)
            if flags & frames.END_STREAM:
                self._ask(stream, begun, b"")

    def _on_trailers(self, flags: int, stream: int) -> None:
        begun = self._streams.get(stream)
        if begun is None or begun.whole:
            raise Fault(frames.STREAM_CLOSED)
        if not flags & frames.END_STREAM:
            raise Fault(frames.PROTOCOL_ERROR)
        self._ask(stream, begun, b"".join(begun.body))

    def _on_data(self, flags: int, stream: int, payload: bytes) -> None:
        size = len(payload)
        self._room -= size
        if self._room < CONNECTION_WINDOW // 2:
            if self._room < 0:
                raise Fault(frames.FLOW_CONTROL_ERROR)
            self._outgoing.out += frames.window_update(0, CONNECTION_WINDOW - self._room)
            self._room = CONNECTION_WINDOW
        begun = self._streams.get(stream)
        if begun is None or begun.whole:
            self._on_stray(stream)
            return
        begun.room -= size
        if begun.room < 0:
            raise Fault(frames.FLOW_CONTROL_ERROR)
        if flags & frames.PADDED:
            payload = frames.bare(frames.DATA, flags, payload)
        if flags & frames.END_STREAM:
            self._ask(stream, begun, b"".join([*begun.body, payload]) if begun.body else payload)
            return
        begun.body.append(payload)
        if begun.room < STREAM_WINDOW // 2:
            self._outgoing.out += frames.window_update(stream, STREAM_WINDOW - begun.room)
            begun.room = STREAM_WINDOW

    def _on_stray(self, stream: int) -> None:
        """DATA for a stream that takes none: it was reset by us or by the client, or never was."""
        if stream == 0 or stream > self._newest:
            raise Fault(frames.PROTOCOL_ERROR)
        self._outgoing.out += frames.reset(stream, frames.STREAM_CLOSED)
        self._outgoing.forget(stream)

    def _ask(self, stream: int, begun: Stream, body: bytes) -> None:
        declared = begun.head.headers.get("content-length")
        if declared is not None and int(declared) != len(body):
            self._outgoing.out += frames.reset(stream, frames.PROTOCOL_ERROR)
            del self._streams[stream]
            return
        begun.whole = True
        answer = self._line.ask(begun.head, body, stream)
        if answer is not None:
            self._outgoing.put(stream, begun, answer)

    def _on_settings(self, flags: int, payload: bytes) -> None:
        self._settled = True
        if flags & frames.ACK:
            if payload:
                raise Fault(frames.FRAME_SIZE_ERROR)
            return
        for name, value in frames.pairs(payload):
            match name:
                case frames.HEADER_TABLE_SIZE:
                    self._outgoing.answers.resize(value)
                case frames.INITIAL_WINDOW_SIZE:
                    self._outgoing.resize_windows(value)
                case frames.MAX_FRAME_SIZE if not FRAME_BYTES <= value < 2**24:
                    raise Fault(frames.PROTOCOL_ERROR)
        self._outgoing.out += frames.frame(frames.SETTINGS, frames.ACK, 0)

    def reply(self, request: int, answer: Answer) -> None:
        if begun := self._streams.get(request):
            self._outgoing.put(request, begun, answer)
            self._flush()

    async def send(self, request: int, chunk: bytes) -> bool:
        begun = self._streams.get(request)
        if begun is None:
            return False
        begun.unsent = chunk
        self._outgoing.pump(request, begun)
        self._flush()
        while begun.unsent and request in self._streams:
            begun.drained = asyncio.get_running_loop().create_future()
            await begun.drained
        await self._line.written()
        return request in self._streams

    def end(self, request: int) -> None:
        if self._streams.pop(request, None):
            self._outgoing.out += frames.frame(frames.DATA, frames.END_STREAM, request)
            self._flush()

    def leave(self) -> None:
        self._outgoing.out += frames.goaway(self._newest, frames.NO_ERROR)
        self._flush()
        self._line.close()

    def lost(self) -> None:
        for stream in list(self._streams):
            self._outgoing.forget(stream)

    def _flush(self) -> None:
        if self._outgoing.out:
            self._line.write(bytes(self._outgoing.out))
            self._outgoing.out.clear()
