"""Counters become the measures of the vocabulary."""

from datetime import UTC, datetime

from api import measures
from push.ledger.model import Counts

PUSH = Counts(
    numbers={
        "targeted": 100,
        "planned": 5,
        "accepted": 80,
        "confirmable": 60,
        "received": 45,
        "opened": 9,
        "clicked": 4,
    },
    skipped_by_reason={"opted_out": 10, "no_address": 2},
    failed_by_reason={"payload": 2},
    dead_by_reason={"gave_up": 1},
)
INBOX = Counts(numbers={"targeted": 50, "accepted": 50, "displayed": 20, "opened": 10})
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_targeted_recipient_is_in_one_place() -> None:
    funnel = measures.funnel([PUSH, INBOX])
    assert funnel.targeted == funnel.planned + funnel.accepted + funnel.failed + funnel.dead + funnel.skipped == 150
    assert funnel.skipped_by_reason == {"opted_out": 10, "no_address": 2}


def test_rates_carry_what_they_are_over_and_what_is_unknown() -> None:
    rates = measures.metrics("cmp_1", "sent", {"push": PUSH, "inbox": INBOX}, Counts(), {}, NOW).rates
    assert (rates["receipt_rate"].numerator, rates["receipt_rate"].denominator) == (45, 60)
    assert rates["receipt_rate"].unknown == 20
    assert rates["open_rate"].value == 9 / 80
    assert rates["confirmed_open_rate"].value == 9 / 45
    assert rates["click_through_rate"].value == 4 / 80


def test_a_share_of_nothing_is_unknown_not_zero() -> None:
    rates = measures.metrics("cmp_1", "draft", {}, Counts(), {}, NOW).rates
    assert {rate.value for rate in rates.values()} == {None}
