"""Web Push for one app: a batch of notifications in, an outcome each out."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from push.content.limits import MOZILLA_BYTES
from push.content.model import Rendered
from push.content.payload import push_payload
from push.devices.endpoints import BadEndpoint, check_endpoint
from push.devices.model import WebPush
from push.senders.exchange import Request, Transport
from push.senders.model import LaneDown, Notification, Outcome, Refused
from push.senders.template import BODY, TITLE, Template, Templates, mark
from push.senders.web_push.encryption import MOST_PLAINTEXT, Sealed
from push.senders.web_push.encryptor import Encryptor
from push.senders.web_push.errors import outcome
from push.senders.web_push.vapid import BadVapidKey, VapidSigner

CHUNK = 64
"""Messages encrypted in one go, about 7 ms: while one chunk travels the next is encrypted."""
LONGEST_TTL = 28 * 24 * 3600
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DELIVERY_ID, _RECEIPT, _BADGE = mark(), mark(), mark()
_MARKS = (_DELIVERY_ID, _RECEIPT, TITLE, BODY, _BADGE)


class _Ready(msgspec.Struct):
    """A notification that may be sent: its place in the batch, where to and what."""

    index: int
    origin: str
    address: WebPush
    headers: list[str]
    plaintext: bytes


class WebPushSender:
    """Transport and encryptor are shared by all apps and not closed here."""

    def __init__(
        self, transport: Transport, vapid: VapidSigner, extra_hosts: frozenset[str], encryptor: Encryptor
    ) -> None:
        """`extra_hosts` as in Settings.web_push_hosts; the transport must have the AddressGuard for the same ones."""
        self._transport = transport
        self._vapid = vapid
        self._extra_hosts = extra_hosts
        self._encryptor = encryptor
        self._templates = Templates(_template), Templates(_template_with_badge)

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Send all of them at once; the answer has the same order and length."""
        outcomes: list[Outcome] = [Refused("invalid_message")] * len(notifications)
        ready: list[_Ready] = []
        headers: dict[tuple[str, int, str, str | None], list[str]] = {}
        for index, notification in enumerate(notifications):
            prepared = self._prepare(index, notification, headers)
            if isinstance(prepared, _Ready):
                ready.append(prepared)
            else:
                outcomes[index] = prepared
        chunks = (ready[start : start + CHUNK] for start in range(0, len(ready), CHUNK))
        await asyncio.gather(*(self._send_chunk(chunk, outcomes) for chunk in chunks))
        return outcomes

    async def close(self) -> None:
        """Nothing here is the app's own."""

    def _prepare(
        self, index: int, notification: Notification, shared: dict[tuple[str, int, str, str | None], list[str]]
    ) -> "_Ready | Refused | LaneDown":
        address, rendered = notification.address, notification.rendered
        if not isinstance(address, WebPush):
            return Refused("invalid_address")
        try:
            origin = check_endpoint(address.endpoint, self._extra_hosts).url
            plaintext = self._plaintext(notification)
            ttl = min(max(notification.ttl_seconds, 0), LONGEST_TTL)
            key = (origin, ttl, rendered.priority, rendered.collapse_key)
            headers = shared.get(key) or shared.setdefault(key, self._headers(*key))
        except BadEndpoint:
            return Refused("endpoint_refused")
        except BadVapidKey:
            return LaneDown("vapid_key_unusable")
        except ValueError:
            return Refused("invalid_message")
        if len(plaintext) > MOST_PLAINTEXT:
            return Refused("payload_too_large")
        return _Ready(index, origin, address, headers, plaintext)

    def _plaintext(self, notification: Notification) -> bytes:
        """Over Mozilla's limit the picture goes first: it is not essential."""
        rendered = notification.rendered
        words = (notification.delivery_id, notification.receipt, rendered.title, rendered.body)
        values = [msgspec.json.encode(each) for each in (*words, notification.badge)]
        templates = self._templates[notification.badge is not None]
        plaintext = templates.of(rendered).fill(values)
        if len(plaintext) > MOZILLA_BYTES and rendered.image_url is not None:
            plaintext = templates.of(replace(rendered, image_url=None)).fill(values)
        return plaintext

    def _headers(self, origin: str, ttl: int, priority: str, collapse_key: str | None) -> list[str]:
        """RFC 8030 §5.2 (TTL), §5.3 (Urgency), §5.4 (Topic)."""
        headers = [
            self._vapid.header(origin),
            f"ttl: {ttl}",
            f"urgency: {'high' if priority == 'high' else 'normal'}",
            "content-encoding: aes128gcm",
            "content-type: application/octet-stream",
        ]
        return [*headers, f"topic: {topic(collapse_key)}"] if collapse_key else headers

    async def _send_chunk(self, chunk: Sequence[_Ready], outcomes: list[Outcome]) -> None:
        sealed: list[Sealed] = [(each.address.p256dh, each.address.auth, each.plaintext) for each in chunk]
        bodies = await self._encryptor.encrypt(sealed)
        requests, places = [], []
        for each, body in zip(chunk, bodies, strict=True):
            if body is None:
                outcomes[each.index] = Refused("bad_keys")
                continue
            requests.append(Request(each.origin, each.address.endpoint, each.headers, body))
            places.append(each.index)
        for index, answer in zip(places, await self._transport.exchange(requests), strict=True):
            outcomes[index] = outcome(answer)


def _template(rendered: Rendered) -> Template:
    encoded = msgspec.json.encode(push_payload(rendered, _DELIVERY_ID, _RECEIPT))
    return Template.of(encoded, _MARKS)


def _template_with_badge(rendered: Rendered) -> Template:
    payload = msgspec.to_builtins(push_payload(rendered, _DELIVERY_ID, _RECEIPT))
    return Template.of(msgspec.json.encode({**payload, "badge": _BADGE}), _MARKS)


def topic(collapse_key: str) -> str:
    """At most 32 base64url characters; what is longer or other is hashed."""
    if _TOPIC.fullmatch(collapse_key):
        return collapse_key
    return base64.urlsafe_b64encode(hashlib.sha256(collapse_key.encode()).digest())[:32].decode()
