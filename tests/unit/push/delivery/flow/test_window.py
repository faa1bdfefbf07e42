"""How many messages are under way at once."""

from hypothesis import given
from hypothesis import strategies as st

from push.delivery.flow.window import LARGEST, SMALLEST, STEP, Window


def test_a_used_window_grows_by_one_step_a_round_and_an_idle_one_not_at_all() -> None:
    used, idle = Window(start=1000), Window(start=1000)
    for _ in range(10):
        used.grow(100, in_flight=1000)
        idle.grow(100, in_flight=100)
    assert 1000 + 0.9 * STEP <= used.size <= 1000 + STEP
    assert idle.size == 1000


def test_trouble_halves_it_once_a_round_however_many_answers_tell_of_it() -> None:
    window = Window(start=1000)
    assert window.shrink(started_at=1.0, now=2.0)
    assert not window.shrink(started_at=1.5, now=2.5)
    assert window.size == 500
    assert window.shrink(started_at=2.0, now=3.0)
    assert window.size == 250


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5000)), max_size=300))
def test_whatever_happens_something_may_be_under_way_and_never_everything(steps: list[tuple[bool, int]]) -> None:
    window = Window()
    for now, (good, count) in enumerate(steps):
        if good:
            window.grow(count, in_flight=window.size)
        else:
            window.shrink(started_at=now, now=now)
        assert SMALLEST <= window.size <= LARGEST


def test_two_workers_that_share_a_provider_drift_towards_equal_windows() -> None:
    """Additive increase with multiplicative decrease is fair (Chiu and Jain, 1989)."""
    small, large = Window(start=100), Window(start=2000)
    for now in range(400):
        for window in (small, large):
            window.grow(window.size, in_flight=window.size)
        if small.size + large.size > 2200:
            small.shrink(now, now)
            large.shrink(now, now)
    assert large.size < 1.2 * small.size
