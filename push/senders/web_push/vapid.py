"""Who is sending: one signed header a push service, reused for many messages (RFC 8292)."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from py_vapid import Vapid02, VapidException

from push.apps.model import VapidKey
from push.errors import PushError

REUSED_SECONDS = 11 * 3600
VALID_SECONDS = 23 * 3600
"""`exp` is at most 24 hours ahead by the service's clock, which may be behind ours."""
MOST_ORIGINS = 1000


class BadVapidKey(PushError):
    """The app's key or subject is of no use: its subject must be a real mailto: or https: address."""


class VapidSigner:
    def __init__(self, key: VapidKey, now: Callable[[], float] = time.time) -> None:
        """Raises BadVapidKey for what is no P-256 key or no contact address. `now` gives Unix seconds."""
        try:
            private = load_pem_private_key(key.private_pem, password=None)
        except (ValueError, TypeError):
            raise BadVapidKey("The Web Push key cannot be read.") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise BadVapidKey("The Web Push key is no P-256 key.")
        if not key.subject.startswith(("mailto:", "https://")):
            raise BadVapidKey("The subject must be a mailto: or https: address.")
        # Its own check of the subject refuses an https address with a path.
        self._vapid = Vapid02(private, conf={"no-strict": True})
        self._subject = key.subject
        self._now = now
        self._headers: dict[str, tuple[float, str]] = {}

    def header(self, origin: str) -> str:
        """The authorization header for a push service, `https://host[:port]`. Raises BadVapidKey."""
        now = self._now()
        made_at, header = self._headers.get(origin, (0.0, ""))
        if 0 <= now - made_at < REUSED_SECONDS:
            return header
        if len(self._headers) >= MOST_ORIGINS:
            self._headers.clear()
        claims = {"aud": origin, "exp": int(now) + VALID_SECONDS, "sub": self._subject}
        try:
            header = f"authorization: {self._vapid.sign(claims)['Authorization']}"
        except VapidException as error:
            raise BadVapidKey(str(error)) from None
        self._headers[origin] = (now, header)
        return header
