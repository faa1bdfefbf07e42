"""Keys name their app, cannot be guessed and are not kept."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.apps import keys
from push.errors import Unauthenticated
from push.ids import new_id


@pytest.mark.parametrize(("kind", "prefix"), [("secret", "ffs_"), ("publishable", "ffp_")])
def test_a_key_names_its_kind_and_its_app(kind: str, prefix: str) -> None:
    app_id = new_id("app")
    key = keys.new_key(kind, app_id)
    assert key.startswith(prefix)
    assert keys.app_of(key) == app_id


def test_no_two_keys_are_the_same() -> None:
    app_id = new_id("app")
    assert len({keys.new_key("secret", app_id) for _ in range(1000)}) == 1000


def test_what_is_stored_of_a_key_is_its_sha_256_and_not_the_key() -> None:
    key = keys.new_key("secret", new_id("app"))
    assert keys.digest(key) == hashlib.sha256(key.encode()).hexdigest()
    assert key[8:] not in keys.digest(key)


@given(st.text())
def test_what_is_no_key_is_nobodys(text: str) -> None:
    with pytest.raises(Unauthenticated):
        keys.app_of(text)


@pytest.mark.parametrize("wrong", ["ffd_", "ffs-", "FFS_", ""])
def test_a_key_of_another_kind_is_nobodys(wrong: str) -> None:
    key = keys.new_key("secret", new_id("app"))
    with pytest.raises(Unauthenticated):
        keys.app_of(wrong + key[4:])
    with pytest.raises(Unauthenticated):
        keys.app_of(key + "x")
