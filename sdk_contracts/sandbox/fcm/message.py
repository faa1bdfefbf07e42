"""What `messages:send` takes, checked like the real one: a wrong field is named in the answer."""

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from sdk_contracts.sandbox.fcm.answers import invalid
from sdk_contracts.sandbox.serving import Answer

MOST_BYTES = 4096
MOST_BYTES_TO_TOPICS = 2048
MOST_TTL_SECONDS = 28 * 24 * 3600
RESERVED = re.compile(r"from|message_type|google.*|gcm.*")
Words = dict[str, Any]


class Strict(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Google refuses names that it does not know."""


class Android(Strict, frozen=True, forbid_unknown_fields=True, gc=False):
    collapse_key: str | None = None
    priority: Literal["normal", "high", "NORMAL", "HIGH"] | None = None
    ttl: Annotated[str, Meta(pattern=r"^\d+(\.\d{1,9})?s$")] | None = None
    restricted_package_name: str | None = None
    data: dict[str, str] | None = None
    notification: Words | None = None
    fcm_options: Words | None = None
    direct_boot_ok: bool | None = None
    bandwidth_constrained_ok: bool | None = None
    restricted_satellite_ok: bool | None = None


class Apns(Strict, frozen=True, forbid_unknown_fields=True, gc=False):
    headers: dict[str, str] | None = None
    payload: Words | None = None
    fcm_options: Words | None = None
    live_activity_token: str | None = None


class Notification(Strict, frozen=True, forbid_unknown_fields=True, gc=False):
    title: str | None = None
    body: str | None = None
    image: str | None = None


class FcmMessage(Strict, frozen=True, forbid_unknown_fields=True, gc=False):
    token: str | None = None
    fid: str | None = None
    topic: str | None = None
    condition: str | None = None
    name: str | None = None
    data: dict[str, str] | None = None
    notification: Notification | None = None
    android: Android | None = None
    apns: Apns | None = None
    webpush: Words | None = None
    fcm_options: Words | None = None

    @property
    def address(self) -> str:
        """The token, FID, topic or condition; empty when there is none."""
        return self.token or self.fid or self.topic or self.condition or ""

    @property
    def ttl_seconds(self) -> float:
        """How long FCM would keep it: four weeks unless the sender said."""
        ttl = self.android.ttl if self.android else None
        return _seconds(ttl) if ttl else MOST_TTL_SECONDS


class SendRequest(Strict, frozen=True, forbid_unknown_fields=True, gc=False):
    message: FcmMessage
    validate_only: bool = False


_decoder = msgspec.json.Decoder(SendRequest)
_PATH = re.compile(r" - at `\$\.?(.*?)`$")


def read(body: bytes) -> SendRequest | Answer:
    """The request, or the 400 that says what is wrong with it."""
    try:
        request = _decoder.decode(body)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        return invalid(found[1] if found else "", f"Invalid value: {error}", schema=True)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return invalid("", "Invalid JSON payload received.", schema=True)
    return _fault(request.message, len(body)) or request


def _fault(message: FcmMessage, body_bytes: int) -> Answer | None:
    if (message.token, message.fid, message.topic, message.condition).count(None) != 3:
        return invalid("message", "Exactly one of token, fid, topic or condition must be specified.")
    if not message.condition and not _is_token(message.address):
        return invalid("message.token", "The registration token is not a valid FCM registration token")
    if message.data:
        for key in message.data:
            if key[0:1] in "fmg" and RESERVED.fullmatch(key):
                return invalid("message.data", f"Invalid data payload key: {key}")
    if message.android and message.ttl_seconds > MOST_TTL_SECONDS:
        return invalid("message.android.ttl", f"TTL must be at most {MOST_TTL_SECONDS} seconds")
    most = MOST_BYTES if message.token or message.fid else MOST_BYTES_TO_TOPICS
    # The JSON is never shorter than what it says, so most messages need no counting.
    if body_bytes > most and payload_bytes(message) > most:
        return invalid("message.data", f"Message is too big. The payload is limited to {most} bytes.")
    return None


def _is_token(address: str) -> bool:
    """Visible ASCII only."""
    return address != "" and address.isascii() and address.isprintable() and " " not in address


@lru_cache(maxsize=1024)
def _seconds(ttl: str) -> float:
    return float(ttl[:-1])


def payload_bytes(message: FcmMessage) -> int:
    """UTF-8 bytes of names and values in `data` and `notification`, or of the APNs payload where that is more.

    Firebase documents the limit, not the counting: this is what a phone gets, without the envelope.
    """
    android = message.android or Android()
    shown = msgspec.to_builtins(message.notification) if message.notification else {}
    shown = {**shown, **(android.notification or {})}
    data = {**(message.data or {}), **(android.data or {})}
    common = sum(_bytes(name) + _bytes(value) for part in (shown, data) for name, value in part.items())
    apns = len(msgspec.json.encode(message.apns.payload)) if message.apns and message.apns.payload else 0
    return max(common, apns)


def _bytes(value: Any) -> int:
    if value is None:
        return 0
    return len(value.encode()) if isinstance(value, str) else len(msgspec.json.encode(value))
