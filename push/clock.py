"""What time it is, in UTC with the milliseconds the database keeps."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import available_timezones

TIMEZONES = frozenset(available_timezones())
"""The names of the IANA database as this machine has it."""

CLOCK_SKEW = timedelta(minutes=10)
"""Phones' clocks go wrong; what is further in the future than this is refused."""


class Clock(Protocol):
    def now(self) -> datetime: ...


def to_milliseconds(moment: datetime) -> datetime:
    """The same moment as the database will give it back."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


class SyncedClock:
    """Somebody else's clock, carried on by the monotonic one here, so that a wrong wall clock does no harm."""

    def __init__(self) -> None:
        self._origin = datetime.now(UTC)
        self._started = time.monotonic()

    def sync(self, theirs: datetime) -> None:
        self._origin, self._started = theirs, time.monotonic()

    def now(self) -> datetime:
        return to_milliseconds(self._origin + timedelta(seconds=time.monotonic() - self._started))
