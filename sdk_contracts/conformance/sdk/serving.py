"""The stand-in API over real HTTP on loopback: it records every request, and misbehaves when told to."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from sdk_contracts.conformance.sdk.misbehaviour import Drop, Lose, Misbehaviour, Refuse, Rule
from sdk_contracts.conformance.sdk.phone_api import Asked, PhoneApi, Told

STREAM = "/v1/inbox/stream"


class Seen(Struct, frozen=True):
    """A request that arrived, and when (monotonic seconds)."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    treated: Misbehaviour | None


class StandIn:
    """A server with its API, its rules and its record."""

    def __init__(self) -> None:
        self.api = PhoneApi()
        self.seen: list[Seen] = []
        self.streams: list[Seen] = []
        self._rules: list[Rule] = []
        self._away = False
        self._telling: list[Callable[[bytes], None]] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.cut()
        self._server.shutdown()
        self._server.server_close()

    # --- Misbehaving --------------------------------------------------------------------------------------------

    def misbehave(
        self,
        method: str,
        path: str,
        misbehaviour: Misbehaviour,
        times: float = 1,
        when: Callable[[bytes], bool] = lambda _: True,
    ) -> None:
        """Treat the next calls of this path so, in the order in which this is said."""
        self._rules.append(Rule(method, path, misbehaviour, times, when))

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """No call is answered for as long as this lasts."""
        self._away = True
        try:
            yield
        finally:
            self._away = False

    def treatment(self, method: str, path: str, body: bytes) -> Misbehaviour | None:
        if self._away:
            return Drop()
        with self._lock:
            return next((rule.misbehaviour for rule in self._rules if rule.take(method, path, body)), None)

    # --- The live stream ----------------------------------------------------------------------------------------

    def tell(self, name: str, event_id: str, data: Any) -> None:
        """One event to every open stream."""
        text = f"event: {name}\nid: {event_id}\ndata: {msgspec.json.encode(data).decode()}\n\n"
        for tell in list(self._telling):
            tell(text.encode())

    def cut(self) -> None:
        """End every open stream."""
        for tell in list(self._telling):
            tell(b"")

    def open_stream(self, tell: Callable[[bytes], None]) -> None:
        self._telling.append(tell)

    def close_stream(self, tell: Callable[[bytes], None]) -> None:
        self._telling.remove(tell)

    # --- What was seen --------------------------------------------------------------------------------------------

    def calls(self, method: str, path: str) -> list[Seen]:
        return [seen for seen in list(self.seen) if seen.method == method and seen.path == path]

    def event_bodies(self) -> dict[str, list[Any]]:
        """Every body under which an event was ever sent, by `event_id`."""
        bodies: dict[str, list[Any]] = {}
        for seen in self.calls("POST", "/v1/events"):
            for event in msgspec.json.decode(seen.body)["events"]:
                bodies.setdefault(event["event_id"], []).append(event)
        return bodies


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            super().handle_one_request()

    def _handle(self) -> None:
        at = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        treatment = self.stand_in.treatment(self.command, url.path, body)
        seen = Seen(at, self.command, url.path, headers, body, treatment)
        self.stand_in.seen.append(seen)
        if isinstance(treatment, Drop):
            self._hang_up()
            return
        if isinstance(treatment, Refuse):
            self._say(Told(treatment.status, {"title": "Busy", "status": treatment.status}), treatment.retry_after)
            return
        if url.path == STREAM and headers.get("authorization", "").startswith("Bearer ffd_"):
            self._stream(seen)
            return
        told = self.stand_in.api.answer(Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body))
        if isinstance(treatment, Lose):
            self._hang_up()
            return
        self._say(told)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def _say(self, told: Told, retry_after: str | None = None) -> None:
        content = b"" if told.body is None else msgspec.json.encode(told.body)
        self.send_response(told.status)
        self.send_header("Content-Type", "application/json" if told.status < 400 else "application/problem+json")
        if told.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        if told.etag:
            self.send_header("ETag", told.etag)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, seen: Seen) -> None:
        ended = threading.Event()

        def tell(content: bytes) -> None:
            try:
                self.wfile.write(content)
            except OSError:
                content = b""
            if not content:
                ended.set()

        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        tell(b": open\n\n")
        self.stand_in.open_stream(tell)
        self.stand_in.streams.append(seen)
        ended.wait()
        self.stand_in.close_stream(tell)
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """The record is enough."""
