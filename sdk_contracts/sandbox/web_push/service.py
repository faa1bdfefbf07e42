"""A Web Push service (RFC 8030) whose simulated subscribers decrypt what they get (RFC 8291)."""

import itertools
import re
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from sdk_contracts.sandbox import control
from sdk_contracts.sandbox.behaviour import Rule
from sdk_contracts.sandbox.recorder import Message
from sdk_contracts.sandbox.serving import Answer, Broken, Certificate, Head, Listener
from sdk_contracts.sandbox.stand_in import StandIn
from sdk_contracts.sandbox.web_push import answers
from sdk_contracts.sandbox.web_push.encryption import Undecryptable
from sdk_contracts.sandbox.web_push.subscriptions import Subscription, Subscriptions, make_keys
from sdk_contracts.sandbox.web_push.vapid import Forbidden, Sender, Unidentified, Vapid, decode

PATH = "/push/"
Told = dict[str, str]
"""A request's headers."""
MOST_BYTES = 4096
LONGEST_TTL_SECONDS = 30 * 24 * 3600
URGENCIES = frozenset({"very-low", "low", "normal", "high"})
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
CHUNK = b"." * 65_536
CHUNK_SECONDS = 0.02
MOST_CHUNKS = 1000
"""64 MB."""


class SubscriptionRequest(Struct, forbid_unknown_fields=True):
    """`POST /_sandbox/subscriptions`."""

    count: Annotated[int, Meta(ge=1, le=100_000)] = 1
    application_server_key: str | None = None
    """base64url, uncompressed point."""
    distinct_keys: Annotated[int, Meta(ge=1)] | None = None
    """Share this many key pairs among them; each its own unless given."""


class Payload(Struct):
    """The part of the plaintext that is counted."""

    delivery_id: str = ""


class Refusal(Exception):
    """The request breaks a rule: answer with this status."""

    def __init__(self, status: str, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Taken(Struct, frozen=True):
    """Accepted."""

    status: int
    ttl: int
    """Seconds it would be kept."""


_payload = msgspec.json.Decoder(Payload)


class WebPushStandIn(StandIn):
    """A running stand-in. Its `authority` is what FANFARE_WEB_PUSH_HOSTS is set to."""

    def __init__(self, listener: Listener, keep: int = 10_000, seed: int = 0) -> None:
        super().__init__(listener, answers.ANSWERS, keep, seed)
        self._subscribed = Subscriptions(listener.url)
        self.undecryptable = 0
        self._vapid = Vapid(listener.url)
        self._numbers = itertools.count(1)

    def subscription(self, application_server_key: str | None = None) -> Subscription:
        """A browser subscribes; with a key (base64url) only its owner may send."""
        return self._subscribed.add(decode(application_server_key) if application_server_key else None)

    def subscriptions(
        self, count: int, application_server_key: str | None = None, distinct_keys: int | None = None
    ) -> list[Subscription]:
        """Many browsers subscribe; `distinct_keys` lets a large fleet share that many key pairs."""
        server_key = decode(application_server_key) if application_server_key else None
        pool = [make_keys() for _ in range(min(distinct_keys, count))] if distinct_keys else None
        return [self._subscribed.add(server_key, pool[number % len(pool)] if pool else None) for number in range(count)]

    def unsubscribe(self, token: str) -> None:
        """410 from now on."""
        self._subscribed.end(token)
        self.mailbox.gone(token)

    def stats(self) -> dict[str, Any]:
        mine = {"undecryptable": self.undecryptable, "subscriptions": len(self._subscribed)}
        return {**super().stats(), **mine}

    def reset(self) -> None:
        """As new; subscriptions stay."""
        super().reset()
        self.undecryptable = 0

    def control(self, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
        match method, path:
            case "POST", "/subscriptions":
                wanted = msgspec.json.decode(body or b"{}", type=SubscriptionRequest)
                made = self.subscriptions(wanted.count, wanted.application_server_key, wanted.distinct_keys)
                return {"items": [{"token": one.token, "address": one.address} for one in made]}
            case "DELETE", _ if path.startswith("/subscriptions/"):
                return self.unsubscribe(path.removeprefix("/subscriptions/"))
        raise control.NoSuchCall

    def handle(self, head: Head, body: bytes) -> Answer | Awaitable[Answer]:
        """One HTTP request."""
        if head.path.startswith(PATH) and head.method == "POST":
            return self._push(head.path.removeprefix(PATH), head.headers, body)
        if head.path.startswith(control.PREFIX):
            return control.answer(self, head, body)
        return Answer(404, answers.body_of("404", "There is nothing here."), answers.headers_of(None))

    def _push(self, token: str, told: Told, body: bytes) -> Answer | Awaitable[Answer]:
        if not self.switchboard.calm:
            return self._push_as_told(token, told, body)
        verdict = self._judge(token, told, body)
        return self._demand(verdict, token) if isinstance(verdict, Rule) else self._answer(verdict)

    async def _push_as_told(self, token: str, told: Told, body: bytes) -> Answer:
        verdict = await self.outage() or self._judge(token, told, body)
        return await self._demand(verdict, token) if isinstance(verdict, Rule) else self._answer(verdict)

    def _answer(self, verdict: Taken | Refusal) -> Answer:
        if isinstance(verdict, Refusal):
            return self._refuse(verdict.status, str(verdict), verdict.retry_after)
        location = f"{self.url}/message/{next(self._numbers)}"
        return Answer(verdict.status, headers=(("location", location), ("ttl", str(verdict.ttl))))

    def _judge(self, token: str, told: Told, body: bytes) -> Taken | Refusal | Rule:
        """What this request deserves: a rule breaks in only where a real service would have said yes."""
        try:
            subscription, headers = self._check(token, told, body)
        except Refusal as refusal:
            return refusal
        status = 201
        if not self.switchboard.calm:
            if wait := self.switchboard.over_quota():
                return Refusal("429", "Slow down.", str(int(wait) + 1))
            if rule := self.switchboard.choose(token):
                if rule.answer not in answers.ACCEPTED:
                    return rule
                status = int(rule.answer)
        self._accept(subscription, body, headers)
        return Taken(status, int(headers["ttl"]))

    def _check(self, token: str, told: Told, body: bytes) -> tuple[Subscription, dict[str, str]]:
        """The subscriber and the headers that matter. Raises Refusal."""
        subscription = self._subscribed.find(token)
        if subscription is None:
            ended = self._subscribed.was(token)
            raise Refusal("410" if ended else "404", "The subscription ended." if ended else "No such subscription.")
        try:
            sender = self._vapid.check(told.get("authorization"))
        except Unidentified as error:
            raise Refusal("401", str(error)) from error
        except Forbidden as error:
            raise Refusal("403", str(error)) from error
        _check_key(subscription, sender)
        if len(body) > MOST_BYTES:
            raise Refusal("413", f"The body has {len(body)} bytes; at most {MOST_BYTES} are taken.")
        if body and told.get("content-encoding") != "aes128gcm":
            raise Refusal("400", "Content-Encoding must be aes128gcm.")
        return subscription, _headers(told)

    def _accept(self, subscription: Subscription, body: bytes, headers: dict[str, str]) -> None:
        """A real service cannot read the message; here the subscriber does, so that tests can."""
        if not self.switchboard.decrypts and not self.mailbox.knows(subscription.token):
            self.recorder.accept(Message(subscription.token, "", time.time(), body, headers))
            return
        plain, delivery_id = b"", ""
        try:
            plain = subscription.open(body) if body else b""
            delivery_id = _payload.decode(plain).delivery_id if plain else ""
        except Undecryptable:
            self.undecryptable += 1
            return
        except msgspec.DecodeError:
            pass  # Any plaintext may be sent; only Fanfare's is counted by delivery.
        self.recorder.accept(Message(subscription.token, delivery_id, time.time(), plain, headers))
        self.mailbox.deliver(subscription.token, plain, int(headers["ttl"]), headers.get("topic", ""))

    async def _demand(self, rule: Rule, token: str) -> Answer:
        """Answer as a rule or an outage wants it. Raises Broken."""
        name = rule.answer
        if name == "410":
            self.unsubscribe(token)
        if name in answers.REFUSALS:
            return self._refuse(name, "A rule says so.", rule.retry_after)
        self.recorder.refuse(name)
        if name in answers.REDIRECTS:
            return Answer(int(name), headers=(("location", f"{self.url}{PATH}redirected-{token}"),))
        if name in answers.ACCEPTED:
            return Answer(int(name))
        if name == answers.ENDLESS:
            return Answer(201, chunks=self._endless(rule.seconds))
        if name == answers.HANG:
            await self.listener.pause(rule.seconds)
        raise Broken

    async def _endless(self, seconds: float) -> AsyncIterator[bytes]:
        until = time.monotonic() + seconds
        for _ in range(MOST_CHUNKS):
            if time.monotonic() > until:
                break
            yield CHUNK
            await self.listener.pause(CHUNK_SECONDS)
        await self.listener.pause(max(0.0, until - time.monotonic()))
        raise Broken

    def _refuse(self, name: str, message: str, retry_after: str | None = None) -> Answer:
        self.recorder.refuse(name)
        return Answer(int(name), answers.body_of(name, message), answers.headers_of(retry_after))


def _check_key(subscription: Subscription, sender: Sender) -> None:
    if subscription.application_server_key not in (None, sender.key):
        raise Refusal("403", "The subscription was made for another application server key.")


def _headers(told: Told) -> dict[str, str]:
    """TTL, Urgency and Topic (RFC 8030 section 5), checked. Raises Refusal."""
    ttl = told.get("ttl")
    if ttl is None or not ttl.isdecimal() or not ttl.isascii():
        raise Refusal("400", "TTL is required: seconds.")
    urgency = told.get("urgency", "normal")
    if urgency not in URGENCIES:
        raise Refusal("400", f"Urgency cannot be {urgency!r}.")
    headers = {"ttl": str(min(int(ttl), LONGEST_TTL_SECONDS)), "urgency": urgency}
    if (topic := told.get("topic")) is not None:
        if not TOPIC.fullmatch(topic):
            raise Refusal("400", "Topic is at most 32 characters of base64url.")
        headers["topic"] = topic
    return headers


@asynccontextmanager
async def web_push_stand_in(
    port: int = 0, *, host: str = "127.0.0.1", certificate: Certificate | None = None, keep: int = 10_000, seed: int = 0
) -> AsyncIterator[WebPushStandIn]:
    """A push service on a loopback port until the block ends; `keep` is how many messages it remembers whole."""
    listener = Listener(port, host, certificate)
    stand_in = WebPushStandIn(listener, keep, seed)
    async with listener.serving(stand_in.handle):
        yield stand_in
