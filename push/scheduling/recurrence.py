"""What an RRULE (RFC 5545, section 3.3.10) comes to, in times that clocks show."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from push.scheduling.wall import wall_of

CLOSEST = timedelta(minutes=15)
"""Runs of one campaign begin at least so far apart."""
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = ("BYDAY", "BYHOUR", "BYMINUTE", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST")
_COMPARED = 200
_CYCLE = timedelta(days=146_097)
_CYCLE_YEARS = 400
_LAST_YEARS = 9900


class BadRule(ValueError):
    """Says what is wrong with a rule."""


class Recurrence:
    """A rule from its first day on. Times are what clocks show, without a time zone."""

    def __init__(self, rule: str, start: datetime) -> None:
        """Raises BadRule, also for a rule that nothing ever fits."""
        parts = _parts(rule)
        self._until = _until(parts.pop("UNTIL")) if "UNTIL" in parts else None
        # The calendar comes again every 400 years. At the end of all time a rule that nothing fits, such as
        # 30 February, is seen to be one in an instant: the library tries every year that is left.
        self._shift = _CYCLE * ((_LAST_YEARS - start.year) // _CYCLE_YEARS)
        try:
            parsed = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start + self._shift)
        except (ValueError, TypeError, OverflowError) as error:
            raise BadRule(f"This is no rule that can be read: {error}.") from None
        assert isinstance(parsed, rrule)
        self._rule = parsed

    def check(self) -> None:
        """Raises BadRule where nothing fits it, or what fits is too close together."""
        first = list(islice(self._rule, _COMPARED))
        if not first:
            raise BadRule("There is no day that this rule means.")
        if any(later - earlier < CLOSEST for earlier, later in pairwise(first)):
            raise BadRule("Runs begin at least 15 minutes apart.")

    def after(self, wall: datetime, zone: ZoneInfo | None) -> Iterator[datetime]:
        """All later than that, in order, up to the UNTIL of the rule, which `zone` is for where it is in UTC."""
        for found in self._rule.xafter(wall + self._shift, inc=False):
            occurrence = found - self._shift
            if self._until is not None and occurrence > self._until.shown(zone):
                return
            yield occurrence


class _Until:
    def __init__(self, at: datetime) -> None:
        self._at = at

    def shown(self, zone: ZoneInfo | None) -> datetime:
        if self._at.tzinfo is None or zone is None:
            return self._at.replace(tzinfo=None)
        return wall_of(self._at, zone)


def _until(value: str) -> _Until:
    try:
        if len(value) == len("20260101"):
            return _Until(datetime.combine(datetime.strptime(value, "%Y%m%d").date(), time.max))  # noqa: DTZ007
        at = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise BadRule("UNTIL is a date (20260131) or a time (20260131T090000Z).") from None
    return _Until(at.replace(tzinfo=UTC) if value.endswith("Z") else at)


def _parts(rule: str) -> dict[str, str]:
    """Raises BadRule for what the library would take for something else, or would not come back from."""
    parts: dict[str, str] = {}
    for part in rule.removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name in parts or not value:
            raise BadRule("A rule is parts like FREQ=WEEKLY;BYDAY=MO, each of them once.")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule("FREQ is one of DAILY, WEEKLY, MONTHLY and YEARLY.")
    for name in parts.keys() - {"FREQ", "UNTIL", *_PARTS}:
        if name not in ("COUNT", "INTERVAL"):
            raise BadRule(f"A rule cannot have {name} here.")
        if not re.fullmatch(r"[1-9][0-9]{0,3}", parts[name]):
            raise BadRule(f"{name} is a number from 1 to 9999.")
    if "UNTIL" in parts and "COUNT" in parts:
        raise BadRule("A rule has UNTIL or COUNT, not both.")
    return parts
