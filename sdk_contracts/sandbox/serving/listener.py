"""A bound port, and the server on it."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec import Struct

from sdk_contracts.sandbox.serving.connection import Connection, Connections
from sdk_contracts.sandbox.serving.model import Broken, Handler

BACKLOG = 1024
STOP_SECONDS = 2.0


class Certificate(Struct, frozen=True):
    """Paths of a PEM chain and its key."""

    chain: Path
    key: Path


class Listener:
    """A bound port, so that its URL is known before anything is served on it."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", certificate: Certificate | None = None) -> None:
        """`port` 0 takes a free one. Raises OSError when the port is taken."""
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.listen(BACKLOG)
        self.socket.setblocking(False)
        self.host = host
        self.port: int = self.socket.getsockname()[1]
        self.certificate = certificate
        self.authority = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"{'https' if certificate else 'http'}://{self.authority}"
        self._stopping = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Hold an answer back. Raises Broken when the server ends meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
            raise Broken

    @contextlib.asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[None]:
        """Answer with `handler` until the block ends."""
        connections = Connections(handler)
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(connections), sock=self.socket, ssl=_tls(self.certificate), backlog=BACKLOG
        )
        try:
            yield
        finally:
            self._stopping.set()
            server.close()
            await connections.end(STOP_SECONDS)
            self.socket.close()


def _tls(certificate: Certificate | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate.chain, certificate.key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context
