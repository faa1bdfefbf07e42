"""The requests to one host: what waits, what is under way, and the handles that are used again and again."""

from collections import deque

import pycurl

from push.senders.exchange import Answer, Batch, Failure, Request, Response
from push.senders.libcurl.multi import CLOSED

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


class Lane:
    __slots__ = ("busy", "free", "limit", "name", "queue")

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self.limit = limit
        self.busy = 0
        self.free: list[Handle] = []
        self.queue: deque[tuple[Batch[pycurl.Curl], int, Request]] = deque()

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
