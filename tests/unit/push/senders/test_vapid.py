"""Signatures name the push service they are for, and are made once for many messages."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from py_vapid import Vapid02

from push.apps.model import VapidKey
from push.senders.web_push.vapid import BadVapidKey, VapidSigner

HOUR = 3600


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


PRIVATE = ec.generate_private_key(ec.SECP256R1())
POINT = PRIVATE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
PUBLIC = base64.urlsafe_b64encode(POINT).rstrip(b"=").decode()


def key(subject: str = "mailto:push@shop.example", private: bytes | None = None) -> VapidKey:
    return VapidKey(private or pem(PRIVATE), PUBLIC, subject)


def claims(header: str) -> dict[str, object]:
    payload = header.split("t=")[1].split(",")[0].split(".")[1]
    read: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


class Clock:
    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


def test_each_push_service_gets_its_own_audience_and_a_day_at_most() -> None:
    clock = Clock()
    signer = VapidSigner(key(), clock)
    for origin in ("https://fcm.googleapis.com", "https://web.push.apple.com", "https://push.example:8443"):
        header = signer.header(origin)
        assert header.startswith("authorization: vapid t=")
        assert header.endswith(f"k={PUBLIC}")
        assert claims(header)["aud"] == origin
        assert claims(header)["sub"] == "mailto:push@shop.example"
        assert 12 * HOUR < int(str(claims(header)["exp"])) - clock.at <= 24 * HOUR
        assert Vapid02.verify(header.removeprefix("authorization: "))


def test_a_signature_is_used_for_half_a_day_and_then_made_anew() -> None:
    clock = Clock()
    signer = VapidSigner(key(), clock)
    first = signer.header("https://fcm.googleapis.com")
    clock.at += 10 * HOUR
    assert signer.header("https://fcm.googleapis.com") == first
    clock.at += 2 * HOUR
    renewed = signer.header("https://fcm.googleapis.com")
    assert renewed != first
    assert int(str(claims(renewed)["exp"])) > clock.at + 12 * HOUR


def test_a_clock_set_back_does_not_keep_an_old_signature_alive() -> None:
    clock = Clock()
    signer = VapidSigner(key(), clock)
    signer.header("https://fcm.googleapis.com")
    clock.at -= 48 * HOUR
    assert int(str(claims(signer.header("https://fcm.googleapis.com"))["exp"])) - clock.at <= 24 * HOUR


@pytest.mark.parametrize("subject", ["", "push@shop.example", "http://shop.example"])
def test_a_subject_that_is_no_contact_is_refused(subject: str) -> None:
    with pytest.raises(BadVapidKey):
        VapidSigner(key(subject))


def test_a_subject_may_be_a_page() -> None:
    assert VapidSigner(key("https://shop.example/contact")).header("https://fcm.googleapis.com")


def test_a_key_of_another_kind_is_refused() -> None:
    for private in (b"", pem(ec.generate_private_key(ec.SECP384R1())), pem(rsa.generate_private_key(65537, 2048))):
        with pytest.raises(BadVapidKey):
            VapidSigner(VapidKey(private, PUBLIC, "mailto:push@shop.example"))
