"""Secrets at rest are of no use to whoever has the database alone."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from push.apps.vault import Vault

VAULT = Vault("m" * 32)


@given(st.binary(max_size=5000), st.text(max_size=50))
def test_what_was_sealed_opens_as_it_was(secret: bytes, owner: str) -> None:
    assert Vault("m" * 32).open(VAULT.seal(secret, owner), owner) == secret


def test_a_sealed_secret_shows_nothing_and_never_looks_the_same_twice() -> None:
    first, second = (VAULT.seal(b"-----BEGIN PRIVATE KEY-----", "app_1:fcm") for _ in range(2))
    assert b"PRIVATE" not in first
    assert first != second


def test_a_secret_of_one_app_does_not_open_as_another_ones() -> None:
    sealed = VAULT.seal(b"secret", "app_1:fcm")
    for owner in ("app_2:fcm", "app_1:vapid", ""):
        with pytest.raises(InvalidTag):
            VAULT.open(sealed, owner)


def test_under_another_master_secret_nothing_opens() -> None:
    with pytest.raises(InvalidTag):
        Vault("n" * 32).open(VAULT.seal(b"secret", "app_1:fcm"), "app_1:fcm")


@given(st.integers(0, 33), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(VAULT.seal(b"secret", "app_1:fcm"))
    sealed[place] ^= change
    with pytest.raises(InvalidTag):
        VAULT.open(bytes(sealed), "app_1:fcm")
