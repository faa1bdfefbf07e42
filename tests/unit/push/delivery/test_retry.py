"""How long is waited before the next try (check 28)."""

import random

from hypothesis import given
from hypothesis import strategies as st

from push.delivery.retry import (
    FIRST_DELAY_SECONDS,
    LANE_DOWN_DELAY_SECONDS,
    MAX_DELAY_SECONDS,
    MAX_TRIES,
    THROTTLED_DELAY_SECONDS,
    delay_seconds,
    exhausted,
)
from push.senders.model import LaneDown, TryLater

TRIES = st.integers(1, MAX_TRIES)
SEEDS = st.integers(0, 2**32).map(random.Random)
UNAVAILABLE = TryLater("http_503")


@given(TRIES, SEEDS)
def test_a_provider_in_trouble_is_left_alone_for_ten_seconds_to_an_hour(tries: int, rng: random.Random) -> None:
    delay = delay_seconds(UNAVAILABLE, tries, rng)
    assert FIRST_DELAY_SECONDS <= delay <= MAX_DELAY_SECONDS
    assert delay <= max(FIRST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**tries)


def test_waits_grow_with_each_try_and_are_spread_over_the_whole_range() -> None:
    rng = random.Random(7)
    means = []
    for tries in range(1, MAX_TRIES + 1):
        delays = [delay_seconds(UNAVAILABLE, tries, rng) for _ in range(500)]
        means.append(sum(delays) / len(delays))
        longest = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**tries)
        assert max(delays) > 0.9 * longest
        assert min(delays) < max(FIRST_DELAY_SECONDS * 1.001, 0.2 * longest)
    assert means[:8] == sorted(means[:8])


@given(st.floats(0, MAX_DELAY_SECONDS), TRIES, SEEDS, st.booleans())
def test_what_the_provider_asks_for_is_kept_and_hardly_more(
    asked: float, tries: int, rng: random.Random, throttled: bool
) -> None:
    delay = delay_seconds(TryLater("busy", after_seconds=asked, throttled=throttled), tries, rng)
    assert asked <= delay <= 1.1 * asked


@given(st.floats(MAX_DELAY_SECONDS, 1e9), TRIES, SEEDS)
def test_nobody_makes_us_wait_for_much_more_than_an_hour(asked: float, tries: int, rng: random.Random) -> None:
    assert delay_seconds(TryLater("busy", after_seconds=asked), tries, rng) <= 1.1 * MAX_DELAY_SECONDS


@given(TRIES, SEEDS)
def test_after_a_429_that_names_no_time_at_least_a_minute_passes(tries: int, rng: random.Random) -> None:
    delay = delay_seconds(TryLater("quota", throttled=True), tries, rng)
    assert THROTTLED_DELAY_SECONDS <= delay <= 2 * THROTTLED_DELAY_SECONDS


@given(TRIES, SEEDS)
def test_a_lane_that_is_down_is_asked_again_after_a_minute(tries: int, rng: random.Random) -> None:
    delay = delay_seconds(LaneDown("auth"), tries, rng)
    assert LANE_DOWN_DELAY_SECONDS <= delay <= 1.1 * LANE_DOWN_DELAY_SECONDS


def test_not_all_who_were_told_the_same_come_back_at_the_same_moment() -> None:
    rng = random.Random(7)
    for outcome in (UNAVAILABLE, TryLater("busy", after_seconds=60), TryLater("quota", throttled=True)):
        assert len({delay_seconds(outcome, 5, rng) for _ in range(50)}) > 25


def test_a_message_is_given_up_after_its_last_try_and_not_before() -> None:
    assert not exhausted(UNAVAILABLE, MAX_TRIES - 1)
    assert exhausted(UNAVAILABLE, MAX_TRIES)


def test_our_own_wrong_settings_cost_no_try() -> None:
    assert not exhausted(LaneDown("auth"), 1000)
