"""Message encryption for Web Push (RFC 8291, aes128gcm of RFC 8188), on `cryptography`.

pywebpush does the same at a third more of the cost, and is what the tests compare with. This module runs in processes
of its own, so it imports little.
"""

import base64
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
SALT_BYTES = 16
POINT_BYTES = 65
MOST_PLAINTEXT = 3993
"""4,096 bytes of body, less salt, record size, key and its length (86), delimiter (1) and tag (16)."""

Sealed = tuple[str, str, bytes]
"""`p256dh`, `auth` (both base64url, of a subscription) and the plaintext."""

_CURVE = ec.SECP256R1()
_AFTER_SALT = RECORD_SIZE.to_bytes(4, "big") + bytes([POINT_BYTES])


def encrypt(plaintext: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """The body of a push. Raises ValueError for a key that is no point on P-256 or a plaintext over 3,993 bytes."""
    if len(plaintext) > MOST_PLAINTEXT:
        raise ValueError(f"{len(plaintext)} bytes are more than one push holds")
    subscriber = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p256dh)
    ours = ec.generate_private_key(_CURVE)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = _derive(32, auth, b"WebPush: info\0" + p256dh + point, ours.exchange(ec.ECDH(), subscriber))
    salt = os.urandom(SALT_BYTES)
    key = _derive(16, salt, b"Content-Encoding: aes128gcm\0", secret)
    nonce = _derive(12, salt, b"Content-Encoding: nonce\0", secret)
    # The byte 2 ends the last (and only) record.
    return salt + _AFTER_SALT + point + AESGCM(key).encrypt(nonce, plaintext + b"\x02", None)


def encrypt_all(messages: Sequence[Sealed]) -> list[bytes | None]:
    """A body each, None where the subscription's keys are of no use."""
    bodies: list[bytes | None] = []
    for p256dh, auth, plaintext in messages:
        try:
            bodies.append(encrypt(plaintext, _decode(p256dh), _decode(auth)))
        except ValueError:
            bodies.append(None)
    return bodies


def _derive(length: int, salt: bytes, info: bytes, secret: bytes) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
