"""Numbers, shares and times, as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import format as fmt
from sdk_contracts.wire.campaigns import Rate

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0004, "<0.1%"),
        (0.0123, "1.2%"),
        (0.0999, "10%"),
        (0.412, "41%"),
        (0.9949, "99%"),
        (0.9999, ">99%"),
        (1.0, "100%"),
        (1.24, "124%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(value: float | None, shown: str) -> None:
    assert fmt.percent(value) == shown


def test_a_share_of_nothing_is_a_dash_and_not_zero() -> None:
    assert fmt.ratio(0, 0) == "–"
    assert fmt.share(Rate(value=None, numerator=0, denominator=0)).value == "–"


def test_a_rate_says_what_it_is_over_and_how_much_is_unknown() -> None:
    share = fmt.share(Rate(value=0.88, numerator=5529, denominator=6288, unknown=1024))
    assert (share.value, share.fraction) == ("88%", "5,529 / 6,288")
    assert share.unknown == "1,024 (14%) unknown"
    assert fmt.share(Rate(value=0.5, numerator=1, denominator=2, unknown=1), "zh").unknown == "1 (33%) 未知"


def test_a_rate_that_knows_everything_says_that_nothing_is_unknown() -> None:
    share = fmt.share(Rate(value=0.5, numerator=1, denominator=2))
    assert (share.unknown, share.sure) == ("0 unknown", True)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-3, "just now", "刚刚"),
        (0.4, "just now", "刚刚"),
        (12.9, "12 s ago", "12 秒前"),
        (61, "1 min ago", "1 分钟前"),
        (7300, "2 h ago", "2 小时前"),
        (200_000, "2 d ago", "2 天前"),
    ],
)
def test_age_is_told_in_the_largest_whole_unit(seconds: float, english: str, chinese: str) -> None:
    assert fmt.ago(seconds) == english
    assert fmt.ago(seconds, "zh") == chinese


def test_times_are_on_the_readers_clock() -> None:
    at = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
    assert fmt.moment(at, UTC, NOW) == "4 Mar 22:30"
    assert fmt.moment(at, ZoneInfo("Asia/Shanghai"), NOW) == "06:30"
    assert fmt.moment(at, UTC, NOW, "zh") == "3月4日 22:30"
    assert fmt.clock(at, ZoneInfo("Asia/Shanghai")) == "06:30:00"


def test_another_year_is_named() -> None:
    at = datetime(2025, 12, 31, 8, 5, tzinfo=UTC)
    assert fmt.moment(at, UTC, NOW) == "31 Dec 2025 08:05"
    assert fmt.moment(at, UTC, NOW, "zh") == "2025年12月31日 08:05"


def test_a_time_that_has_not_come_is_a_dash() -> None:
    assert fmt.moment(None, UTC, NOW) == "–"


def test_speeds_have_a_decimal_where_it_says_something() -> None:
    told = {0: "0", 0.04: "<0.1", 0.5: "0.5", 9.94: "9.9", 9.96: "10", 1234.4: "1,234"}
    assert [fmt.speed(value) for value in told] == list(told.values())


def test_how_long_something_lasts_is_told_in_its_largest_unit() -> None:
    assert [fmt.span(seconds) for seconds in (0.4, 59, 60, 7300, 200_000)] == ["0 s", "59 s", "1 min", "2 h", "2 d"]
    assert fmt.span(90, "zh") == "1 分钟"


def test_a_time_to_come_says_its_weekday_and_a_wait_says_its_unit() -> None:
    now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert fmt.when(datetime(2026, 3, 9, 8, tzinfo=UTC), ZoneInfo("Europe/Berlin"), now) == "Mon 9 Mar 09:00"
    assert fmt.when(datetime(2027, 1, 1, 8, tzinfo=UTC), UTC, now) == "Fri 1 Jan 2027 08:00"
    assert fmt.when(datetime(2027, 1, 1, 8, tzinfo=UTC), UTC, now, "zh") == "2027年1月1日 周五 08:00"
    assert [fmt.duration(each) for each in (0, 90, 60, 7200, 86_400)] == [
        "0 seconds", "90 seconds", "1 minute", "2 hours", "1 day"
    ]  # fmt: skip
    assert fmt.duration(7200, "zh") == "2 小时"
