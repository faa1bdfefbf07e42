"""RFC 8291, Appendix A: the worked example."""

from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sdk_contracts.sandbox.web_push.encryption import Undecryptable, decrypt, point


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


PRIVATE = ec.derive_private_key(
    int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), ec.SECP256R1()
)
PUBLIC = decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
AUTH = decode("BTBZMqHH6r4Tts7J_aSIgg")
BODY = decode(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_decrypts() -> None:
    assert point(PRIVATE.public_key()) == PUBLIC
    assert decrypt(BODY, PRIVATE, PUBLIC, AUTH) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("place", [0, 17, 20, 40, -1])
def test_a_changed_byte_anywhere_cannot_be_read(place: int) -> None:
    body = bytearray(BODY)
    body[place] ^= 0x40
    with pytest.raises(Undecryptable):
        decrypt(bytes(body), PRIVATE, PUBLIC, AUTH if place != 17 else AUTH[::-1])


@pytest.mark.parametrize("body", [b"", b"x" * 20, BODY[:90]])
def test_a_body_that_is_too_short_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Undecryptable):
        decrypt(body, PRIVATE, PUBLIC, AUTH)
