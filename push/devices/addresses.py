"""What an address is worth remembering by, and which platform may have which."""

import hashlib

import msgspec

from push.devices.endpoints import check_endpoint, check_subscription_keys
from push.devices.model import Address, FcmFid, FcmToken, WebPush
from push.errors import Invalid
from sdk_contracts.wire import devices as wire


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
