"""What we encrypt, others decrypt: http_ece (pywebpush's own) and the stand-in's reader."""

import base64
import os

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pywebpush import WebPusher

from push.senders.web_push.encryption import MOST_PLAINTEXT, encrypt, encrypt_all
from sdk_contracts.sandbox.web_push.encryption import decrypt

SUBSCRIBER = ec.generate_private_key(ec.SECP256R1())
POINT = SUBSCRIBER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = os.urandom(16)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=MOST_PLAINTEXT))
def test_two_independent_implementations_read_what_was_encrypted(plaintext: bytes) -> None:
    body = encrypt(plaintext, POINT, AUTH)
    assert http_ece.decrypt(body, private_key=SUBSCRIBER, auth_secret=AUTH, version="aes128gcm") == plaintext
    assert decrypt(body, SUBSCRIBER, POINT, AUTH) == plaintext


def test_it_is_as_long_as_pywebpush_makes_it() -> None:
    subscription = {"endpoint": "https://x.example/", "keys": {"p256dh": base64url(POINT), "auth": base64url(AUTH)}}
    for size in (1, 100, MOST_PLAINTEXT):
        assert len(encrypt(b"x" * size, POINT, AUTH)) == len(WebPusher(subscription).encode(b"x" * size)["body"])


def test_the_largest_plaintext_makes_the_largest_body() -> None:
    assert len(encrypt(b"x" * MOST_PLAINTEXT, POINT, AUTH)) == 4096
    with pytest.raises(ValueError, match="3994"):
        encrypt(b"x" * (MOST_PLAINTEXT + 1), POINT, AUTH)


def test_no_two_messages_share_a_key_or_a_salt() -> None:
    bodies = [encrypt(b"same", POINT, AUTH) for _ in range(50)]
    assert len({body[:16] for body in bodies}) == 50
    assert len({body[21:86] for body in bodies}) == 50


def test_bad_keys_spoil_their_own_message_only() -> None:
    good = (base64url(POINT), base64url(AUTH), b"hello")
    off_curve = (base64url(POINT[:-1] + bytes([POINT[-1] ^ 1])), base64url(AUTH), b"hello")
    not_base64 = ("ä", base64url(AUTH), b"hello")
    first, second, third, fourth = encrypt_all([good, off_curve, not_base64, good])
    assert first
    assert fourth
    assert second is third is None
