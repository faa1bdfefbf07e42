"""When a campaign is to go out. Pure; the rules are in docs/decisions/0020."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from push.scheduling.recurrence import Recurrence
from push.scheduling.wall import AHEAD, BEHIND, as_utc, as_wall, moment_of, wall_of

LATE = timedelta(minutes=10)
"""A launch may come so long after the moment that it was meant for; later, somebody has mistaken the day."""
_DAY = timedelta(days=1)


class Trigger(Struct, frozen=True, kw_only=True):
    """What a person does that sets it off for them."""

    event: str
    delay_seconds: int = 0
    cancelled_by: tuple[str, ...] = ()
    """Events that call it off for a person who still waits."""

    @property
    def hears(self) -> tuple[str, ...]:
        return (self.event, *self.cancelled_by)


class Start(Struct, frozen=True):
    """When a campaign, or the next run of one that recurs, begins."""

    occurrence: datetime
    """The moment the schedule names; with `local_time` what clocks show then, written as if in UTC."""
    at: datetime
    """When a worker takes it up: with `local_time` as soon as it is that time anywhere."""


class Schedule(Struct, frozen=True, kw_only=True):
    at: datetime | None = None
    """With `local_time`, like `until`, what clocks show, written as if in UTC."""
    local_time: bool = False
    repeat: str | None = None
    trigger: Trigger | None = None
    until: datetime | None = None
    """Nothing begins after it."""

    def first(self, now: datetime, zone: ZoneInfo) -> Start | None:
        """When it begins if it is launched now, or again, and a trigger to count; None where that is past.

        `zone` is the app's.
        """
        if self.trigger is not None:
            opens = max(self.at or now, now)
            return None if self.over(opens) else Start(opens, opens)
        if self.repeat is not None:
            starts = self._starts(wall_of(now, zone) - 2 * _DAY, zone)
            return next((start for start in starts if self._meant(start, zone) >= now), None)
        assert self.at is not None
        start = self._start(as_wall(self.at)) if self.local_time else Start(self.at, self.at)
        latest = start.occurrence + BEHIND if self.local_time else start.occurrence
        return None if latest < now - LATE or self.over(now) else start

    def coming(self, now: datetime, zone: ZoneInfo) -> Iterator[Start]:
        """All of its runs, if it is launched now."""
        first = self.first(now, zone)
        if first is None:
            return
        yield first
        if self.repeat is not None:
            shown = as_wall(first.occurrence) if self.local_time else wall_of(first.occurrence, zone)
            yield from self._starts(shown, zone)

    def due(self, start: Start, now: datetime, zone: ZoneInfo) -> tuple[Start, Start | None]:
        """The run that is to begin now, and the one after it.

        Of several that were due while nobody was there to begin them it is the last: late is better than never, and
        one is enough.
        """
        if self.repeat is None:
            return start, None
        shown = as_wall(start.occurrence) if self.local_time else wall_of(start.occurrence, zone)
        for later in self._starts(shown, zone):
            if later.at > now:
                return start, later
            start = later
        return start, None

    def over(self, now: datetime) -> bool:
        """It is too late to begin, everywhere."""
        return self.until is not None and (self.until + BEHIND if self.local_time else self.until) < now

    def local(self, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
        """With `local_time`: from when until when it may begin where the zone is."""
        assert self.at is not None
        ends = None if self.until is None else moment_of(as_wall(self.until), zone)
        return moment_of(as_wall(self.at), zone), ends

    def _starts(self, wall: datetime, zone: ZoneInfo) -> Iterator[Start]:
        """Of all runs that are shown later than `wall`."""
        assert self.repeat is not None
        assert self.at is not None
        first = as_wall(self.at) if self.local_time else wall_of(self.at, zone)
        before: datetime | None = None
        for shown in Recurrence(self.repeat, first).after(wall, None if self.local_time else zone):
            start = self._start(shown) if self.local_time else _moment(shown, zone)
            if self.until is not None and start.occurrence > self.until:
                return
            # Two times may be one moment, where clocks leave an hour out.
            if start.occurrence != before:
                yield start
            before = start.occurrence

    def _start(self, wall: datetime) -> Start:
        occurrence = as_utc(wall)
        return Start(occurrence, occurrence - AHEAD)

    def _meant(self, start: Start, zone: ZoneInfo) -> datetime:
        return moment_of(as_wall(start.occurrence), zone) if self.local_time else start.occurrence


def _moment(wall: datetime, zone: ZoneInfo) -> Start:
    moment = moment_of(wall, zone)
    return Start(moment, moment)
