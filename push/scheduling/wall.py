"""What clocks on the wall show, and the moments that they mean."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

AHEAD = timedelta(hours=14)
"""Nowhere are clocks further ahead of UTC (Pacific/Kiritimati)."""
BEHIND = timedelta(hours=12)
"""Nowhere are they further behind (Etc/GMT+12)."""


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which clocks there show this time; `wall` carries no time zone.

    A time that clocks leave out is counted on by the offset before the gap, so 2:30 comes to be shown as 3:30; of one
    that they show twice, the first is meant (RFC 5545, section 3.3.5).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks there show at that moment, without a time zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def as_wall(moment: datetime) -> datetime:
    """The other way about than `as_utc`."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def as_utc(wall: datetime) -> datetime:
    """A time on the wall, written as if it were in UTC: how it is kept and sent."""
    return wall.replace(tzinfo=UTC)
