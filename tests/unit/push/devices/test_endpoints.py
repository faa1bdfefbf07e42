"""Which push services may be sent to, and which keys can be encrypted for."""

import base64
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from push.devices.endpoints import BadEndpoint, BadSubscriptionKeys, check_endpoint, check_subscription_keys

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
        "https://fcm.googleapis.com:443/wp/abc",
        "https://jmt17.google.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://updates-autopush.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QGuQ",
        "https://api.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2b%2f",
    ],
)
def test_the_known_push_services_are_allowed(endpoint: str) -> None:
    origin = check_endpoint(endpoint, NONE)
    assert endpoint.startswith(origin.url.removesuffix(":443"))
    assert not origin.named


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com./x",
        "https://FCM.googleapis.com/x",
        "https://evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://a..notify.windows.com/x",
        "https://-a.notify.windows.com/x",
        "https://xn--80ak6aa92e.push.apple.com/x",
        "https://fcm.googleap\u0456s.com/x",
        "https://fcm.googleapis.com\uff0eevil.example/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:443@evil.example/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\n",
        " https://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "",
    ],
)
def test_everything_else_is_refused(endpoint: str) -> None:
    with pytest.raises(BadEndpoint):
        check_endpoint(endpoint, NONE)


def test_a_named_host_is_allowed_on_exactly_its_port() -> None:
    named = frozenset({"push.example.org:8443", "127.0.0.1:9001", "localhost:9002"})
    assert check_endpoint("https://push.example.org:8443/x", named).url == "https://push.example.org:8443"
    assert check_endpoint("http://127.0.0.1:9001/x", named).named
    assert check_endpoint("http://localhost:9002/x", named).url == "http://localhost:9002"
    for endpoint in ("https://push.example.org/x", "http://push.example.org:8443/x", "http://127.0.0.1:9002/x"):
        with pytest.raises(BadEndpoint):
            check_endpoint(endpoint, named)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


POINT = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = os.urandom(16)


def test_the_keys_of_a_real_subscription_are_taken_with_and_without_padding() -> None:
    check_subscription_keys(_encoded(POINT), _encoded(AUTH))
    check_subscription_keys(base64.urlsafe_b64encode(POINT).decode(), base64.urlsafe_b64encode(AUTH).decode())


@pytest.mark.parametrize(
    ("point", "auth", "field"),
    [
        (POINT[:-1], AUTH, "p256dh"),
        (b"\x02" + POINT[1:33], AUTH, "p256dh"),
        (b"\x06" + POINT[1:], AUTH, "p256dh"),
        (POINT[:-1] + bytes([POINT[-1] ^ 1]), AUTH, "p256dh"),
        (POINT, AUTH[:-1], "auth"),
        (POINT, AUTH + b"x", "auth"),
        (POINT, b"", "auth"),
    ],
    # The keys are made anew each time, and a test's name must not be.
    ids=["short point", "compressed", "hybrid", "off the curve", "short secret", "long secret", "no secret"],
)
def test_keys_that_nothing_can_be_encrypted_for_are_refused(point: bytes, auth: bytes, field: str) -> None:
    with pytest.raises(BadSubscriptionKeys) as refused:
        check_subscription_keys(_encoded(point), _encoded(auth))
    assert refused.value.pointer == f"/address/{field}"


@pytest.mark.parametrize("text", ["a", "+/+/", "ä", "AAAA AAAA", "AAA=A"])
def test_keys_that_are_not_base64url_are_refused(text: str) -> None:
    with pytest.raises(BadSubscriptionKeys):
        check_subscription_keys(text, _encoded(AUTH))
