"""A clock set by hand: a night passes in no time."""

from datetime import datetime, timedelta


class FakeClock:
    """Shows the moment it was set to, until it is moved.

    For an engine set it to the future: what is over by the database's own clock is removed by it.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def forward(self, **time: float) -> None:
        self._now += timedelta(**time)
