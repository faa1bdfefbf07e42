"""HTTP/2 out of the worker, without libcurl: three times as many messages for the same CPU (docs/decisions/0032)."""

import asyncio
import ssl
from collections.abc import Iterable

import certifi

from push.senders.exchange import MAX_IDLE_LANES, Answer, Batch, Failure, Guard, Request, TransportSettings
from push.senders.http2.connection import Asked
from push.senders.http2.host import Host


class Http2Transport:
    """Posts requests concurrently, by HTTP/2 alone. Belongs to the event loop that first uses it."""

    def __init__(self, settings: TransportSettings | None = None, guard: Guard | None = None) -> None:
        self._settings = settings or TransportSettings()
        self._guard = guard
        self._hosts: dict[str, Host] = {}
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    @property
    def connections_opened(self) -> int:
        return sum(host.opened for host in self._hosts.values())

    @property
    def in_flight(self) -> int:
        """Requests sent and not answered yet."""
        return sum(host.busy for host in self._hosts.values())

    @property
    def queued(self) -> int:
        """Requests that wait for a place."""
        return sum(host.queued for host in self._hosts.values())

    async def exchange(self, requests: Iterable[Request]) -> list[Answer]:
        """As Transport says."""
        if self._closed:
            return [Failure("closed") for _ in requests]
        batch: Batch[Asked] = Batch(asyncio.get_running_loop())
        touched: dict[str, Host] = {}
        lane, host = "", None
        try:
            for request in requests:
                if request.lane != lane:
                    lane = request.lane
                    host = self._host(lane) if self._speaks(lane) else None
                    if host is not None:
                        touched[lane] = host
                index = batch.add()
                if host is None:
                    batch.settle(index, Failure("broken"))
                    continue
                host.ask(Asked(batch, index, request))
                if (index + 1) % self._settings.streams == 0:
                    # As many as one connection takes go out while they are still near the processor.
                    host.has_room()
            for host in touched.values():
                host.has_room()
            return await batch.whole()
        finally:
            batch.done.cancel()
            if batch.running:
                for asked in list(batch.running.values()):
                    asked.break_off()
                for host in touched.values():
                    host.has_room()

    async def close(self) -> None:
        """Breaks off what is under way (a Failure each) and closes every connection."""
        self._closed = True
        for host in self._hosts.values():
            await host.close()
        self._hosts.clear()

    def _speaks(self, origin: str) -> bool:
        return origin.startswith("https://") or (self._settings.plain and origin.startswith("http://"))

    def _host(self, origin: str) -> Host:
        host = self._hosts.get(origin)
        if host is None:
            self._forget_idle_hosts()
            host = self._hosts[origin] = Host(origin, self._settings, self._context(origin), self._guard)
        return host

    def _forget_idle_hosts(self) -> None:
        if len(self._hosts) >= MAX_IDLE_LANES:
            for origin in [origin for origin, host in self._hosts.items() if host.idle]:
                self._hosts.pop(origin).hang_up()

    def _context(self, origin: str) -> ssl.SSLContext | None:
        if origin.startswith("http://"):
            return None
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=self._settings.ca_file or certifi.where())
            self._tls.set_alpn_protocols(["h2"])
        return self._tls
