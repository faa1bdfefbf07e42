"""When a provider is left alone, and when it is asked again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from push.delivery.flow.breaker import (
    ENOUGH_ANSWERS,
    FIRST_OPEN_SECONDS,
    LONGEST_OPEN_SECONDS,
    PROBES,
    WINDOW_SECONDS,
    Breaker,
)


def make() -> Breaker:
    return Breaker(random.Random(7))


def opened(at: float = 100.0) -> Breaker:
    breaker = make()
    breaker.answered(at, at, 0, ENOUGH_ANSWERS, None)
    assert breaker.state == "open"
    return breaker


def probe(breaker: Breaker, good: int, bad: int) -> None:
    """Probes as soon as they may go."""
    now = breaker.until
    assert breaker.room(now) == PROBES
    breaker.began(good + bad)
    breaker.answered(now, now + 0.1, good, bad, None)


def test_a_few_failures_or_a_small_share_leave_it_closed() -> None:
    breaker = make()
    breaker.answered(1, 1, 0, ENOUGH_ANSWERS - 1, None)
    assert breaker.state == "closed"
    breaker.answered(1, 2, 1000, 100, None)
    assert breaker.state == "closed"


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = make()
    breaker.answered(1, 1, 0, ENOUGH_ANSWERS - 1, None)
    breaker.answered(2 + WINDOW_SECONDS, 2 + WINDOW_SECONDS, 0, 1, None)
    assert breaker.state == "closed"


def test_open_it_lets_nobody_through_and_then_a_few_probes() -> None:
    breaker = opened(at=100.0)
    assert breaker.room(100.0 + FIRST_OPEN_SECONDS - 0.1) == 0
    now = breaker.until
    assert breaker.room(now) == PROBES
    breaker.began(2)
    assert breaker.room(now) == PROBES - 2
    breaker.began(3)
    assert breaker.room(now) == 0


def test_good_probes_close_it_and_bad_ones_open_it_for_longer_up_to_a_minute() -> None:
    breaker = opened()
    waits = []
    for _ in range(6):
        began = breaker.until
        probe(breaker, 0, PROBES)
        waits.append(breaker.until - began)
    assert waits[:3] == sorted(waits[:3])
    assert waits[-1] <= 1.1 * LONGEST_OPEN_SECONDS + 1
    probe(breaker, PROBES - 1, 1)
    assert breaker.room(breaker.until) is None


def test_one_probe_is_enough_where_there_is_only_one_message() -> None:
    good, bad = opened(), opened()
    probe(good, 1, 0)
    probe(bad, 0, 1)
    assert (good.state, bad.state) == ("closed", "open")


def test_answers_to_what_was_sent_before_it_opened_decide_nothing() -> None:
    breaker = opened(at=100.0)
    breaker.room(breaker.until)
    breaker.began(PROBES)
    breaker.answered(99.0, breaker.until + 1, 0, 500, None)
    assert breaker.state == "probing"
    breaker.answered(breaker.until, breaker.until + 2, PROBES, 0, None)
    breaker.answered(99.0, breaker.until + 3, 0, 500, None)
    assert breaker.state == "closed"


def test_a_probe_that_was_not_sent_after_all_makes_room_for_another() -> None:
    breaker = opened()
    now = breaker.until
    breaker.room(now)
    breaker.began(PROBES)
    breaker.give_back(PROBES)
    assert breaker.room(now) == PROBES


def test_the_wait_the_provider_asks_for_is_kept() -> None:
    breaker = make()
    breaker.answered(100, 100, 0, 50, 120.0)
    assert 120 <= breaker.until - 100 <= 132


def test_nobody_makes_a_lane_wait_for_much_more_than_an_hour() -> None:
    breaker = make()
    breaker.answered(100, 100, 0, 50, 1e9)
    assert breaker.until - 100 <= 1.1 * 3600


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50), st.integers(0, 50)), max_size=80))
def test_it_never_stays_shut_for_good(steps: list[tuple[float, int, int]]) -> None:
    breaker, now = make(), 1000.0
    for seconds, most_good, most_bad in steps:
        now += seconds
        room = breaker.room(now)
        if room == 0:
            assert breaker.state == "open"
            assert breaker.until > now
            continue
        good = min(most_good, 50 if room is None else room)
        bad = min(most_bad, 50 if room is None else room - good)
        breaker.began(good + bad)
        breaker.answered(now, now, good, bad, None)
    assert breaker.room(now + 2 * LONGEST_OPEN_SECONDS) != 0
