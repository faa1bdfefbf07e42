"""A receiver of webhooks on loopback that answers as it is told, and checks signatures by the book."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp import web

HANG = 0
"""Told as a status: it never answers."""


class Receiver:
    def __init__(self) -> None:
        self.answers: list[int] = []
        """Of the next posts, one each; 200 afterwards."""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.strayed = 0
        """Posts that were led on by a redirect."""
        self.authority = ""
        self.name = ""
        """Of who is listening now: posts to others before them are taken and forgotten."""
        self._arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://{self.authority}/hook/{self.name}"

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(body) for _, body in self.got]

    def listen(self) -> None:
        """Anew."""
        self.got, self.answers, self.name = [], [], secrets.token_hex(8)

    async def until(self, count: int) -> None:
        """Returns once so many posts have arrived."""
        async with asyncio.timeout(30), self._arrived:
            await self._arrived.wait_for(lambda: len(self.got) >= count)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.match_info["name"] != self.name:
            return web.Response()
        async with self._arrived:
            self.got.append(({name.lower(): value for name, value in request.headers.items()}, body))
            self._arrived.notify_all()
        status = self.answers.pop(0) if self.answers else 200
        if status == HANG:
            await asyncio.Event().wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"} if 300 <= status < 400 else {})

    async def stray(self, _: web.Request) -> web.StreamResponse:
        self.strayed += 1
        return web.Response()


def genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks 1.0.0, "Verifying webhook authenticity", written from its text alone."""
    assert secret.startswith("whsec_")
    signed = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    expected = hmac.new(base64.b64decode(secret[6:]), signed, hashlib.sha256).digest()
    given = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and base64.b64decode(value) == expected for version, value in given)


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook/{name}", receiver.take)
    app.router.add_route("*", "/elsewhere", receiver.stray)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.authority = "127.0.0.1:{1}".format(*runner.addresses[0])
    try:
        yield receiver
    finally:
        await runner.cleanup()
