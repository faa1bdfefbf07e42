"""When a campaign goes out, as a person says it, and the schedule that it comes to."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from dashboard import words
from dashboard.plan import Plan, plan_of
from dashboard.repeating import Repeat, repeat_of
from sdk_contracts.wire.scheduling import Schedule, Trigger

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
FIRST = date(2026, 3, 31)


def needs(plan: Plan) -> list[str]:
    found = plan.needs(NOW)
    assert all(words.say("en", need.key, **need.values) and need.step == "schedule" for need in found)
    return [need.key for need in found]


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        Schedule(at=LATER),
        Schedule(at=LATER, local_time=True, until=LATER + timedelta(hours=2)),
        Schedule(at=LATER, repeat="FREQ=WEEKLY;BYDAY=MO,TH"),
        Schedule(at=LATER, repeat="FREQ=DAILY", local_time=True, until=LATER + timedelta(days=9)),
        Schedule(trigger=Trigger(event="cart")),
        Schedule(at=LATER, trigger=Trigger(event="cart", delay_seconds=3600, cancelled_by=["bought"])),
    ],
)
def test_a_schedule_that_was_saved_comes_back_as_it_was(schedule: Schedule | None) -> None:
    plan = plan_of(schedule)
    assert needs(plan) == []
    assert plan.schedule() == schedule
    assert msgspec.json.decode(msgspec.json.encode(plan.schedule()), type=Schedule | None) == schedule


@pytest.mark.parametrize(
    ("plan", "missing"),
    [
        (Plan(mode="at"), "need.at"),
        (Plan(mode="at", at=NOW - timedelta(minutes=1)), "need.at_past"),
        (Plan(mode="repeat", at=LATER, rule="every monday"), "need.rule"),
        (Plan(mode="local", at=LATER, local=True, until=NOW), "need.until"),
        (Plan(mode="event"), "need.event"),
        (Plan(mode="event", event="two words"), "need.event_shape"),
        (Plan(mode="event", event="cart", cancelled_by=("cart",)), "need.event_both"),
        (Plan(mode="event", event="cart", delay_seconds=91 * 86_400), "need.delay"),
    ],
)
def test_what_the_api_would_refuse_of_a_schedule_is_named(plan: Plan, missing: str) -> None:
    assert needs(plan) == [missing]


@pytest.mark.parametrize(
    ("repeat", "rule"),
    [
        (Repeat(every="day"), "FREQ=DAILY"),
        (Repeat(every="day", interval=2), "FREQ=DAILY;INTERVAL=2"),
        (Repeat(every="week"), "FREQ=WEEKLY"),
        (Repeat(every="week", days=("MO", "TH")), "FREQ=WEEKLY;BYDAY=MO,TH"),
        (Repeat(every="month"), "FREQ=MONTHLY;BYMONTHDAY=31"),
        (Repeat(every="month", on="last"), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (Repeat(every="month", on="weekday"), "FREQ=MONTHLY;BYDAY=-1TU"),
        (Repeat(every="rule", raw="FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1"), "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1"),
    ],
)
def test_what_a_person_chooses_becomes_a_rule_and_is_read_from_it_again(repeat: Repeat, rule: str) -> None:
    assert repeat.rule(FIRST) == rule
    assert repeat_of(rule, FIRST) == repeat


def test_a_rule_that_nobody_would_say_so_stays_a_rule() -> None:
    for rule in ("FREQ=YEARLY;BYMONTH=2", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "FREQ=WEEKLY;BYDAY=1MO", "nonsense"):
        assert repeat_of(rule, FIRST) == Repeat(every="rule", raw=rule)
