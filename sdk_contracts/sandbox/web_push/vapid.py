"""Checking who sends (RFC 8292)."""

import re
import time
from base64 import urlsafe_b64decode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

LONGEST_LIFE_SECONDS = 24 * 3600
CLOCK_SLACK_SECONDS = 60
MOST_REMEMBERED = 1000
HEADER = re.compile(r"vapid\s+(?=.*\bt=([\w.-]+))(?=.*\bk=([\w-]+)=*)", re.IGNORECASE)
CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://\S+")


class Unidentified(Exception):
    """401: there is no usable VAPID header."""


class Forbidden(Exception):
    """403: the header does not prove what it says."""


class Sender(Struct, frozen=True):
    """An application server that proved its key."""

    key: bytes
    """65 bytes, uncompressed point."""
    subject: str
    expires_at: float


class Vapid:
    """Remembers headers that held, since one signature serves many messages."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._good: dict[str, Sender] = {}

    def check(self, authorization: str | None) -> Sender:
        """Who signed. Raises Unidentified or Forbidden."""
        if authorization is None:
            raise Unidentified("A push service asks for VAPID: there is no Authorization header.")
        known = self._good.get(authorization)
        if known and known.expires_at > time.time():
            return known
        sender = self._read(authorization)
        if len(self._good) >= MOST_REMEMBERED:
            self._good.clear()
        self._good[authorization] = sender
        return sender

    def _read(self, authorization: str) -> Sender:
        found = HEADER.match(authorization)
        if not found:
            raise Unidentified('The Authorization header is not "vapid t=…, k=…".')
        point = decode(found[2])
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise Unidentified("k is no point on P-256.") from error
        try:
            claims = jwt.decode(
                found[1],
                key,
                algorithms=["ES256"],
                audience=self._origin,
                leeway=CLOCK_SLACK_SECONDS,
                options={"require": ["aud", "exp"]},
            )
        except jwt.DecodeError as error:
            raise Forbidden(f"BadJwtToken: {error}") from error
        except jwt.InvalidTokenError as error:
            raise Forbidden(f"BadJwtToken: {error} (aud must be {self._origin})") from error
        if claims["exp"] > time.time() + LONGEST_LIFE_SECONDS + CLOCK_SLACK_SECONDS:
            raise Forbidden("BadJwtToken: exp is more than 24 hours away")
        subject = str(claims.get("sub", ""))
        if not CONTACT.fullmatch(subject):
            raise Forbidden("BadJwtToken: sub must be a mailto: or https: contact")
        return Sender(point, subject, claims["exp"])


def decode(text: str) -> bytes:
    """base64url with or without padding; empty when it is none."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
