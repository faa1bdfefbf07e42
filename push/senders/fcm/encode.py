"""FCM's JSON for one phone: encoded once a message, then only words, address, ids and times are put in."""

import time
from typing import Any

import orjson

from push.content.model import Rendered
from push.devices.model import FcmFid, FcmToken
from push.senders.fcm import firebase
from push.senders.model import Notification
from push.senders.template import BODY, SUBTITLE, TITLE, Template, Templates, mark

_OWN = _ADDRESS, _DELIVERY_ID, _RECEIPT = tuple(mark() for _ in range(3))
_ALIKE = _TTL, _EXPIRES_AT, _BADGE, _BADGE_TEXT = tuple(mark() for _ in range(4))
_MARKS = (*_OWN, *_ALIKE, TITLE, BODY, SUBTITLE)
_ANY_SECONDS = _ANY_BADGE = 0
_REMEMBERED = 256
LONGEST_TTL = 28 * 24 * 3600


class Encoder:
    """Makes request bodies. Equal, as JSON, to what firebase-admin makes of every message by itself."""

    def __init__(self) -> None:
        token, fid = FcmToken(token=_ADDRESS), FcmFid(fid=_ADDRESS)
        self._token = _kinds(token)
        self._fid = _kinds(fid)
        self._before: Rendered | None = None
        self._begun: dict[object, tuple[Rendered, Template]] = {}
        """Templates with all filled in that many get alike, and the words themselves, whose `id` they are found by."""

    def encode(self, notification: Notification, now: float | None = None) -> bytes:
        """The body of `messages:send`. Raises ValueError for what FCM would refuse by its shape."""
        rendered, badge = notification.rendered, notification.badge
        match notification.address:
            case FcmToken(token=address):
                kinds = self._token
            case FcmFid(fid=address):
                kinds = self._fid
            case other:
                raise ValueError(f"FCM does not reach {type(other).__name__}")
        if not address:
            raise ValueError("the address is empty")
        own = tuple(map(to_json, (address, notification.delivery_id, notification.receipt)))
        ttl = min(max(notification.ttl_seconds, 0), LONGEST_TTL)
        expires_at = int(time.time() if now is None else now) + ttl
        key = id(rendered), kinds is self._fid, ttl, expires_at, badge
        if (begun := self._begun.get(key)) is not None:
            return begun[1].fill(own)
        template = kinds[badge is not None].of(rendered)
        alike = (
            b'"%ds"' % ttl,
            b'"%d"' % expires_at,
            b"%d" % (badge or 0),
            b'"%d"' % (badge or 0),
            to_json(rendered.title),
            to_json(rendered.body),
            to_json(rendered.subtitle) if rendered.subtitle else b"",
        )
        if rendered is not self._before:
            # Said for the first time; perhaps to one person only.
            self._before = rendered
            return template.fill((*own, *alike))
        if len(self._begun) >= _REMEMBERED:
            self._begun.clear()
        template = template.begun(len(own), alike)
        self._begun[key] = rendered, template
        return template.fill(own)


def full_message(notification: Notification, now: float) -> Any:
    """The same message, made by firebase-admin alone: for its own transport, and to compare with."""
    assert isinstance(notification.address, FcmToken | FcmFid)
    ttl = min(max(notification.ttl_seconds, 0), LONGEST_TTL)
    return firebase.message(
        notification.rendered,
        notification.address,
        notification.delivery_id,
        notification.receipt,
        ttl,
        int(now) + ttl,
        notification.badge,
    )


def _kinds(address: FcmToken | FcmFid) -> tuple[Templates, Templates]:
    """Without and with a badge."""
    return (
        Templates(lambda rendered: _template(rendered, address, None)),
        Templates(lambda rendered: _template(rendered, address, _ANY_BADGE)),
    )


def _template(rendered: Rendered, address: FcmToken | FcmFid, badge: int | None) -> Template:
    made = firebase.encode(
        firebase.message(rendered, address, _DELIVERY_ID, _RECEIPT, _ANY_SECONDS, _ANY_SECONDS, badge)
    )
    if badge is not None:
        if not rendered.silent:
            made["apns"]["payload"]["aps"]["badge"] = _BADGE
        made["data"]["badge"] = _BADGE_TEXT
    made["android"]["ttl"] = _TTL
    made["apns"]["headers"]["apns-expiration"] = _EXPIRES_AT
    return Template.of(to_json({"message": made}), _MARKS)


def to_json(value: Any) -> bytes:
    """Raises ValueError for text that is no Unicode."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise ValueError(str(error)) from None
