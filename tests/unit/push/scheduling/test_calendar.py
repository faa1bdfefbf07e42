"""What a schedule means by clocks that are changed, in five zones (check 23)."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from push.errors import IllegalMove, Invalid
from push.scheduling.composing import to_schedule
from push.scheduling.model import Schedule, Start
from push.scheduling.recurrence import BadRule, Recurrence
from push.scheduling.wall import AHEAD, BEHIND, moment_of, wall_of
from sdk_contracts.wire import scheduling as wire
from tests.unit.push.making import NOON, campaign

BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, KOLKATA = (
    ZoneInfo(name)
    for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata")
)
"""Clocks change by an hour at 2, by half an hour, at midnight, and never."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def schedule(**fields: object) -> Schedule:
    made = to_schedule(wire.Schedule(**fields))  # type: ignore[arg-type]
    assert made is not None
    return made


def starts(made: Schedule, zone: ZoneInfo, now: datetime, count: int) -> list[datetime]:
    """When its next runs begin, each begun at its time."""
    found: list[datetime] = []
    start = made.first(now, zone)
    while start is not None and len(found) < count:
        found.append(start.at)
        _, start = made.due(start, start.at, zone)
    return found


@pytest.mark.parametrize(
    ("zone", "shown", "moment"),
    [
        (BERLIN, "2026-03-29T01:59", "2026-03-29T00:59"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:30"),
        (BERLIN, "2026-03-29T03:00", "2026-03-29T01:00"),
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),
        (BERLIN, "2026-10-25T03:00", "2026-10-25T02:00"),
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:30"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:45"),
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45"),
        (SANTIAGO, "2026-09-06T00:30", "2026-09-06T04:30"),
        (SANTIAGO, "2026-04-04T23:30", "2026-04-05T02:30"),
        (KOLKATA, "2026-03-29T02:30", "2026-03-28T21:00"),
    ],
)
def test_a_time_left_out_is_counted_on_and_of_one_shown_twice_the_first_is_meant(
    zone: ZoneInfo, shown: str, moment: str
) -> None:
    assert moment_of(datetime.fromisoformat(shown), zone) == utc(moment)


@given(
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, KOLKATA]),
    st.datetimes(wall("2020-01-01"), wall("2035-01-01")),
)
def test_every_time_on_the_wall_is_one_moment_that_shows_it_or_follows_a_gap(zone: ZoneInfo, at: datetime) -> None:
    shown = wall_of(moment_of(at, zone), zone)
    assert timedelta() <= shown - at <= timedelta(hours=1)
    assert shown == at or wall_of(moment_of(at, zone) - timedelta(hours=1), zone) < at


def test_no_clock_is_further_ahead_or_behind_than_is_waited_for() -> None:
    from push.clock import TIMEZONES

    nine = wall("2026-07-01T09:00")
    moments = [moment_of(nine, ZoneInfo(name)) for name in TIMEZONES]
    assert min(moments) == nine.replace(tzinfo=UTC) - AHEAD
    assert max(moments) == nine.replace(tzinfo=UTC) + BEHIND


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        (BERLIN, "2026-03-28T08:00", "2026-03-29T07:00"),
        (NEW_YORK, "2026-03-07T14:00", "2026-03-08T13:00"),
        (LORD_HOWE, "2026-10-02T22:30", "2026-10-03T22:00"),
        (SANTIAGO, "2026-09-05T13:00", "2026-09-06T12:00"),
        (KOLKATA, "2026-03-28T03:30", "2026-03-29T03:30"),
    ],
)
def test_what_repeats_stays_at_nine_when_clocks_are_changed(zone: ZoneInfo, before: str, after: str) -> None:
    made = schedule(at=utc(before), repeat="FREQ=DAILY")
    assert starts(made, zone, utc(before) - timedelta(hours=1), 2) == [utc(before), utc(after)]


def test_a_run_in_the_hour_that_is_left_out_begins_once_and_one_in_the_hour_that_comes_twice_too() -> None:
    spring = schedule(at=utc("2026-03-28T01:30"), repeat="FREQ=DAILY")
    assert starts(spring, BERLIN, utc("2026-03-28T00:00"), 3) == [
        utc("2026-03-28T01:30"), utc("2026-03-29T01:30"), utc("2026-03-30T00:30"),
    ]  # fmt: skip
    autumn = schedule(at=utc("2026-10-24T00:30"), repeat="FREQ=DAILY")
    assert starts(autumn, BERLIN, utc("2026-10-24T00:00"), 3) == [
        utc("2026-10-24T00:30"), utc("2026-10-25T00:30"), utc("2026-10-26T01:30"),
    ]  # fmt: skip


def test_two_times_that_come_to_one_moment_are_one_run() -> None:
    made = schedule(at=utc("2026-03-28T01:30"), repeat="FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30")
    found = starts(made, BERLIN, utc("2026-03-28T23:00"), 3)
    assert found == [utc("2026-03-29T01:30"), utc("2026-03-30T00:30"), utc("2026-03-30T01:30")]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, SANTIAGO, KOLKATA]),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;BYHOUR=0,1,2,3"]),
    st.datetimes(wall("2025-01-01"), wall("2027-01-01")),
    st.booleans(),
    st.integers(0, 90),
)
def test_runs_never_begin_twice_or_out_of_order_however_late_they_are_begun(
    zone: ZoneInfo, rule: str, origin: datetime, local: bool, late_days: int
) -> None:
    at = origin.replace(microsecond=0, tzinfo=UTC)
    made = schedule(at=at, repeat=rule, local_time=local)
    now, begun = at, list[Start]()
    start = made.first(now, zone)
    while start is not None and len(begun) < 12:
        now = max(now, start.at) + timedelta(days=late_days if len(begun) == 5 else 0)
        run, start = made.due(start, now, zone)
        begun.append(run)
        assert start is None or start.at > now
    occurrences = [run.occurrence for run in begun]
    assert occurrences == sorted(set(occurrences))


def test_of_runs_that_nobody_was_there_to_begin_only_the_last_is_made_up_for() -> None:
    made = schedule(at=utc("2026-05-01T07:00"), repeat="FREQ=DAILY")
    first = made.first(utc("2026-05-01T06:00"), BERLIN)
    assert first is not None
    run, following = made.due(first, utc("2026-05-04T12:00"), BERLIN)
    assert (run.at, following and following.at) == (utc("2026-05-04T07:00"), utc("2026-05-05T07:00"))


def test_a_local_time_begins_where_it_is_first_and_a_launch_before_the_last_clock_shows_it_is_in_time() -> None:
    made = schedule(at=datetime.fromisoformat("2026-05-04T09:00:00+02:00"), local_time=True)
    assert made.at == utc("2026-05-04T09:00"), "as written, whatever the offset"
    start = made.first(utc("2026-05-04T20:00"), BERLIN)
    assert start == Start(utc("2026-05-04T09:00"), utc("2026-05-03T19:00"))
    assert made.first(utc("2026-05-04T21:30"), BERLIN) is None


@pytest.mark.parametrize(
    ("rule", "count"),
    [("FREQ=WEEKLY;COUNT=3", 3), ("FREQ=DAILY;UNTIL=20260503", 3), ("FREQ=DAILY;UNTIL=20260503T065959Z", 2)],
)
def test_the_end_of_a_rule_is_its_end(rule: str, count: int) -> None:
    made = schedule(at=utc("2026-05-01T07:00"), repeat=rule)
    assert len(starts(made, BERLIN, utc("2026-05-01T06:00"), 10)) == count


def test_nothing_begins_after_until() -> None:
    made = schedule(at=utc("2026-05-01T07:00"), repeat="FREQ=DAILY", until=utc("2026-05-03T07:00"))
    assert len(starts(made, BERLIN, utc("2026-05-01T06:00"), 10)) == 3
    once = schedule(at=utc("2026-05-01T07:00"), until=utc("2026-05-01T09:00"))
    assert not once.over(utc("2026-05-01T09:00"))
    assert once.over(utc("2026-05-01T09:01"))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY", "FREQ=DAILY;BYSECOND=1,2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=0", "INTERVAL=2",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;BYHOUR=25", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;UNTIL=2024",
        "FREQ=DAILY;COUNT=3;UNTIL=20300101", "FREQ=DAILY;BYMINUTE=0,10", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYHOUR=+", "FREQ=DAILY;INTERVAL=99999",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused_at_once(rule: str) -> None:
    began = time.process_time()
    with pytest.raises(Invalid) as refused:
        schedule(at=NOON, repeat=rule)
    assert refused.value.pointer == "/schedule/repeat"
    assert time.process_time() - began < 3


def test_a_rule_of_leap_days_finds_them() -> None:
    rule = Recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", wall("2026-01-01T09:00"))
    rule.check()
    found = list(islice(rule.after(wall("2026-01-01"), None), 3))
    assert [each.isoformat() for each in found] == ["2028-02-29T09:00:00", "2032-02-29T09:00:00", "2036-02-29T09:00:00"]
    with pytest.raises(BadRule):
        Recurrence("FREQ=DAILY;UNTIL=tomorrow", wall("2026-01-01"))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/schedule/at"),
        ({"repeat": "FREQ=DAILY"}, "/schedule/at"),
        ({"local_time": True}, "/schedule/at"),
        ({"at": NOON, "until": NOON - timedelta(hours=1)}, "/schedule/until"),
        ({"trigger": wire.Trigger(event="cart"), "repeat": "FREQ=DAILY"}, "/schedule/trigger"),
        ({"trigger": wire.Trigger(event="cart", cancelled_by=["cart"])}, "/schedule/trigger/cancelled_by"),
    ],
)
def test_a_schedule_that_contradicts_itself_is_refused(fields: dict[str, object], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        schedule(**fields)
    assert refused.value.pointer == pointer


def test_a_campaign_for_yesterday_is_not_launched_today() -> None:
    late = campaign(schedule=schedule(at=NOON - timedelta(days=1)))
    with pytest.raises(Invalid):
        late.launch(NOON)
    assert campaign(schedule=schedule(at=NOON)).launch(NOON + timedelta(minutes=5)).state == "scheduled"


def test_what_is_scheduled_is_paused_resumed_and_cancelled_without_having_begun() -> None:
    waiting = campaign(schedule=schedule(at=NOON + timedelta(days=1))).launch(NOON)
    assert (waiting.state, waiting.launched_at, waiting.due_at) == ("scheduled", None, NOON + timedelta(days=1))
    paused = waiting.pause()
    assert (paused.state, paused.due_at) == ("paused", None)
    assert paused.resume(NOON).due_at == NOON + timedelta(days=1)
    late = paused.resume(NOON + timedelta(days=2))
    assert (late.state, late.due_at) == ("scheduled", NOON + timedelta(days=2))
    cancelled = paused.cancel(NOON)
    assert (cancelled.state, cancelled.due_at) == ("cancelled", NOON)
    with pytest.raises(IllegalMove):
        waiting.launch(NOON)


def test_what_repeats_goes_on_with_the_next_run_after_a_pause() -> None:
    daily = campaign(schedule=schedule(at=NOON, repeat="FREQ=DAILY")).launch(NOON)
    resumed = daily.pause().resume(NOON + timedelta(days=3, hours=2))
    assert resumed.start == Start(NOON + timedelta(days=4), NOON + timedelta(days=4))


def test_at_a_local_time_nothing_is_a_broadcast() -> None:
    local = campaign(schedule=schedule(at=NOON + timedelta(days=1), local_time=True))
    assert campaign().fits_all
    assert not local.fits_all


def test_a_schedule_is_stored_as_it_is() -> None:
    from push.campaigns.model import Campaign
    from push.database import from_document, to_document

    waiting = campaign(schedule=schedule(at=NOON, repeat="FREQ=DAILY")).launch(NOON)
    assert from_document(to_document(waiting), Campaign) == waiting
    assert msgspec.structs.asdict(waiting)["state"] == "scheduled"
