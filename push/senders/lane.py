"""The requests to one host: what waits, what is under way, and the handles that are used again and again."""

import asyncio
from collections import deque

import pycurl
from msgspec import Struct

from push.senders.multi import CLOSED


class Request(Struct, frozen=True, gc=False):
    """A POST. Share one `headers` list among requests with the same headers: it is then set once a handle."""

    lane: str
    """The origin, `https://host[:port]`: requests queue per origin, so a slow host holds up its own only."""
    url: str
    headers: list[str]
    body: bytes


class Response(Struct, frozen=True, gc=False):
    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds, where the answer carried Retry-After (as a number or as a date) and asks for a wait."""


class Failure(Struct, frozen=True, gc=False):
    """No answer: `kind` is a short name, `timeout`, `unresolved`, `no_connection`, `broken`, `tls`, `too_large`,
    `address_refused` or `closed`."""

    kind: str


Answer = Response | Failure

FAILURES = {
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_COULDNT_RESOLVE_HOST: "unresolved",
    pycurl.E_COULDNT_CONNECT: "no_connection",
    pycurl.E_FILESIZE_EXCEEDED: "too_large",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_SSL_CACERT_BADFILE: "tls",
}
Headers = list[str]


class Handle:
    """A libcurl easy handle, and what its callbacks leave behind."""

    __slots__ = ("chunks", "connected", "curl", "headers", "refused", "url")

    def __init__(self) -> None:
        self.curl = pycurl.Curl()
        self.chunks: list[bytes] = []
        self.url = ""
        self.headers: Headers | None = None
        self.refused = False
        self.connected = False

    def load(self, request: Request) -> None:
        """Point it at a request, changing only what differs from the last one."""
        self.chunks.clear()
        self.refused = self.connected = False
        if self.url != request.url:
            self.url = request.url
            self.curl.setopt(pycurl.URL, request.url)
        if self.headers is not request.headers:
            self.headers = request.headers
            self.curl.setopt(pycurl.HTTPHEADER, request.headers)
        self.curl.setopt(pycurl.POSTFIELDS, request.body)


class Batch:
    """The requests of one call, and the answers so far."""

    __slots__ = ("answers", "done", "left", "running")

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.answers: list[Answer] = [Failure("closed")] * size
        self.left = size
        self.done: asyncio.Future[list[Answer]] = loop.create_future()
        self.running: dict[int, pycurl.Curl] = {}

    def settle(self, index: int, answer: Answer) -> None:
        self.answers[index] = answer
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(self.answers)


class Lane:
    __slots__ = ("busy", "free", "limit", "name", "queue")

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self.limit = limit
        self.busy = 0
        self.free: list[Handle] = []
        self.queue: deque[tuple[Batch, int, Request]] = deque()

    @property
    def idle(self) -> bool:
        return not self.busy and not self.queue

    def close(self) -> None:
        for handle in self.free:
            handle.curl.close()
        self.free.clear()


def read(handle: Handle, code: int) -> Answer:
    """What came of it, by libcurl's code."""
    if code == CLOSED:
        return Failure("closed")
    if code != pycurl.E_OK:
        if handle.refused and not handle.connected:
            return Failure("address_refused")
        return Failure(FAILURES.get(code, "broken"))
    status = int(handle.curl.getinfo(pycurl.RESPONSE_CODE))
    wait = float(handle.curl.getinfo(pycurl.RETRY_AFTER)) if status >= 400 else 0.0
    return Response(status, b"".join(handle.chunks), wait or None)
