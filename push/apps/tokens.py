"""Signed tokens that can be checked without the database: device keys and receipts."""

import binascii
import functools
import hashlib
import hmac
from typing import NamedTuple

from push.errors import BadReceipt, Unauthenticated
from push.ids import base32

_ID_BYTES = 15
_GENERATION_BYTES = 2
_DEVICE_SIGNATURE_BYTES = 16
_RECEIPT_SIGNATURE_BYTES = 12


class DeviceKey(NamedTuple):
    """What a device key says, once its signature is known to be ours."""

    app_id: str
    device_id: str
    generation: int
    """Each rotation makes the next one; the device knows which is current."""


def _pack(identifier: str) -> bytes:
    # Python's digits for base 32 are those of base32hex, and int() reads them 30 times faster than base64 does.
    return int(identifier.partition("_")[2], 32).to_bytes(_ID_BYTES)


_packed = functools.lru_cache(1000)(_pack)
"""For apps: each is named in many receipts."""
_TO_PLAIN, _TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


def _unpack(prefix: str, raw: bytes) -> str:
    return f"{prefix}_{base32(raw)}"


_unpacked = functools.lru_cache(1000)(_unpack)
"""For apps and campaigns: each is named in many receipts."""


def base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Raises ValueError, also for another spelling of the same bytes: a token has one."""
    # As urlsafe_b64decode does it, in a third of its time: whole batches of receipts are read.
    given = text.encode()
    raw = binascii.a2b_base64(given.translate(_TO_PLAIN) + b"=" * (-len(given) % 4))
    if binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL) != given:
        raise ValueError
    return raw


class _Keyed:
    """HMAC-SHA256 (RFC 2104) under one key, whose schedule is worked out once: a third of what `hmac` takes for what
    is as short as a token."""

    def __init__(self, key: bytes) -> None:
        """A key of up to 64 bytes."""
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(self, raw: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(raw)
        outer.update(inner.digest())
        return outer.digest()


class Tokens:
    """Makes and reads the tokens of one Fanfare; whoever has the master secret can check them."""

    def __init__(self, master_secret: str) -> None:
        self._device = self._derive(master_secret, b"device key")
        self._receipt = self._derive(master_secret, b"receipt")
        self._unsubscribe = self._derive(master_secret, b"unsubscribe")

    @staticmethod
    def _derive(master_secret: str, purpose: bytes) -> _Keyed:
        return _Keyed(hmac.digest(master_secret.encode(), b"fanfare " + purpose, hashlib.sha256))

    def device_key(self, app_id: str, device_id: str, generation: int = 0) -> str:
        """`ffd_…`: proves to be this installation. The same device and generation make the same key."""
        raw = _pack(app_id) + _pack(device_id) + generation.to_bytes(_GENERATION_BYTES)
        return "ffd_" + base64url(raw + self._device.sign(raw)[:_DEVICE_SIGNATURE_BYTES])

    def read_device_key(self, key: str) -> DeviceKey:
        """What it says, read without the database. Raises Unauthenticated."""
        try:
            token = _decode(key.removeprefix("ffd_"))
        except (binascii.Error, ValueError):
            raise Unauthenticated from None
        split = 2 * _ID_BYTES + _GENERATION_BYTES
        raw, signature = token[:split], token[split:]
        expected = self._device.sign(raw)[:_DEVICE_SIGNATURE_BYTES]
        if not key.startswith("ffd_") or not hmac.compare_digest(signature, expected):
            raise Unauthenticated
        app_id, device_id = _unpack("app", raw[:_ID_BYTES]), _unpack("dev", raw[_ID_BYTES : 2 * _ID_BYTES])
        return DeviceKey(app_id, device_id, int.from_bytes(raw[2 * _ID_BYTES :]))

    def receipt(self, app_id: str, delivery_id: str) -> str:
        """`ffr_…`: lets exactly this delivery be reported without a key. 82 characters."""
        return self._of_delivery(self._receipt, "ffr_", app_id, delivery_id)

    def read_receipt(self, receipt: str) -> tuple[str, str]:
        """The app id and delivery id. Raises BadReceipt."""
        return self._read_of_delivery(self._receipt, "ffr_", receipt)

    def unsubscribe(self, app_id: str, delivery_id: str) -> str:
        """`ffu_…`: lets whoever got this letter say that they want no more such letters."""
        return self._of_delivery(self._unsubscribe, "ffu_", app_id, delivery_id)

    def read_unsubscribe(self, token: str) -> tuple[str, str]:
        """The app id and delivery id. Raises BadReceipt."""
        return self._read_of_delivery(self._unsubscribe, "ffu_", token)

    def _of_delivery(self, keyed: _Keyed, prefix: str, app_id: str, delivery_id: str) -> str:
        campaign, channel, recipient = delivery_id[4:28], delivery_id[28], delivery_id[29:]
        raw = _packed(app_id) + int(campaign + recipient, 32).to_bytes(2 * _ID_BYTES) + channel.encode()
        return prefix + base64url(raw + keyed.sign(raw)[:_RECEIPT_SIGNATURE_BYTES])

    def _read_of_delivery(self, keyed: _Keyed, prefix: str, text: str) -> tuple[str, str]:
        try:
            token = _decode(text.removeprefix(prefix))
        except (binascii.Error, ValueError):
            raise BadReceipt from None
        raw, signature = token[: 3 * _ID_BYTES + 1], token[3 * _ID_BYTES + 1 :]
        expected = keyed.sign(raw)[:_RECEIPT_SIGNATURE_BYTES]
        if not text.startswith(prefix) or not hmac.compare_digest(signature, expected):
            raise BadReceipt
        campaign = _unpacked("dlv", raw[_ID_BYTES : 2 * _ID_BYTES])
        recipient = base32(raw[2 * _ID_BYTES : 3 * _ID_BYTES])
        return _unpacked("app", raw[:_ID_BYTES]), f"{campaign}{chr(raw[-1])}{recipient}"
