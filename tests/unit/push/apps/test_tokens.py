"""Device keys and receipts: made here, checked without the database, of no use when changed (check 41)."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from push.apps.tokens import Tokens
from push.errors import BadReceipt, Unauthenticated
from push.ledger.model import delivery_id

TOKENS = Tokens("m" * 32)
BODIES = st.text("0123456789abcdefghijklmnopqrstuv", min_size=24, max_size=24)
BASE64URL = string.ascii_letters + string.digits + "-_"


@given(BODIES, BODIES, st.integers(0, 2**16 - 1))
def test_a_device_key_is_read_as_it_was_made(app: str, device: str, generation: int) -> None:
    key = Tokens("m" * 32).device_key(f"app_{app}", f"dev_{device}", generation)
    assert key.startswith("ffd_")
    assert TOKENS.read_device_key(key) == (f"app_{app}", f"dev_{device}", generation)


@given(BODIES, BODIES, BODIES, st.sampled_from(["push", "inbox"]))
def test_a_receipt_is_read_as_it_was_made(app: str, campaign: str, recipient: str, channel: str) -> None:
    delivery = delivery_id(f"cmp_{campaign}", channel, f"dev_{recipient}")
    receipt = TOKENS.receipt(f"app_{app}", delivery)
    assert receipt.startswith("ffr_")
    assert TOKENS.read_receipt(receipt) == (f"app_{app}", delivery)


DEVICE_KEY = TOKENS.device_key("app_" + "1" * 24, "dev_" + "2" * 24)
RECEIPT = TOKENS.receipt("app_" + "1" * 24, delivery_id("cmp_" + "3" * 24, "push", "dev_" + "2" * 24))


@pytest.mark.parametrize("place", range(len(RECEIPT)))
def test_one_changed_character_anywhere_makes_a_receipt_worthless(place: int) -> None:
    for other in BASE64URL:
        if other != RECEIPT[place]:
            with pytest.raises(BadReceipt):
                TOKENS.read_receipt(RECEIPT[:place] + other + RECEIPT[place + 1 :])


@pytest.mark.parametrize("place", range(len(DEVICE_KEY)))
def test_one_changed_character_anywhere_makes_a_device_key_worthless(place: int) -> None:
    for other in BASE64URL:
        if other != DEVICE_KEY[place]:
            with pytest.raises(Unauthenticated):
                TOKENS.read_device_key(DEVICE_KEY[:place] + other + DEVICE_KEY[place + 1 :])


@given(st.text(max_size=200))
def test_whatever_else_is_sent_is_refused_and_never_an_error_of_ours(text: str) -> None:
    assume(text not in (DEVICE_KEY, RECEIPT))
    for given_text in (text, f"ffd_{text}", f"ffr_{text}"):
        with pytest.raises(Unauthenticated):
            TOKENS.read_device_key(given_text)
        with pytest.raises(BadReceipt):
            TOKENS.read_receipt(given_text)


@pytest.mark.parametrize("spelt", [RECEIPT + "=", RECEIPT + "\n", " " + RECEIPT, RECEIPT[:9] + "!" + RECEIPT[9:]])
def test_a_receipt_has_one_spelling(spelt: str) -> None:
    with pytest.raises(BadReceipt):
        TOKENS.read_receipt(spelt)


def test_one_kind_of_token_does_not_pass_for_the_other() -> None:
    with pytest.raises(BadReceipt):
        TOKENS.read_receipt("ffr_" + DEVICE_KEY[4:])
    with pytest.raises(Unauthenticated):
        TOKENS.read_device_key("ffd_" + RECEIPT[4:])


def test_tokens_of_another_fanfare_are_worth_nothing_here() -> None:
    theirs = Tokens("n" * 32)
    with pytest.raises(Unauthenticated):
        theirs.read_device_key(DEVICE_KEY)
    with pytest.raises(BadReceipt):
        theirs.read_receipt(RECEIPT)
