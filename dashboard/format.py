"""Numbers, shares and times as people read them. Pure: the language, the zone and the present are given."""

from datetime import datetime, tzinfo
from typing import Literal

from msgspec import Struct

from sdk_contracts.wire.campaigns import Rate

Language = Literal["en", "zh"]
NOTHING = "–"
"""Stands where a number would be a lie: a share of nothing, a time that has not come."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS_ZH = "一二三四五六日"


class Share(Struct, frozen=True):
    """A rate in three readable parts."""

    value: str
    fraction: str
    unknown: str
    """How many can tell nothing, `0 unknown` where all can."""
    sure: bool


def number(value: int) -> str:
    return f"{value:,}"


def money(amount: float) -> str:
    """An amount of any currency; whole ones without decimals."""
    return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.2f}"


def signed(value: int) -> str:
    """With its sign; nothing changed is a plain 0."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def percent(value: float | None) -> str:
    """One decimal below 10 %, none from there; never a rounded 0 % or 100 % that is not one."""
    if value is None:
        return NOTHING
    share = value * 100
    if 0 < share < 0.1:
        return "<0.1%"
    if 99.5 <= share < 100:
        return ">99%"
    return f"{share:.1f}%" if 0 < share < 10 and f"{share:.1f}" != "10.0" else f"{share:.0f}%"


def points(value: float | None) -> str:
    """A difference of two shares, in percentage points with its sign."""
    if value is None:
        return NOTHING
    return f"{value * 100:+.1f} pp".replace("-", "−")


def ratio(numerator: int, denominator: int) -> str:
    return percent(numerator / denominator if denominator else None)


def share(rate: Rate, language: Language = "en") -> Share:
    """The value, `412 / 980`, and how many can tell nothing."""
    fraction = f"{number(rate.numerator)} / {number(rate.denominator)}"
    population = rate.denominator + rate.unknown
    if not rate.unknown:
        return Share(percent(rate.value), fraction, "0 unknown" if language == "en" else "0 未知", sure=True)
    part = f"{number(rate.unknown)} ({ratio(rate.unknown, population)})"
    return Share(percent(rate.value), fraction, f"{part} unknown" if language == "en" else f"{part} 未知", sure=False)


def speed(per_second: float) -> str:
    """Things a second: one decimal below ten."""
    if 0 < per_second < 0.05:
        return "<0.1"
    return f"{per_second:.1f}" if 0 < per_second < 9.95 else number(round(per_second))


def span(seconds: float, language: Language = "en") -> str:
    """How long something lasts, in its largest unit."""
    for size, en, zh in ((86_400, "d", "天"), (3600, "h", "小时"), (60, "min", "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {en if language == 'en' else zh}"
    return f"{max(0, int(seconds))} {'s' if language == 'en' else '秒'}"


def ago(seconds: float, language: Language = "en") -> str:
    """How old something is. The future, which only clocks that differ make, is now."""
    if seconds < 1:
        return "just now" if language == "en" else "刚刚"
    return f"{span(seconds, language)} ago" if language == "en" else f"{span(seconds, language)}前"


def moment(at: datetime | None, zone: tzinfo, now: datetime, language: Language = "en") -> str:
    """The wall-clock time in the reader's zone: today only the hour, this year without the year."""
    if at is None:
        return NOTHING
    local, today = at.astimezone(zone), now.astimezone(zone)
    hour = f"{local:%H:%M}"
    if local.date() == today.date():
        return hour
    day = f"{local.day} {MONTHS[local.month - 1]}" if language == "en" else f"{local.month}月{local.day}日"
    if local.year == today.year:
        return f"{day} {hour}"
    return f"{day} {local.year} {hour}" if language == "en" else f"{local.year}年{day} {hour}"


def when(at: datetime, zone: tzinfo, now: datetime, language: Language = "en") -> str:
    """A day to look forward to: with its weekday, always with its date."""
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f"{local.year}"
    if language == "zh":
        return (
            f"{year + '年' if year else ''}{local.month}月{local.day}日 周{WEEKDAYS_ZH[local.weekday()]} {local:%H:%M}"
        )
    day = f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"
    return f"{day} {year} {local:%H:%M}" if year else f"{day} {local:%H:%M}"


def duration(seconds: int, language: Language = "en") -> str:
    """A time that something lasts, in the largest unit that says it exactly."""
    for size, one, many, zh in (
        (86_400, "day", "days", "天"),
        (3600, "hour", "hours", "小时"),
        (60, "minute", "minutes", "分钟"),
        (1, "second", "seconds", "秒"),
    ):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {zh}" if language == "zh" else f"{count} {one if count == 1 else many}"
    return "0 秒" if language == "zh" else "0 seconds"


def clock(at: datetime, zone: tzinfo) -> str:
    """To the second: the age of live data."""
    return f"{at.astimezone(zone):%H:%M:%S}"
