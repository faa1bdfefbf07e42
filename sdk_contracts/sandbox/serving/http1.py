"""HTTP/1.1 (RFC 9112), one request after the other: `httptools` reads."""

from collections import deque
from http import HTTPStatus
from urllib.parse import unquote

import httptools

from sdk_contracts.sandbox.serving.model import Answer, Head, Line


class Http1:
    """A Speaker. Its methods in `on_` are the parser's."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Head, bytes, bool]] = deque()
        """Whole requests, and whether the connection stays for another."""
        self._answering: bool | None = None
        """The same of the one that is being answered."""
        self._gone = False
        self.on_message_begin()

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, UnicodeDecodeError):
            self._waiting.append((Head("", "", "", {}), b"", False))
        self._next()

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {said}" if key in self._headers else said

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._line.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode().partition("?")
        head = Head(self._parser.get_method().decode(), unquote(path), query, self._headers)
        self._waiting.append((head, b"".join(self._body), self._parser.should_keep_alive()))

    def _next(self) -> None:
        """Answer what waits, up to one that takes its time."""
        while self._waiting and self._answering is None and not self._gone:
            head, body, self._answering = self._waiting.popleft()
            answer = self._line.ask(head, body, 0) if head.method else Answer(400)
            if answer is None:
                return
            self._put(answer)

    def reply(self, request: int, answer: Answer) -> None:
        if self._answering is not None and not self._gone:
            self._put(answer)
            self._next()

    def _put(self, answer: Answer) -> None:
        fields = [f"{name}: {value}\r\n" for name, value in answer.headers]
        if answer.chunks is not None:
            fields.append("transfer-encoding: chunked\r\n")
        elif answer.status != HTTPStatus.NO_CONTENT:
            fields.append(f"content-length: {len(answer.body)}\r\n")
        if not self._answering:
            fields.append("connection: close\r\n")
        first = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        self._line.write(f"{first}{''.join(fields)}\r\n".encode() + answer.body)
        if answer.chunks is None:
            self._done()

    async def send(self, request: int, chunk: bytes) -> bool:
        if not self._gone:
            self._line.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await self._line.written()
        return not self._gone

    def end(self, request: int) -> None:
        self._line.write(b"0\r\n\r\n")
        self._done()
        self._next()

    def _done(self) -> None:
        if not self._answering:
            self.leave()
        self._answering = None

    def leave(self) -> None:
        self._gone = True
        self._line.close()

    def lost(self) -> None:
        self._gone = True
