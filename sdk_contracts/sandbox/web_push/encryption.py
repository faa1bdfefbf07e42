"""Reading what a Web Push carries (RFC 8291, RFC 8188), on bare primitives: it shares no code with a sender."""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SALT_BYTES = 16
HEADER_BYTES = SALT_BYTES + 4 + 1
TAG_BYTES = 16
POINT_BYTES = 65
LAST_RECORD = 2


class Undecryptable(ValueError):
    """The body is not what the subscriber's key opens."""


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes of an uncompressed P-256 point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decrypt(body: bytes, private_key: ec.EllipticCurvePrivateKey, public: bytes, auth: bytes) -> bytes:
    """The plaintext of an aes128gcm body for this subscriber. Raises Undecryptable.

    `public` is the subscriber's own point, `auth` its 16-byte secret.
    """
    if len(body) < HEADER_BYTES + POINT_BYTES + TAG_BYTES + 1:
        raise Undecryptable("The body is too short.")
    salt = body[:SALT_BYTES]
    record_size = int.from_bytes(body[SALT_BYTES : SALT_BYTES + 4], "big")
    key_bytes = body[HEADER_BYTES - 1]
    if key_bytes != POINT_BYTES:
        raise Undecryptable(f"The sender's key has {key_bytes} bytes, not {POINT_BYTES}.")
    sender = body[HEADER_BYTES : HEADER_BYTES + POINT_BYTES]
    sealed = body[HEADER_BYTES + POINT_BYTES :]
    if len(sealed) > record_size:
        raise Undecryptable("A push is one record (RFC 8291 section 4).")
    key, nonce = _keys(private_key, public, sender, auth, salt)
    try:
        padded = AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise Undecryptable("The tag does not fit.") from error
    plain = padded.rstrip(b"\0")
    if not plain or plain[-1] != LAST_RECORD:
        raise Undecryptable("The padding has no end.")
    return plain[:-1]


def _keys(
    private_key: ec.EllipticCurvePrivateKey, public: bytes, sender: bytes, auth: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    """The content key and nonce (RFC 8291 section 3.4): HKDF-SHA256, whose expansions here are one block each."""
    try:
        shared = private_key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    except ValueError as error:
        raise Undecryptable("The sender's key is no point on P-256.") from error
    secret = _sign(_sign(auth, shared), b"WebPush: info\0" + public + sender + b"\x01")
    extracted = _sign(salt, secret)
    key = _sign(extracted, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _sign(extracted, b"Content-Encoding: nonce\0\x01")[:12]
    return key, nonce


def _sign(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
