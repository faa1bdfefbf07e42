"""How many messages a second one worker lets go."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.delivery.flow.rate import RAMP_SECONDS, RECOVERY_SECONDS, Rate

CEILING = 10_000.0


def sent(rate: Rate, start: float, seconds: float, step: float = 0.05) -> int:
    """How many go when as many as may be are taken at every step."""
    return sum(rate.take(1_000_000, start + n * step) for n in range(1, round(seconds / step) + 1))


def slowed(at: float) -> Rate:
    """One that sent a thousand a second and was then told to slow down."""
    rate = Rate(CEILING)
    for n in range(200):
        rate.take(50, at - 10 + n * 0.05)
    assert rate.halve(at, at)
    return rate


def test_left_alone_it_goes_at_its_ceiling_with_a_quarter_of_a_second_at_once() -> None:
    rate = Rate(CEILING)
    assert rate.take(1_000_000, 5.0) == CEILING / 4
    assert rate.wait(1, 5.0) > 0
    assert 0.99 * CEILING * 10 <= sent(rate, 5.0, 10.0) <= 1.01 * CEILING * 10


def test_a_429_halves_what_was_really_sent_and_not_what_might_have_been() -> None:
    assert 400 <= slowed(100.0).limit(100.0) <= 800


def test_one_answer_on_an_idle_lane_is_not_taken_for_the_providers_limit() -> None:
    rate = Rate(CEILING)
    rate.take(1, 99.9)
    rate.halve(100.0, 100.0)
    assert rate.limit(100.0) == pytest.approx(CEILING / 200)


def test_many_429s_of_one_round_halve_it_once() -> None:
    rate = slowed(100.0)
    before = rate.limit(100.0)
    assert not any(rate.halve(99.0 + n / 100, 100.1) for n in range(90))
    assert rate.limit(100.0) == before


def test_it_recovers_slowly_and_goes_on_beyond_what_it_was_only_after_half_a_minute() -> None:
    rate = slowed(100.0)
    half = rate.limit(100.0)
    assert rate.limit(100.0 + RECOVERY_SECONDS / 2) == pytest.approx(1.5 * half)
    assert rate.limit(100.0 + RECOVERY_SECONDS) == pytest.approx(2 * half)
    assert rate.limit(160.0 + RECOVERY_SECONDS) == pytest.approx(4 * half)
    assert rate.limit(10_000.0) == CEILING


def test_after_the_429_no_second_carries_more_than_its_rate() -> None:
    rate = slowed(100.0)
    for second in range(20):
        start = 100.0 + second
        assert sent(rate, start, 1.0) <= rate.limit(start + 1) * 1.3


def test_a_ramp_begins_with_almost_nothing_and_takes_a_minute() -> None:
    rate = Rate(CEILING)
    rate.ramp(100.0)
    seconds = [sent(rate, 100.0 + n, 1.0) for n in range(round(RAMP_SECONDS))]
    assert seconds[0] <= 15
    assert all(count <= 1.15 * rate.limit(101.0 + n) + 5 for n, count in enumerate(seconds))
    assert sum(seconds) >= 0.8 * CEILING * RAMP_SECONDS / 10 / math.log(2)
    assert rate.limit(100.0 + RAMP_SECONDS) == CEILING


@given(
    st.floats(1, 1e5),
    st.lists(
        st.tuples(st.sampled_from(["take", "halve", "ramp"]), st.floats(-0.5, 50), st.integers(1, 2000)), max_size=60
    ),
)
def test_whatever_happens_something_may_go_soon_and_never_more_than_the_ceiling(
    ceiling: float, steps: list[tuple[str, float, int]]
) -> None:
    """Also with a clock that goes back a little."""
    rate, now = Rate(ceiling), 1000.0
    for step, seconds, count in steps:
        now += seconds
        match step:
            case "take":
                assert 0 <= rate.take(count, now) <= count
            case "halve":
                rate.halve(now, now)
            case _:
                rate.ramp(now)
        assert min(1.0, ceiling) <= rate.limit(now) <= ceiling
        assert 0 <= rate.wait(count, now) <= 1.0
        now += 1.6
        assert rate.take(1, now) == 1
