"""Who may be sent what: the reason that is told is the first that holds."""

from datetime import timedelta

import pytest

from push.audience.gates import INBOX, PUSH, person_gate, push_gate
from push.devices.model import WebPush
from push.people.model import Gate
from tests.unit.push.making import NOON, device


@pytest.mark.parametrize("kind", ["service", "training"])
def test_service_and_training_need_no_consent(kind: str) -> None:
    assert person_gate(Gate(consent=False), kind, None, PUSH) is None


def test_promotion_without_consent_is_not_sent_on_any_channel() -> None:
    for channel in (PUSH, INBOX):
        assert person_gate(Gate(consent=False), "promotion", None, channel) == "no_consent"
        assert person_gate(Gate(consent=True), "promotion", None, channel) is None


def test_a_category_is_muted_on_its_channel_only() -> None:
    gate = Gate(consent=True, muted=("push:offers",))
    assert person_gate(gate, "promotion", "offers", PUSH) == "category_muted"
    assert person_gate(gate, "promotion", "offers", INBOX) is None
    assert person_gate(gate, "promotion", "news", PUSH) is None
    assert person_gate(gate, "promotion", None, PUSH) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"opted_in": False}, "opted_out"),
        ({"address": None}, "no_address"),
        ({"address": None, "address_gone_at": NOON}, "address_gone"),
        ({"gate": Gate(consent=False)}, "no_consent"),
        ({"gate": Gate(consent=True, muted=("push:offers",))}, "category_muted"),
        ({"opted_in": False, "address": None, "gate": Gate()}, "opted_out"),
        ({"address": None, "gate": Gate()}, "no_address"),
        ({"gate": Gate(muted=("push:offers",))}, "no_consent"),
    ],
)
def test_a_device_is_pushed_unless_there_is_a_reason(fields: dict[str, object], reason: str | None) -> None:
    assert push_gate(device(**fields), "promotion", "offers", NOON) == reason


def test_a_new_address_makes_a_device_reachable_again() -> None:
    assert push_gate(device(address_gone_at=NOON), "service", None, NOON) is None


def test_an_address_of_firebase_lapses_after_270_days_without_a_word_from_its_phone() -> None:
    phone = device(confirmed_at=NOON - timedelta(days=270))
    assert push_gate(phone, "service", None, NOON) == "address_gone"
    assert push_gate(phone, "service", None, NOON - timedelta(seconds=1)) is None


def test_a_browser_is_reachable_for_as_long_as_its_service_says() -> None:
    address = WebPush(endpoint="https://web.push.apple.com/x", p256dh="", auth="")
    browser = device(platform="web", address=address, confirmed_at=NOON - timedelta(days=900))
    assert push_gate(browser, "service", None, NOON) is None
