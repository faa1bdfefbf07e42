"""When a campaign goes out, in words."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard import format as fmt
from dashboard import session
from dashboard.repeating import DAYS, Repeat, place_in_month, repeat_of
from sdk_contracts.wire.campaigns import Conversion, FollowUp
from sdk_contracts.wire.scheduling import Schedule


def app_zone() -> tzinfo:
    """By whose clocks campaigns repeat."""
    try:
        return ZoneInfo(session.signed_in().me.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_name(zone: tzinfo) -> str:
    return getattr(zone, "key", "UTC")


def moment(at: datetime, zone: tzinfo) -> str:
    return fmt.when(at, zone, session.now(), session.language())


def told(schedule: Schedule | None) -> str:
    """The whole schedule in a line."""
    say = session.say
    if schedule is None:
        return say("told.now")
    zone = UTC if schedule.local_time else session.zone()
    parts = [_beginning(schedule, zone)]
    if schedule.trigger is not None and schedule.trigger.cancelled_by:
        parts.append(say("told.unless", events="”, “".join(schedule.trigger.cancelled_by)))
    if schedule.until is not None:
        parts.append(say("told.until", at=moment(schedule.until, zone)))
    return (", " if session.language() == "en" else "，").join(parts)


def _beginning(schedule: Schedule, zone: tzinfo) -> str:
    say = session.say
    if (trigger := schedule.trigger) is not None:
        if not trigger.delay_seconds:
            return say("told.event_at_once", event=trigger.event)
        return say("told.event", event=trigger.event, delay=fmt.duration(trigger.delay_seconds, session.language()))
    if schedule.at is None:
        return schedule.repeat or say("told.now")
    place = UTC if schedule.local_time else app_zone() if schedule.repeat else zone
    at = moment(schedule.at, place)
    where = say("told.local", at=at) if schedule.local_time else say("told.at", at=at, zone=zone_name(place))
    if schedule.repeat:
        first = schedule.at.astimezone(place).date()
        return say(
            "told.repeat", rule=rule_told(repeat_of(schedule.repeat, first), first.day, on_told(first)), at=where
        )
    return where


def rule_told(repeat: Repeat, day: int, weekday: str) -> str:
    say = session.say
    if repeat.every == "rule":
        return repeat.raw
    if repeat.interval == 1:
        told = say(f"every.{repeat.every}")
    else:
        told = say(f"told.every.{repeat.every}", count=repeat.interval)
    if repeat.every == "week":
        return " ".join([told, *(say(f"day.{each}") for each in DAYS if each in repeat.days)])
    if repeat.every == "month":
        on = {"date": say("on.date", day=day), "last": say("on.last"), "weekday": weekday}[repeat.on]
        return f"{told}, {on}"
    return told


def on_told(first: date) -> str:
    """Which weekday of its month that day is."""
    say = session.say
    weekday = say(f"day.{DAYS[first.weekday()]}")
    return say("on.weekday", place=say(f"place.{place_in_month(first)}"), weekday=weekday)


def second_told(follow_up: FollowUp | None) -> str:
    if follow_up is None:
        return ""
    channels = " + ".join(session.say(channel) for channel in follow_up.channels)
    return session.say(
        "second_told", after=fmt.duration(follow_up.after_seconds, session.language()), channels=channels
    )


def goal_told(goal: Conversion | None) -> str:
    """What it is to bring about, and how soon."""
    if goal is None:
        return ""
    window = fmt.duration(goal.window_seconds, session.language())
    return session.say("goal_told", event=goal.event or session.say("goal_any"), window=window)
