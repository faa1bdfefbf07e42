"""A Web Push subscription comes from outside: where it may send us, and whether its keys can be encrypted for.

Asked at registration and again at sending; the address a name resolves to is checked when connecting
(`push.senders.web_push.guard`).
"""

import base64
import binascii
import re
from functools import lru_cache
from ipaddress import ip_address

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from push.errors import Invalid

KNOWN_HOSTS = frozenset(
    {"fcm.googleapis.com", "jmt17.google.com", "updates.push.services.mozilla.com", "web.push.apple.com"}
)
KNOWN_PARENTS = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
POINT_BYTES = 65
AUTH_BYTES = 16

# ASCII only, no user-info, no trailing dot, no fragment, no white space or backslash anywhere.
ENDPOINT = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?"
    r"/[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*",
    re.ASCII,
)
_LABELS = re.compile(r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}", re.ASCII)
DEFAULT_PORTS = {"https": 443, "http": 80}


class BadEndpoint(Invalid):
    """This address is no push service we send to."""

    def __init__(self, detail: str) -> None:
        super().__init__("/address/endpoint", detail)


class BadSubscriptionKeys(Invalid):
    """Nothing can be encrypted with these keys."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"/address/{field}", detail)


class Origin(Struct, frozen=True):
    """Whom an endpoint belongs to."""

    url: str
    """`https://host`, with the port where it is not the scheme's own: what a VAPID signature is for (RFC 8292 §2)."""
    host: str
    named: bool
    """Allowed by FANFARE_WEB_PUSH_HOSTS, so it may be at a private address."""


def check_endpoint(endpoint: str, extra_hosts: frozenset[str]) -> Origin:
    """The origin of a push service that may be sent to. Raises BadEndpoint.

    `extra_hosts` are `host` or `host:port` in lower case, allowed beside the known services; plain http is for those
    of them on loopback. The known services are those of providers.md: https on port 443, nothing else.
    """
    matched = ENDPOINT.fullmatch(endpoint)
    if matched is None:
        raise BadEndpoint("An endpoint is an https address of a push service, with nothing before its host name.")
    return _origin(matched["scheme"], matched["host"], matched["port"], extra_hosts)


@lru_cache(maxsize=4096)
def _origin(scheme: str, host: str, given_port: str | None, extra_hosts: frozenset[str]) -> Origin:
    default = DEFAULT_PORTS[scheme]
    port = int(given_port) if given_port else default
    authority = host if port == default else f"{host}:{port}"
    named = authority in extra_hosts or f"{host}:{port}" in extra_hosts
    if not named and not _known(host):
        raise BadEndpoint(f"{host} is no push service that is allowed here.")
    if not named and (scheme != "https" or port != default):
        raise BadEndpoint("A push service is reached by https on port 443.")
    if scheme == "http" and not on_loopback(host):
        raise BadEndpoint("Plain http is for push services on loopback.")
    return Origin(f"{scheme}://{authority}", host, named)


def _known(host: str) -> bool:
    if host in KNOWN_HOSTS:
        return True
    return host.endswith(KNOWN_PARENTS) and _LABELS.fullmatch(host) is not None


def on_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_subscription_keys(p256dh: str, auth: str) -> None:
    """RFC 8291 §2: `p256dh` is an uncompressed point on P-256, `auth` has 16 bytes. Raises BadSubscriptionKeys."""
    point = _bytes("p256dh", p256dh)
    if len(point) != POINT_BYTES or point[0] != 4:
        raise BadSubscriptionKeys("p256dh", f"A subscriber's key has {POINT_BYTES} bytes, and 4 is the first.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadSubscriptionKeys("p256dh", "This is not a point on the curve P-256.") from None
    if len(_bytes("auth", auth)) != AUTH_BYTES:
        raise BadSubscriptionKeys("auth", f"An authentication secret has {AUTH_BYTES} bytes.")


def _bytes(field: str, text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise BadSubscriptionKeys(field, "Keys are base64url.")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error:
        raise BadSubscriptionKeys(field, "Keys are base64url.") from None
