"""HTTP out of the worker: libcurl does the protocol, the event loop does the waiting.

libcurl speaks HTTP/2 with many messages on one connection at a fiftieth of what a client written in Python costs
(docs/decisions). Everything that could surprise is off: redirects, proxies from the environment, other protocols.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import certifi
import pycurl

from push.senders.exchange import (
    CONNECT_TIMEOUT_MS,
    MAX_IDLE_LANES,
    UNACKNOWLEDGED_MS,
    Answer,
    Batch,
    Failure,
    Guard,
    Request,
    TransportSettings,
)
from push.senders.libcurl.lane import Handle, Lane, read
from push.senders.libcurl.multi import Multi


class CurlTransport:
    """Posts requests concurrently. Belongs to the event loop that first uses it."""

    def __init__(self, settings: TransportSettings | None = None, guard: Guard | None = None) -> None:
        self._settings = settings or TransportSettings()
        self._guard = guard
        self._multi = Multi()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, self._settings.connections)
        self._multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, self._settings.streams)
        self._lanes: dict[str, Lane] = {}
        self._closed = False
        self.connections_opened = 0

    @property
    def in_flight(self) -> int:
        """Requests handed to libcurl and not answered yet."""
        return sum(lane.busy for lane in self._lanes.values())

    @property
    def queued(self) -> int:
        """Requests that wait for a place."""
        return sum(len(lane.queue) for lane in self._lanes.values())

    async def exchange(self, requests: Iterable[Request]) -> list[Answer]:
        """As Transport says."""
        if self._closed:
            return [Failure("closed") for _ in requests]
        batch: Batch[pycurl.Curl] = Batch(asyncio.get_running_loop())
        touched = {}
        for request in list(requests):
            lane = self._lane(request.lane)
            lane.queue.append((batch, batch.add(), request))
            touched[request.lane] = lane
        for lane in touched.values():
            self._pump(lane)
        try:
            return await batch.whole()
        finally:
            for curl in list(batch.running.values()):
                self._multi.break_off(curl)

    async def close(self) -> None:
        """Breaks off what is under way (a Failure each) and closes every connection."""
        if self._closed:
            return
        self._closed = True
        for lane in self._lanes.values():
            for batch, index, _ in lane.queue:
                batch.settle(index, Failure("closed"))
            lane.queue.clear()
        self._multi.close()
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            self._forget_idle_lanes()
            plain_http1 = name.startswith("http://") and not self._settings.plain_http2
            limit = self._settings.connections * (1 if plain_http1 else self._settings.streams)
            lane = self._lanes[name] = Lane(name, limit)
        return lane

    def _forget_idle_lanes(self) -> None:
        if len(self._lanes) >= MAX_IDLE_LANES:
            for name in [name for name, lane in self._lanes.items() if lane.idle]:
                self._lanes.pop(name).close()

    def _pump(self, lane: Lane) -> None:
        while lane.queue and lane.busy < lane.limit and not self._closed:
            batch, index, request = lane.queue.popleft()
            if batch.done.done():
                continue
            handle = lane.free.pop() if lane.free else self._handle(lane)
            handle.load(request)
            lane.busy += 1
            batch.running[index] = handle.curl
            self._multi.add(handle.curl, partial(self._finished, lane, batch, index, handle))

    def _finished(self, lane: Lane, batch: "Batch[pycurl.Curl]", index: int, handle: Handle, code: int) -> None:
        lane.busy -= 1
        del batch.running[index]
        batch.settle(index, read(handle, code))
        lane.free.append(handle)
        self._pump(lane)

    def _handle(self, lane: Lane) -> Handle:
        settings = self._settings
        handle = Handle()
        curl = handle.curl
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.TCP_NODELAY, 1)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS | (pycurl.PROTO_HTTP if settings.plain else 0))
        curl.setopt(pycurl.HTTP_VERSION, self._version(lane))
        curl.setopt(pycurl.CAINFO, settings.ca_file or certifi.where())
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS)
        curl.setopt(pycurl.TIMEOUT_MS, int(settings.timeout_seconds * 1000))
        curl.setopt(pycurl.MAXFILESIZE_LARGE, settings.largest_answer)
        curl.setopt(pycurl.WRITEFUNCTION, handle.chunks.append)
        curl.setopt(
            pycurl.OPENSOCKETFUNCTION, lambda purpose, address: self._open_socket(lane.name, handle, purpose, address)
        )
        return handle

    def _version(self, lane: Lane) -> int:
        if not lane.name.startswith("http://"):
            return int(pycurl.CURL_HTTP_VERSION_2TLS)
        if self._settings.plain_http2:
            return int(pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        return int(pycurl.CURL_HTTP_VERSION_1_1)

    def _open_socket(
        self, lane: str, handle: Handle, _purpose: int, address: "tuple[int, int, int, tuple[str, int]]"
    ) -> "socket.socket | int":
        """libcurl asks here for each address it is about to connect to: what is checked is what is connected to."""
        family, kind, protocol, where = address
        if self._guard is not None and not self._guard(lane, where[0]):
            handle.refused = True
            return int(pycurl.SOCKET_BAD)
        handle.connected = True
        self.connections_opened += 1
        opened = socket.socket(family, kind, protocol)
        with suppress(OSError, AttributeError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        return opened
