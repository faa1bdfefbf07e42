"""Figures say what the counters say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard import charts, words
from dashboard.charts_growth import growth
from sdk_contracts.wire.campaigns import Funnel, TimelinePoint
from sdk_contracts.wire.metrics import AudienceDay, Churn

START = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def say(key: str, **values: object) -> str:
    return words.say("en", key, **values)


def funnel(**counts: int) -> Funnel:
    names = [name for name in Funnel.__struct_fields__ if not name.endswith("_by_reason")]
    return Funnel(**{**dict.fromkeys(names, 0), **counts}, dead_by_reason={}, failed_by_reason={}, skipped_by_reason={})


def test_a_funnel_shows_each_milestone_with_its_share_of_the_targeted() -> None:
    figure = charts.funnel(
        funnel(targeted=200, accepted=180, confirmable=140, received=120, displayed=119, opened=40, clicked=10),
        "push",
        say,
    )
    bars, unknown, texts = figure.data
    assert list(bars.x) == [200, 180, 120, 119, 40, 10]
    assert list(unknown.x) == [0, 0, 40, 0, 0, 0]
    assert texts.text[2] == " <b>120</b>  60%"


def test_an_inbox_funnel_has_no_receipts_to_wait_for() -> None:
    figure = charts.funnel(funnel(targeted=10, accepted=10, displayed=4), "inbox", say)
    assert list(figure.data[0].y) == ["Targeted", "In the inbox", "Displayed", "Opened", "Clicked"]
    assert not any(figure.data[1].x)


def test_what_was_confirmed_is_not_unknown_even_where_nobody_expected_it() -> None:
    assert charts.unconfirmed(funnel(accepted=182, confirmable=143, received=177)) == 5
    assert charts.unconfirmed(funnel(accepted=10, confirmable=12)) == 0


def test_a_pause_in_the_series_is_drawn_as_zeros() -> None:
    points = [TimelinePoint(at=START + 3 * MINUTE, counts={"opened": 2}), TimelinePoint(at=START, counts={"opened": 1})]
    filled = charts.filled(points, MINUTE)
    assert [point.counts.get("opened", 0) for point in filled] == [1, 0, 0, 2]


def test_a_series_too_long_to_draw_keeps_its_points_and_drops_its_gaps() -> None:
    points = [TimelinePoint(at=START + day * timedelta(days=30), counts={}) for day in range(3)]
    assert charts.filled(points, MINUTE) == points
    assert charts.filled([], MINUTE) == []


def test_the_timeline_is_on_the_readers_clock_and_leaves_out_what_never_happened() -> None:
    points = [TimelinePoint(at=START + n * MINUTE, counts={"accepted": 5, "opened": n}) for n in range(3)]
    figure = charts.timeline(points, "minute", ZoneInfo("Asia/Shanghai"), say)
    assert [series.name for series in figure.data] == ["Accepted", "Opened"]
    assert figure.data[0].x[0].hour == 20


def test_a_single_minute_is_a_bar_of_a_minutes_width() -> None:
    figure = charts.timeline([TimelinePoint(at=START, counts={"accepted": 5})], "minute", UTC, say)
    assert list(figure.data[0].y) == [0, 5]


def test_hours_are_summed_into_the_readers_own_days() -> None:
    hour = timedelta(hours=1)
    points = [TimelinePoint(at=START + n * hour, counts={"opened": 1}) for n in range(6)]
    days = charts.by_day(points, ZoneInfo("Asia/Shanghai"))
    assert [(day.at.day, day.counts["opened"]) for day in days] == [(5, 4), (6, 2)]


def test_a_period_is_shown_whole_even_where_nothing_happened() -> None:
    window = (START - timedelta(days=1), START)
    figure = charts.timeline([TimelinePoint(at=START, counts={"opened": 1})], "hour", UTC, say, window)
    assert [at.day for at in figure.layout.xaxis.range] == [4, 5]


def test_a_figure_carries_our_look_and_no_other() -> None:
    assert charts.funnel(funnel(targeted=1), "push", say).to_plotly_json()["layout"].get("template") is None


def test_many_minutes_are_lines() -> None:
    points = [TimelinePoint(at=START + n * MINUTE, counts={"accepted": 1}) for n in range(30)]
    assert charts.timeline(points, "minute", UTC, say).data[0].type == "scatter"


def test_an_empty_funnel_and_no_devices_still_draw() -> None:
    assert list(charts.funnel(funnel(), "push", say).data[0].x) == [0] * 6
    assert list(charts.platforms({}, say).data[0].x) == []


def test_numbers_stand_only_where_something_can_be_counted() -> None:
    points = [TimelinePoint(at=START + n * MINUTE, counts={"opened": n % 2}) for n in range(3)]
    assert charts.timeline(points, "minute", UTC, say).layout.yaxis.dtick == 1
    many = [TimelinePoint(at=START, counts={"opened": 6})]
    assert charts.timeline(many, "minute", UTC, say).layout.yaxis.dtick is None
    days = [AudienceDay(at=START, total=Churn(registered=1, uninstalled=2), by_platform={})]
    assert growth(days, START, START + timedelta(days=2), say).layout.yaxis.dtick == 1
