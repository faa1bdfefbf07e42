"""Quiet hours: until when somebody is not to be disturbed. Pure; the rules are in docs/decisions/0012."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from push.apps.model import App, QuietHours
from push.clock import TIMEZONES
from push.people.model import Gate

_DAY = timedelta(days=1)
_GATHERED = timedelta(minutes=15)


class Quiet:
    """The quiet hours of one app for one kind of message; made for a batch, whose people share few answers."""

    def __init__(self, app: App, kind: str, now: datetime, *, ignored: bool = False) -> None:
        """`ignored` as in `limits.ignore_quiet_hours`."""
        self._app = app
        self._kind = kind
        self._now = now
        self._never = ignored or kind not in ("promotion", "training")
        self._known: dict[tuple[QuietHours | None, str | None], datetime | None] = {}

    def until(self, gate: Gate, timezone: str | None) -> datetime | None:
        """When this person may be disturbed, or None for now.

        Their own quiet hours stand in the place of the app's, and hold back training as well; the app's hold back
        promotion only. The time zone is the device's, where it rings, or the app's where the device has told none.
        """
        own = gate.quiet_hours
        if self._never or (own is None and (self._kind != "promotion" or self._app.quiet_hours is None)):
            return None
        key = (own, timezone)
        if key not in self._known:
            zone = zone_of(timezone, self._app.timezone)
            self._known[key] = gathered(own or self._app.quiet_hours, zone, self._now)
        return self._known[key]


def zone_of(*names: str | None) -> ZoneInfo:
    """The first of these that is a time zone, else UTC; a name the machine does not know breaks nothing."""
    return ZoneInfo(next((name for name in names if name in TIMEZONES), "UTC"))


def gathered(hours: QuietHours | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """`quiet_until`, put off to the next quarter of an hour so that people of many habits come back in few batches."""
    end = quiet_until(hours, zone, now) if hours else None
    if end is None:
        return None
    rounded = end + (datetime.min.replace(tzinfo=UTC) - end) % _GATHERED
    # Somebody may leave only a few minutes free between two nights.
    return end if hours and quiet_until(hours, zone, rounded) else rounded


def quiet_until(hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first moment (UTC) from `now` on at which the wall clock of `zone` is outside `hours`; None where it is now.

    `from` is inside, `to` is outside, and the same time twice means no quiet hours. Where clocks are changed, what
    the wall shows decides: an hour that is left out ends nothing late, one that comes twice may be quiet twice.
    """
    start, end = _since_midnight(hours.from_), _since_midnight(hours.to)
    moment = now.astimezone(UTC)
    while _inside(shown := _shown(moment, zone), start, end):
        reached = moment + (end - shown) % _DAY
        if _offset(reached, zone) == _offset(moment, zone):
            return reached
        moment = _change(moment, reached, zone)
    return moment if moment > now else None


def _inside(shown: timedelta, start: timedelta, end: timedelta) -> bool:
    if start <= end:
        return start <= shown < end
    return shown >= start or shown < end


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second in which clocks are changed between these two."""
    offset = _offset(before, zone)
    low, high = math.floor(before.timestamp()), math.ceil(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _shown(moment: datetime, zone: ZoneInfo) -> timedelta:
    """What the wall clock shows, since its midnight."""
    wall = moment.astimezone(zone)
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _since_midnight(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
