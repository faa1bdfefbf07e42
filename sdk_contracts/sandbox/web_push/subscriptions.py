"""Browsers' subscriptions, with the private keys that only the browsers would have."""

import secrets
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from sdk_contracts.sandbox.web_push.encryption import decrypt, point


class Keys(Struct, frozen=True):
    private: ec.EllipticCurvePrivateKey
    public: bytes
    auth: bytes


class Subscription(Struct, frozen=True):
    """One browser: what it gives the application server, and how it reads what comes."""

    endpoint: str
    token: str
    keys: Keys
    application_server_key: bytes | None
    """Only this key may send, when given (RFC 8292 section 4)."""

    @property
    def address(self) -> dict[str, str]:
        """The `address` of `POST /v1/devices`."""
        return {
            "kind": "web_push",
            "endpoint": self.endpoint,
            "p256dh": encode(self.keys.public),
            "auth": encode(self.keys.auth),
        }

    def open(self, body: bytes) -> bytes:
        """The plaintext. Raises Undecryptable."""
        return decrypt(body, self.keys.private, self.keys.public, self.keys.auth)


class Subscriptions:
    """All of one push service, by the token in the endpoint."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._live: dict[str, Subscription] = {}
        self._gone: set[str] = set()

    def add(self, application_server_key: bytes | None = None, keys: Keys | None = None) -> Subscription:
        """A new subscription; `keys` shares another's, for large fleets."""
        token = secrets.token_urlsafe(24)
        subscription = Subscription(f"{self._url}/push/{token}", token, keys or make_keys(), application_server_key)
        self._live[token] = subscription
        return subscription

    def find(self, token: str) -> Subscription | None:
        return self._live.get(token)

    def was(self, token: str) -> bool:
        """Whether there was such a subscription that ended: 410 rather than 404."""
        return token in self._gone

    def end(self, token: str) -> None:
        """The browser unsubscribed."""
        if self._live.pop(token, None):
            self._gone.add(token)

    def __len__(self) -> int:
        return len(self._live)


def make_keys() -> Keys:
    private = ec.generate_private_key(ec.SECP256R1())
    return Keys(private, point(private.public_key()), secrets.token_bytes(16))


def encode(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
