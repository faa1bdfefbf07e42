"""Signatures as Standard Webhooks has them (standard-webhooks 1.0.0, symmetric, `v1`)."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32
"""The specification asks for 24 to 64."""


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers(secret: str, message_id: str, at: datetime, body: bytes) -> list[str]:
    """The three headers that go with this body, posted now (`at`)."""
    timestamp = int(at.timestamp())
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signature = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return [
        f"webhook-id: {message_id}",
        f"webhook-timestamp: {timestamp}",
        f"webhook-signature: v1,{base64.b64encode(signature).decode()}",
    ]
