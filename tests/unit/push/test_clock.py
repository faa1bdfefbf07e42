"""The database's time, carried on here; a wrong wall clock does no harm (check 57)."""

import time
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from push.clock import SyncedClock, to_milliseconds

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.timezones())  # noqa: DTZ001


@given(MOMENTS)
def test_a_moment_comes_back_from_the_database_as_it_was_kept(moment: datetime) -> None:
    kept = to_milliseconds(moment)
    assert timedelta() <= moment - kept < timedelta(milliseconds=1)
    assert kept.microsecond % 1000 == 0
    assert kept.tzinfo is UTC
    assert to_milliseconds(kept) == kept


def test_a_clock_five_minutes_off_follows_the_databases() -> None:
    theirs = datetime.now(UTC) - timedelta(minutes=5)
    clock = SyncedClock()
    clock.sync(theirs)
    assert timedelta(milliseconds=-1) <= clock.now() - theirs < timedelta(seconds=2)


def test_between_two_looks_at_the_database_time_goes_on() -> None:
    clock = SyncedClock()
    clock.sync(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8))))
    before = clock.now()
    time.sleep(0.03)
    assert timedelta(milliseconds=25) <= clock.now() - before < timedelta(seconds=2)
    assert before.tzinfo is UTC
