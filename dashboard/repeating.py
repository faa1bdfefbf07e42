"""What repeats, as a person says it, and the RRULE (RFC 5545) that it comes to. Pure."""

import re
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

Every = Literal["day", "week", "month", "rule"]
On = Literal["date", "last", "weekday"]
EVERY: tuple[Every, ...] = ("day", "week", "month", "rule")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES: dict[Every, str] = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}
_RULE = re.compile(r"(RRULE:)?[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")


class Repeat(Struct, frozen=True, kw_only=True):
    every: Every = "week"
    interval: int = 1
    days: tuple[str, ...] = ()
    """Of each week; none: the day it begins."""
    on: On = "date"
    """In each month: the date it begins, the last day, or the same weekday, such as its second Tuesday."""
    raw: str = ""
    """For who writes the rule themselves."""

    def rule(self, first: date) -> str:
        if self.every == "rule":
            return self.raw
        parts = [f"FREQ={_FREQUENCIES[self.every]}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.every == "week" and self.days:
            parts.append(f"BYDAY={','.join(day for day in DAYS if day in self.days)}")
        if self.every == "month":
            parts.append(month_part(self.on, first))
        return ";".join(parts)


def month_part(on: On, first: date) -> str:
    if on == "last":
        return "BYMONTHDAY=-1"
    if on == "date":
        return f"BYMONTHDAY={first.day}"
    return f"BYDAY={place_in_month(first)}{DAYS[first.weekday()]}"


def place_in_month(first: date) -> int:
    """Which one of its weekday it is; the fifth is the last, which every month has."""
    place = (first.day - 1) // 7 + 1
    return -1 if place == 5 else place


def repeat_of(rule: str, first: date) -> Repeat:
    """How a person would say that rule, or the rule itself."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    interval = parts.get("INTERVAL", "1")
    size = int(interval) if interval.isdigit() else 1
    days = tuple(day for day in parts.get("BYDAY", "").split(",") if day in DAYS)
    said = [
        Repeat(every="day", interval=size),
        Repeat(every="week", interval=size, days=days),
        *(Repeat(every="month", interval=size, on=on) for on in get_args(On)),
    ]
    return next((each for each in said if each.rule(first) == rule), Repeat(every="rule", raw=rule))


def well_formed(rule: str) -> bool:
    return 6 <= len(rule) <= 500 and _RULE.fullmatch(rule) is not None
