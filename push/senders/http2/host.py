"""What waits for one host, and the connections to it: as many as the requests need, and no more than are allowed."""

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from push.senders.exchange import CONNECT_TIMEOUT_MS, UNACKNOWLEDGED_MS, Answer, Failure, Guard, TransportSettings
from push.senders.http2.connection import Asked, Connection

_MOST_REFUSALS = 10
_IDLE_SECONDS = 100.0
"""Whoever stands between may have forgotten a connection that was quiet so long."""
_EACH_SECONDS = 3.0
"""For one of several addresses."""
_AGAIN_SECONDS = 1.0
"""After a connection could not be opened, while others carry on."""


class NoHttp2(Exception):
    """The host speaks something else."""


class AddressRefused(Exception):
    """The host is nowhere that may be connected to."""


class Host:
    """An Owner of connections."""

    def __init__(
        self, origin: str, settings: TransportSettings, tls: ssl.SSLContext | None, guard: Guard | None
    ) -> None:
        self._origin = origin
        self._guard = guard
        url = urlsplit(origin)
        self._name = url.hostname or ""
        self._port = url.port or (80 if url.scheme == "http" else 443)
        self._settings = settings
        self._tls = tls
        self._queue: deque[Asked] = deque()
        self._connections: list[Connection] = []
        self._opening: set[asyncio.Task[str | None]] = set()
        self._failed_at = float("-inf")
        self.opened = 0

    @property
    def busy(self) -> int:
        return sum(connection.busy for connection in self._connections)

    @property
    def queued(self) -> int:
        return sum(not asked.batch.done.done() for asked in self._queue)

    @property
    def idle(self) -> bool:
        return not self._queue and not self._opening and not self.busy

    def ask(self, asked: Asked) -> None:
        """It goes out once `has_room` is called."""
        self._queue.append(asked)

    def has_room(self) -> None:
        """Send what waits, and open connections for what is left over."""
        for connection in [each for each in self._connections if each.idle_for(_IDLE_SECONDS)]:
            connection.close()
        for connection in self._connections:
            if not self._queue:
                return
            if several := self._take(connection.room):
                connection.send(several)
        self._open_more()

    def _open_more(self) -> None:
        lasting = sum(not connection.leaving for connection in self._connections)
        if lasting and time.monotonic() - self._failed_at < _AGAIN_SECONDS:
            return
        wanted = -(-len(self._queue) // self._settings.streams) - len(self._opening)
        allowed = self._settings.connections - lasting - len(self._opening)
        for _ in range(min(wanted, allowed)):
            task = asyncio.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _opened(self, task: "asyncio.Task[str | None]") -> None:
        self._opening.discard(task)
        failure = "closed" if task.cancelled() else task.result()
        if failure is None:
            self.has_room()
            return
        self._failed_at = time.monotonic()
        # Those that wait can wait for another connection, where there is one or is to be.
        if not self._connections and not self._opening:
            self._fail(failure)

    def _take(self, most: int) -> list[Asked]:
        taken: list[Asked] = []
        while self._queue and len(taken) < most:
            asked = self._queue.popleft()
            if not asked.batch.done.done():
                asked.batch.running[asked.index] = asked
                taken.append(asked)
        return taken

    def answered(self, asked: Asked, answer: Answer) -> None:
        asked.batch.running.pop(asked.index, None)
        asked.batch.settle(asked.index, answer)

    def refused(self, asked: Sequence[Asked]) -> None:
        for each in reversed(asked):
            each.batch.running.pop(each.index, None)
            each.connection = None
            each.refusals += 1
            if each.refusals > _MOST_REFUSALS:
                each.batch.settle(each.index, Failure("broken"))
            else:
                self._queue.appendleft(each)

    def lost(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if self._queue:
            asyncio.get_running_loop().call_soon(self.has_room)

    async def close(self) -> None:
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        self._fail("closed")
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, and what is under way with it."""
        for connection in list(self._connections):
            connection.close()

    def _fail(self, kind: str) -> None:
        while self._queue:
            asked = self._queue.popleft()
            if not asked.batch.done.done():
                asked.batch.settle(asked.index, Failure(kind))

    async def _open(self) -> str | None:
        """One more connection, or the kind of Failure that kept it from being opened."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_MS / 1000):
                self._connections.append(await self._connect())
        except TimeoutError:
            return "timeout"
        except socket.gaierror:
            return "unresolved"
        except ssl.SSLError:
            return "tls"
        except NoHttp2:
            return "no_http2"
        except AddressRefused:
            return "address_refused"
        except OSError:
            return "no_connection"
        return None

    async def _connect(self) -> Connection:
        settings = self._settings
        transport, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self, settings.streams, settings.timeout_seconds, settings.largest_answer),
            sock=await self._socket(),
            ssl=self._tls,
            server_hostname=self._name if self._tls else None,
        )
        if self._tls and transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            transport.abort()
            raise NoHttp2
        try:
            await connection.ready
        except BaseException:
            transport.abort()
            raise
        return connection

    async def _socket(self) -> socket.socket:
        """Connected to the first of the host's addresses that answers. What is checked is what is connected to."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        addresses = [each for each in found if self._guard is None or self._guard(self._origin, str(each[4][0]))]
        if not addresses:
            raise AddressRefused
        failure: OSError = ConnectionError(self._name)
        for family, kind, protocol, _, where in addresses:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.setblocking(False)
                with suppress(OSError, AttributeError):
                    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
                self.opened += 1
                async with asyncio.timeout(_EACH_SECONDS if len(addresses) > 1 else None):
                    await loop.sock_connect(opened, where)
            except OSError as error:
                opened.close()
                failure = error
            except BaseException:
                opened.close()
                raise
            else:
                return opened
        raise failure
