"""A Web Push service on loopback that a real Firefox accepts as its own.

Two doors on one port: the browser keeps a WebSocket open and speaks the protocol of Mozilla's autopush (`hello`,
`register`, `notification`, `ack`: https://github.com/mozilla-services/autopush-rs), and application servers POST
encrypted messages to the endpoints it hands out (RFC 8030, RFC 8291, RFC 8292). The content stays encrypted for the
browser: this service only passes it on.
"""

import asyncio
import base64
import contextlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from py_vapid import Vapid02

LARGEST_BODY = 4096  # RFC 8030, section 7.2
LONGEST_CLAIM = 24 * 3600  # RFC 8292, section 2: `exp` is at most a day ahead
CLOCK_SKEW = 60

Json = dict[str, Any]


@dataclass(frozen=True)
class Subscription:
    browser: str
    channel: str
    vapid_key: str
    """Only messages signed with this key are taken (RFC 8292, section 4). Empty: anybody's."""


@dataclass(frozen=True)
class Accepted:
    """A message the service took from an application server."""

    token: str
    ttl: int
    urgency: str | None
    topic: str | None
    size: int
    live: bool
    """The browser was connected at that moment."""


@dataclass
class PushService:
    url: str = ""
    browsers: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    """By the secret part of the endpoint."""
    gone: set[str] = field(default_factory=set)
    undelivered: dict[str, dict[str, Json]] = field(default_factory=dict)
    """By browser, then by version: kept until the browser acknowledges."""
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    last: tuple[str, Json] | None = None
    """The browser and the notification sent to it last."""

    @property
    def host(self) -> str:
        """`host:port`, as `FANFARE_WEB_PUSH_HOSTS` takes it."""
        return urlsplit(self.url).netloc

    @property
    def socket_url(self) -> str:
        """What Firefox's `dom.push.serverURL` is set to."""
        return f"ws://{self.host}/"

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.get("/", self._browser), web.post("/wpush/v2/{token}", self._message)])
        return application

    def repeat_last(self) -> None:
        """Send the last notification once more, as a push service or an application server may."""
        assert self.last, "Nothing was sent yet."
        browser, notification = self.last
        copy = {**notification, "version": secrets.token_hex(16)}
        asyncio.run_coroutine_threadsafe(self.browsers[browser].send_json(copy), self.loop).result(timeout=10)

    # The browser's door

    async def _browser(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        browser = ""
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            match message.get("messageType", "ping"):
                case "ping":
                    await socket.send_str("{}")
                case "hello":
                    browser = message.get("uaid") or secrets.token_hex(16)
                    await self._hello(browser, socket)
                case "register":
                    await socket.send_json(self._register(browser, message))
                case "unregister":
                    await socket.send_json(self._unregister(message))
                case "ack" | "nack":
                    for update in message.get("updates", [message]):
                        self.undelivered.get(browser, {}).pop(update.get("version"), None)
        if self.browsers.get(browser) is socket:
            del self.browsers[browser]
        return socket

    async def _hello(self, browser: str, socket: web.WebSocketResponse) -> None:
        self.browsers[browser] = socket
        await socket.send_json(
            {"messageType": "hello", "status": 200, "uaid": browser, "use_webpush": True, "broadcasts": {}}
        )
        for notification in list(self.undelivered.get(browser, {}).values()):
            await socket.send_json(notification)

    def _register(self, browser: str, message: Json) -> Json:
        token = secrets.token_urlsafe(48)
        key = (message.get("key") or "").rstrip("=")
        self.subscriptions[token] = Subscription(browser, message["channelID"], key)
        endpoint = f"{self.url}/wpush/v2/{token}"
        return {"messageType": "register", "status": 200, "channelID": message["channelID"], "pushEndpoint": endpoint}

    def _unregister(self, message: Json) -> Json:
        for token, subscription in list(self.subscriptions.items()):
            if subscription.channel == message["channelID"]:
                del self.subscriptions[token]
                self.gone.add(token)
        return {"messageType": "unregister", "status": 200, "channelID": message["channelID"]}

    # The application server's door

    async def _message(self, request: web.Request) -> web.Response:
        token, body = request.match_info["token"], await request.read()
        if problem := self._problem(token, request, body):
            self.refused.append(problem)
            return web.json_response({"code": problem[0], "message": problem[1]}, status=problem[0])
        subscription = self.subscriptions[token]
        version = secrets.token_hex(16)
        notification: Json = {"messageType": "notification", "channelID": subscription.channel, "version": version}
        if body:
            content = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
            notification |= {"data": content, "headers": {"encoding": "aes128gcm"}}
        ttl = int(request.headers["TTL"])
        socket = self.browsers.get(subscription.browser)
        if socket or ttl > 0:
            self.undelivered.setdefault(subscription.browser, {})[version] = notification
        if socket:
            await socket.send_json(notification)
        self.last = (subscription.browser, notification)
        headers = request.headers
        self.accepted.append(
            Accepted(token, ttl, headers.get("Urgency"), headers.get("Topic"), len(body), socket is not None)
        )
        return web.Response(status=201, headers={"Location": f"{self.url}/m/{version}", "TTL": str(ttl)})

    def _problem(self, token: str, request: web.Request, body: bytes) -> tuple[int, str] | None:
        """Status and reason of a message that is not taken."""
        if token in self.gone:
            return 410, "unsubscribed"
        if token not in self.subscriptions:
            return 404, "no such subscription"
        if not request.headers.get("TTL", "").isdigit():
            return 400, "no TTL"
        if len(body) > LARGEST_BODY:
            return 413, "too large"
        if body and request.headers.get("Content-Encoding") != "aes128gcm":
            return 400, "not encrypted with aes128gcm"
        if expected := self.subscriptions[token].vapid_key:
            return self._vapid_problem(request.headers.get("Authorization", ""), expected)
        return None

    def _vapid_problem(self, authorization: str, expected_key: str) -> tuple[int, str] | None:
        scheme, _, rest = authorization.partition(" ")
        fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme.lower() != "vapid" or not fields.keys() >= {"t", "k"}:
            return 401, "no VAPID signature"
        if fields["k"].rstrip("=") != expected_key:
            return 403, "signed with a key the subscription was not made for"
        try:
            genuine = Vapid02.verify(f"vapid t={fields['t']},k={fields['k']}")
        except Exception as error:  # noqa: BLE001 - whatever the signature breaks is the sender's mistake
            return 401, f"unreadable VAPID signature: {error!r}"
        payload = fields["t"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if not genuine or claims.get("aud") != self.url:
            return 401, f"VAPID signature for {claims.get('aud')}"
        if not time.time() - CLOCK_SKEW < claims.get("exp", 0) <= time.time() + LONGEST_CLAIM + CLOCK_SKEW:
            return 401, "VAPID signature expired or valid for too long"
        return None


@contextlib.contextmanager
def running_push_service() -> Iterator[PushService]:
    """A service on a free loopback port, in a thread of its own, because a driven browser blocks the test's."""
    service = PushService()
    loop = service.loop
    runner = web.AppRunner(service.application())

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, name="push-service", daemon=True)
    thread.start()
    try:
        yield service
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
