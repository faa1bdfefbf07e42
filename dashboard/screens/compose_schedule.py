"""When it goes out, and once more to those who did not open it."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import cast, get_args

import streamlit as st
from msgspec import Struct

from dashboard import format as fmt
from dashboard import live, markup, session
from dashboard.draft import Sheet
from dashboard.plan import MODES, Mode, Plan
from dashboard.repeating import DAYS, EVERY, Every, On, Repeat, repeat_of
from dashboard.screens import timing
from dashboard.screens.compose_parts import choice, names, span, words_like
from dashboard.trial import Second
from sdk_contracts.wire.content import Channel

DEFAULT_HOUR = 9
MINUTE, HOUR, DAY = 60, 3600, 86_400
EARLIEST, LATEST = timedelta(hours=14), timedelta(hours=12)
"""So much ahead of UTC, and behind it, are the clocks of the first and the last place."""


class Clock(Struct, frozen=True):
    """By which clocks a mode's times are typed, and the words for the fields."""

    zone: tzinfo
    at: str
    until: str


def clock_of(mode: Mode, local: bool) -> Clock:
    if mode == "local" or (mode == "repeat" and local):
        return Clock(UTC, "at_local", "latest_local")
    if mode == "repeat":
        return Clock(timing.app_zone(), "first_run", "latest")
    return Clock(session.zone(), "from_when" if mode == "event" else "at", "latest")


def fields(form: str, start: Sheet) -> Plan:
    say, was = session.say, start.plan
    mode = st.radio(
        say("when"), MODES, MODES.index(was.mode), key=f"{form}.when", persist_state="session",
        format_func=lambda one: say(f"when.{one}"), captions=[say(f"when.{one}_text") for one in MODES],
    )  # fmt: skip
    if mode in {None, "now"}:
        return Plan()
    had = was if was.mode == mode else Plan(mode=mode, local=mode == "local")
    if mode == "event":
        return event(form, had)
    if mode == "repeat":
        return repeating(form, had)
    clock = clock_of(had.mode, local=had.local)
    at = moment_field(form, f"at.{mode}", clock.at, had.at, clock.zone, prefilled=True)
    return Plan(mode=had.mode, at=at, local=had.local, until=ending(form, had, clock))


def repeating(form: str, had: Plan) -> Plan:
    say = session.say
    zone = UTC if had.local else timing.app_zone()
    first_typed = st.container()
    had_first = (had.at or session.now()).astimezone(zone)
    known = repeat_of(had.rule, had_first.date()) if had.rule else Repeat()
    every = cast(Every, choice(form, "every", EVERY, known.every))
    local = st.toggle(say("local_runs"), had.local, key=f"{form}.local", persist_state="session")
    clock = clock_of("repeat", local)
    with first_typed:
        at = moment_field(form, "at.repeat", clock.at, had.at, clock.zone, prefilled=True)
    first = (at or session.now()).astimezone(clock.zone)
    with st.container():
        repeat = how_often(form, every, known, first)
    return Plan(mode="repeat", at=at, local=local, rule=repeat.rule(first.date()), until=ending(form, had, clock))


def how_often(form: str, every: Every, known: Repeat, first: datetime) -> Repeat:
    say = session.say
    if every == "rule":
        raw = st.text_input(
            say("rule_text"),
            known.raw,
            max_chars=500,
            help=say("rule_help"),
            key=f"{form}.rule",
            persist_state="session",
        )
        return Repeat(every="rule", raw=(raw or "").strip().upper())
    interval = st.number_input(
        say(f"interval.{every}"), 1, 999, known.interval, key=f"{form}.interval", persist_state="session", width=220
    )
    if every == "week":
        days = st.pills(
            say("days"), DAYS, selection_mode="multi", default=list(known.days), help=say("days_none"),
            format_func=lambda day: say(f"day.{day}"), key=f"{form}.days", persist_state="session",
        )  # fmt: skip
        return Repeat(every=every, interval=int(interval or 1), days=tuple(days))
    if every == "month":
        weekday = timing.on_told(first.date())
        labels = {"date": say("on.date", day=first.day), "last": say("on.last"), "weekday": weekday}
        on = st.selectbox(
            say("on"), get_args(On), get_args(On).index(known.on), format_func=labels.__getitem__,
            key=f"{form}.on", persist_state="session", width=320,
        )  # fmt: skip
        if on == "date" and first.day > 28:
            st.caption(say("short_months", day=first.day))
        return Repeat(every=every, interval=int(interval or 1), on=cast(On, on))
    return Repeat(every=every, interval=int(interval or 1))


def event(form: str, had: Plan) -> Plan:
    say = session.say
    name = st.text_input(
        say("event"), had.event, max_chars=64, help=say("event_help"), key=f"{form}.event", persist_state="session"
    )
    delay = span(form, "delay", had.delay_seconds, (MINUTE, HOUR, DAY), least=0)
    unless = names(form, "cancelled_by", had.cancelled_by, placeholder=say("cancelled_by_help"))
    clock = clock_of("event", local=False)
    with st.expander(say("more_options"), expanded=had.at is not None or had.until is not None):
        at = moment_field(form, "at.event", clock.at, had.at, clock.zone)
        until = moment_field(form, "until.event", clock.until, had.until, clock.zone)
    return Plan(
        mode="event", at=at, event=(name or "").strip(), delay_seconds=delay, cancelled_by=unless, until=until
    )  # fmt: skip


def ending(form: str, had: Plan, clock: Clock) -> datetime | None:
    with st.expander(session.say("ends"), expanded=had.until is not None):
        return moment_field(form, f"until.{had.mode}", clock.until, had.until, clock.zone)


def moment_field(
    form: str, name: str, word: str, had: datetime | None, zone: tzinfo, *, prefilled: bool = False
) -> datetime | None:
    """A moment as the clocks of a zone show it; `prefilled` begins with tomorrow morning."""
    given = had.astimezone(zone).replace(tzinfo=None) if had else None
    if given is None and prefilled:
        given = tomorrow(form, zone)
    typed = st.datetime_input(
        session.say(word, zone=timing.zone_name(zone)), given, key=f"{form}.{name}", persist_state="session"
    )
    return typed.replace(tzinfo=zone) if typed else None


def tomorrow(form: str, zone: tzinfo) -> datetime:
    """Of the day on which the form was opened: it does not move under the person's hands."""
    opened = st.session_state.setdefault(f"{form}.opened", session.now())
    day = opened.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    morning: datetime = day.replace(hour=DEFAULT_HOUR, minute=0, second=0, microsecond=0)
    return morning


def outlook(plan: Plan) -> None:
    """What comes of it, as the API works it out."""
    say, now = session.say, session.now()
    if needs := plan.needs(now):
        for need in needs:
            st.html(markup.note(say(need.key, **need.values)))
        return
    schedule = plan.schedule()
    if schedule is None:
        return
    if schedule.trigger is not None:
        st.html(markup.note(timing.told(schedule)))
        return
    client = session.signed_in().client
    seen = live.look(f"coming.{schedule}", lambda: client.coming(schedule), height=60)
    if seen is None:
        return
    starts, zone = seen.data.starts, session.zone()
    if not starts:
        st.warning(say("no_runs"))
    elif schedule.repeat:
        place = UTC if schedule.local_time else timing.app_zone()
        st.html(markup.section(say("next_runs")))
        rows = [(timing.moment(at, place), theirs(at, place, zone), "") for at in starts]
        st.html(markup.table(rows))
    elif schedule.local_time:
        first, last = starts[0] - EARLIEST, starts[0] + LATEST
        told = {"first": timing.moment(first, zone), "last": timing.moment(last, zone)}
        st.html(markup.note(say("starts_local", at=timing.moment(starts[0], UTC), **told)))
    else:
        st.html(markup.note(say("starts", at=timing.moment(starts[0], zone), zone=timing.zone_name(zone))))


def theirs(at: datetime, place: tzinfo, zone: tzinfo) -> str:
    """The same by the reader's clock, where it shows something else."""
    if place is UTC or at.astimezone(place).utcoffset() == at.astimezone(zone).utcoffset():
        return ""
    return session.say("your_time", at=timing.moment(at, zone))


def second(form: str, sheet: Sheet, start: Second | None) -> Second | None:
    """The second step."""
    say = session.say
    if not st.toggle(
        say("second"), start is not None, help=say("second_help"), key=f"{form}.second", persist_state="session"
    ):
        return None
    if start is not None and start.kept is not None:
        st.caption(say("kept_written"))
        return start
    had = start or Second()
    with st.container(border=True):
        after = span(form, "second_after", had.after_seconds, (HOUR, DAY), least=1)
        chosen = st.pills(
            say("second_channels"), get_args(Channel), selection_mode="multi", default=list(had.channels),
            format_func=say, key=f"{form}.second_channels", persist_state="session",
        )  # fmt: skip
        own = st.toggle(say("second_words"), had.texts is not None, key=f"{form}.second_own", persist_state="session")
        texts = words_like(form, "second", sheet.texts, had.texts or {}) if own else None
    channels = tuple(channel for channel in get_args(Channel) if channel in chosen)
    return Second(after_seconds=after, channels=channels, texts=texts)


def span_told(seconds: int) -> str:
    return fmt.duration(seconds, session.language())
