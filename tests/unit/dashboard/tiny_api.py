"""A tiny HTTP server on loopback that answers what a test tells it to, and remembers what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

EXAMPLE = Path(__file__).parents[3] / "sdk_contracts" / "examples" / "get_campaign.json"
CAMPAIGN: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))["answer"] | {"id": "cmp_1"}
"""A draft as the API really answers."""


class Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class TinyApi(msgspec.Struct):
    """`answers` by `METHOD /path`: status, body (bytes go out as they are) and headers."""

    url: str = ""
    answers: dict[str, tuple[int, Any, dict[str, str]]] = {}
    asked: list[Asked] = []

    def answer(self, call: str, status: int, body: Any = b"", **headers: str) -> None:
        self.answers[call] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def problem(self, call: str, status: int, title: str, detail: str = "", **headers: str) -> None:
        self.answer(
            call, status, {"type": "about:blank", "title": title, "status": status, "detail": detail}, **headers
        )


@contextmanager
def running_tiny_api() -> Iterator[TinyApi]:
    api = TinyApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append(Asked(self.command, self.path, headers, msgspec.json.decode(sent) if sent else None))
            missing = (404, {"type": "about:blank", "title": "Not Found", "status": 404}, {})
            status, body, more = api.answers.get(f"{self.command} {self.path.partition('?')[0]}", missing)
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - the names the base class calls

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
