"""What an address is worth remembering by, which platform may have which, and which takes the place of which."""

import hashlib
import re
from datetime import datetime
from typing import Any

import msgspec

from push.devices.endpoints import check_endpoint, check_subscription_keys
from push.devices.model import Address, FcmFid, FcmToken, WebPush
from push.errors import Invalid
from sdk_contracts.wire import devices as wire

_TOKEN_OF_FID = re.compile(r"(?P<fid>[A-Za-z0-9_-]{22}):.+", re.ASCII)
"""A registration token begins with its installation's id, 22 base64url characters; case tells them apart."""


def checked(address: wire.Address, platform: str, extra_hosts: frozenset[str]) -> Address:
    """The address as the engine keeps it. Raises Invalid when it cannot belong to the platform or be reached."""
    known: Address = msgspec.convert(msgspec.to_builtins(address), Address)
    if isinstance(known, WebPush) and platform == "web":
        check_endpoint(known.endpoint, extra_hosts)
        check_subscription_keys(known.p256dh, known.auth)
    elif isinstance(known, WebPush):
        raise Invalid("/address/kind", f"A device of platform {platform} has an FCM address.")
    return known


def fingerprint(address: Address) -> str:
    """128 bits that stand for this address, so that indexes and comparisons need not carry it."""
    match address:
        case FcmToken(token=value) | FcmFid(fid=value) | WebPush(endpoint=value):
            return hashlib.sha256(value.encode()).hexdigest()[:32]


def firebase_id(address: Address) -> str | None:
    """The Firebase installation that an FCM address is of; None for a token that does not tell, and for Web Push."""
    match address:
        case FcmFid(fid=value):
            return value
        case FcmToken(token=value):
            matched = _TOKEN_OF_FID.fullmatch(value)
            return matched["fid"] if matched else None
        case _:
            return None


def successor(held: Address | None, offered: Address) -> Address | None:
    """What a device that holds `held` has after it told us `offered`; None where it stays as it is, unconfirmed.

    From token to Firebase installation id, and never back: once sent to by its id, a phone's old token may stop
    working (FCM, "Manage registration tokens"). A token of the same installation confirms the id.
    """
    if isinstance(held, FcmFid) and isinstance(offered, FcmToken):
        return held if firebase_id(offered) == held.fid else None
    return offered


def confirmed(address: Address, at: datetime) -> dict[str, Any]:
    """The fields of a device that has just told us its address."""
    return {
        "address": address,
        "fingerprint": fingerprint(address),
        "firebase_id": firebase_id(address),
        "confirmed_at": at,
        "address_gone_at": None,
    }
