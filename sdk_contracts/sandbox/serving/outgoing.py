"""What goes out on an HTTP/2 connection: answers, as far as the client's windows allow (RFC 9113 section 5.2)."""

import asyncio

from sdk_contracts.sandbox.serving import frames
from sdk_contracts.sandbox.serving.frames import FRAME_BYTES, HEAD, INITIAL_WINDOW, MOST_WINDOW, Fault
from sdk_contracts.sandbox.serving.headers import Answers
from sdk_contracts.sandbox.serving.model import Answer, Head


class Stream:
    """A request, and what is left to send of its answer."""

    __slots__ = ("body", "drained", "head", "last", "room", "unsent", "whole", "window")

    def __init__(self, head: Head, room: int, window: int) -> None:
        self.head = head
        self.body: list[bytes] = []
        self.room = room
        """Bytes that may still come of its body."""
        self.whole = False
        """The request is here to its end."""
        self.window = window
        self.unsent = b""
        self.last = False
        """The answer ends with what is unsent."""
        self.drained: asyncio.Future[None] | None = None


class Outgoing:
    """Frames that wait for the next write, and the streams they belong to."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.streams: dict[int, Stream] = {}
        self.stream_window = INITIAL_WINDOW
        """Of a stream that begins now."""
        self.answers = Answers()
        self._window = INITIAL_WINDOW

    def put(self, stream: int, begun: Stream, answer: Answer) -> None:
        body, size = answer.body, len(answer.body)
        # RFC 9110 section 8.6: a 204 has none.
        length = None if answer.chunks is not None or answer.status == 204 else size
        block = self.answers.block(answer.status, answer.headers, length)
        ends = not size and answer.chunks is None
        flags = frames.END_HEADERS | frames.END_STREAM if ends else frames.END_HEADERS
        self.out += HEAD.pack(len(block) >> 8, len(block) & 0xFF, frames.HEADERS, flags, stream) + block
        if ends:
            del self.streams[stream]
        elif answer.chunks is None and size <= FRAME_BYTES and size <= self._window and size <= begun.window:
            self._window -= size
            self.out += HEAD.pack(size >> 8, size & 0xFF, frames.DATA, frames.END_STREAM, stream) + body
            del self.streams[stream]
        else:
            begun.unsent, begun.last = body, answer.chunks is None
            self.pump(stream, begun)

    def pump(self, stream: int, begun: Stream) -> None:
        """Send of an answer's body what the windows allow."""
        while begun.unsent and (size := min(len(begun.unsent), self._window, begun.window, FRAME_BYTES)) > 0:
            piece, begun.unsent = begun.unsent[:size], begun.unsent[size:]
            self._window -= size
            begun.window -= size
            ends = begun.last and not begun.unsent
            self.out += frames.frame(frames.DATA, frames.END_STREAM if ends else 0, stream, piece)
        if not begun.unsent:
            if begun.last:
                del self.streams[stream]
            _wake(begun)

    def _pump_all(self) -> None:
        for stream, begun in list(self.streams.items()):
            if begun.unsent:
                self.pump(stream, begun)

    def resize_windows(self, size: int) -> None:
        """Of the streams there are as well (section 6.9.2)."""
        if size > MOST_WINDOW:
            raise Fault(frames.FLOW_CONTROL_ERROR)
        for begun in self.streams.values():
            begun.window += size - self.stream_window
        self.stream_window = size
        self._pump_all()

    def widen(self, stream: int, more: int) -> None:
        if stream == 0:
            self._window += more
            if self._window > MOST_WINDOW:
                raise Fault(frames.FLOW_CONTROL_ERROR)
            self._pump_all()
        elif begun := self.streams.get(stream):
            begun.window += more
            if begun.window > MOST_WINDOW:
                raise Fault(frames.FLOW_CONTROL_ERROR)
            if begun.unsent:
                self.pump(stream, begun)

    def forget(self, stream: int) -> None:
        if begun := self.streams.pop(stream, None):
            _wake(begun)


def _wake(begun: Stream) -> None:
    if begun.drained is not None and not begun.drained.done():
        begun.drained.set_result(None)
