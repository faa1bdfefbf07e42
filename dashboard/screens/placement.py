"""One placement: what was counted at it, its QR code and link, and what one may do with it."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import charts, live, markup, parts, poster, session
from dashboard import format as fmt
from dashboard.calls_placements import PlacementMove
from dashboard.client import Client
from dashboard.markup import Tile
from dashboard.screens import placement_form, placements
from sdk_contracts.wire.placements import Placement, PlacementMetrics, PlacementNumbers

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "all": None}
COUNTED = ("scans", "clicks", "unique", "late")
SERIES = ("scans", "clicks", "late")
_LONGEST = timedelta(days=1095)
_PRINTED, _SHOWN = 1024, 512
"""Pixels of a PNG to keep, and of the one on screen."""


def show() -> None:
    placement_id = st.query_params.get("id", "")
    if not placement_id:
        parts.empty("not_found", "not_found_text")
        return
    client = session.signed_in().client
    # The numbers below have their own banner: one is enough.
    seen = live.look(f"placement.{placement_id}", lambda: client.placement(placement_id), height=80, quiet=True)
    if seen is None:
        live.try_again()
        return
    placement = seen.data
    st.html(markup.heading(placement.name))
    st.html(placements.line(placement))
    actions(placement)
    left, right = st.columns([2, 1], gap="large")
    with left:
        numbers(client, placement)
    with right:
        to_print(client, placement)


def actions(placement: Placement) -> None:
    """What the role may do with it. The API refuses the rest as well."""
    say = session.say
    if not session.may("compose"):
        return
    with st.container(horizontal=True):
        if st.button(say("edit"), icon=":material/edit:"):
            placement_form.edit(placement)
        if placement.archived_at is None:
            if st.button(say("archive"), icon=":material/archive:"):
                move(placement, "archive", "placement_archived")
        elif st.button(say("unarchive"), icon=":material/unarchive:"):
            move(placement, "unarchive", "placement_back")
        if st.button(say("delete_placement"), icon=":material/delete:"):
            delete(placement)


def move(placement: Placement, verb: PlacementMove, told: str) -> None:
    client = session.signed_in().client
    if live.act(lambda: client.move_placement(placement.id, verb)):
        session.tell(told)
        st.rerun()


def delete(placement: Placement) -> None:
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("delete_placement_ask"))
        agreed = st.button(session.say("yes_delete_placement"), type="primary")
        if agreed and live.act(lambda: client.delete_placement(placement.id)):
            session.tell("placement_deleted")
            st.switch_page(session.page("placements"))

    st.dialog(session.say("delete_placement"))(question)()


def numbers(client: Client, placement: Placement) -> None:
    say = session.say
    period = st.segmented_control(
        say("period"), list(PERIODS), default=usual(placement), required=True, key="placement.period",
        format_func=lambda name: say(f"period.{name}"), label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    period = period or usual(placement)
    st.fragment(counted, run_every=live.PATIENT)(client, placement, period)
    st.download_button(
        say("download_csv"), lambda: client.export_placement(placement.id, *asked(placement, period)),
        file_name=f"{placement.id}-{period}.csv", mime="text/csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def usual(placement: Placement) -> str:
    """A new one is watched by the hour."""
    return "day" if session.now() - placement.created_at < timedelta(days=2) else "week"


def counted(client: Client, placement: Placement, period: str) -> None:
    seen = live.look(f"placement.{placement.id}.{period}", lambda: ask(client, placement, period), height=420)
    if seen is None:
        return
    say, metrics = session.say, seen.data
    live.age(seen, metrics.as_of)
    st.html(markup.tiles(tiles(metrics.total)))
    if robots := metrics.total.robots:
        st.html(markup.note(say("placement_robots", count=fmt.number(robots))))
    # The API's days are UTC's; hours make up those of the reader's calendar.
    bucket = "hour" if period in {"day", "week"} else "day"
    st.html(markup.section(say("placement_numbers"), say(f"per.{bucket}")))
    if not metrics.timeline:
        st.html(markup.note(say("placement_nothing")))
        return
    points = metrics.timeline
    if period == "month":
        points = charts.by_day(points, session.zone())
    window = (metrics.from_, metrics.to) if period != "all" else None
    figure = charts.timeline(points, bucket, session.zone(), say, window=window, steps=SERIES)
    st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="visits")


def ask(client: Client, placement: Placement, period: str) -> PlacementMetrics:
    return client.placement_metrics(placement.id, *asked(placement, period))


def asked(placement: Placement, period: str) -> tuple[datetime, datetime, str]:
    """From when until when, by the hour or by the day."""
    until = session.now().replace(microsecond=0) + timedelta(seconds=1)
    span = PERIODS[period]
    since = until - span if span else max(placement.created_at.replace(microsecond=0), until - _LONGEST)
    return since, until, "day" if period == "all" else "hour"


def tiles(total: PlacementNumbers) -> list[Tile]:
    """Latecomers only where there were any."""
    say = session.say
    named = {name: "unique_visitors" if name == "unique" else name for name in COUNTED}
    return [
        Tile(say(named[name]), fmt.number(count), say(f"{name}.over"))
        for name in COUNTED
        if (count := getattr(total, name)) or name != "late"
    ]


def to_print(client: Client, placement: Placement) -> None:
    """The QR code to look at and to take away, and the link for those who would rather write."""
    say = session.say
    st.html(markup.section(say("qr_code")))
    # The code of a placement stays what it is: it is drawn once.
    slot = f"code.{placement.id}"
    drawn = st.session_state.get(slot) or live.act(lambda: codes(client, placement))
    if drawn is not None:
        st.session_state[slot] = drawn
        svg, png, shown = drawn
        st.image(shown, width=220)
        name = f"fanfare-{placement.kind}-{placement.id[-6:]}"
        with st.container(horizontal=True):
            save(say("download_svg"), svg, f"{name}.svg", "image/svg+xml")
            save(say("download_png"), png, f"{name}.png", "image/png")
        sheet = poster.sheet(placement.name, placement.url, svg, say("scan_me"))
        save(say("download_sheet"), sheet, f"{name}-a4.svg", "image/svg+xml", icon=":material/print:")
        st.html(markup.note(say("qr_note")))
    st.html(markup.section(say("short_link")))
    st.code(placement.url, language=None, wrap_lines=True)
    st.html(markup.note(say("short_link_note")))
    st.html(markup.section(say("placement_link")))
    st.code(placement.link, language=None, wrap_lines=True)


def codes(client: Client, placement: Placement) -> tuple[bytes, bytes, bytes]:
    """For print, for screens, and for here."""
    return (
        client.placement_code(placement.id, "svg", _PRINTED),
        client.placement_code(placement.id, "png", _PRINTED),
        client.placement_code(placement.id, "png", _SHOWN),
    )


def save(label: str, data: bytes, file_name: str, mime: str, icon: str = ":material/download:") -> None:
    st.download_button(label, data, file_name=file_name, mime=mime, icon=icon, on_click="ignore")
