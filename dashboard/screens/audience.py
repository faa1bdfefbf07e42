"""Whom the app can reach: how many, on what, how that moves, and the segments that are kept of them."""

from datetime import timedelta
from html import escape

import streamlit as st

from dashboard import charts, charts_growth, live, markup, parts, session
from dashboard import format as fmt
from dashboard.client import Client
from dashboard.markup import Tile
from dashboard.screens import rule_told
from sdk_contracts.wire.audience import Segment
from sdk_contracts.wire.campaigns import Breakdown, DeviceMetrics
from sdk_contracts.wire.metrics import AudienceSeries, Churn

SPANS = {"month": timedelta(days=29), "quarter": timedelta(days=89), "year": timedelta(days=364)}
KINDS = ("app_version", "os_version", "locale", "timezone")


def show() -> None:
    say = session.say
    st.html(markup.heading(say("audience_page")))
    st.fragment(devices, run_every=live.PATIENT * 4)()
    segments(session.signed_in().client)


def devices() -> None:
    client = session.signed_in().client
    seen = live.look("audience", client.devices, height=320)
    if seen is None:
        return
    found = seen.data
    live.age(seen, found.as_of)
    if not found.devices:
        parts.empty("no_devices", "no_devices_text", url=client.api_url)
        return
    numbers(found)
    growth(client)
    of_kinds(found)


def numbers(found: DeviceMetrics) -> None:
    say = session.say
    ago = fmt.ago((session.now() - found.as_of).total_seconds(), session.language())
    st.html(
        markup.tiles(
            [
                Tile(say("devices"), fmt.number(found.devices), help=say("devices_counted", ago=ago)),
                *parts.rate_tiles({"opt_in_rate": found.opt_in_rate}),
                Tile(say("stale_devices"), fmt.number(found.stale), help=say("stale_devices_help")),
            ]
        )
    )


def growth(client: Client) -> None:
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(markup.section(say("growth"), say("growth_note")), width="content")
        span = st.segmented_control(
            say("period"), list(SPANS), default="month", required=True, key="audience.span",
            format_func=lambda name: say(f"span.{name}"), label_visibility="collapsed",
        )  # fmt: skip
    stop = session.now().replace(hour=0, minute=0, second=0, microsecond=0)
    start = stop - SPANS[span]
    until = session.now().replace(microsecond=0)
    seen = live.look(f"audience.{span}", lambda: client.audience_days(start, until), height=280, quiet=True)
    if seen is None:
        return
    series: AudienceSeries = seen.data
    if not series.days:
        st.html(markup.note(say("growth_empty")))
        return
    came = {name: sum(getattr(day.total, name) for day in series.days) for name in Churn.__struct_fields__}
    net = came["registered"] + came["imported"] - came["uninstalled"]
    st.html(
        markup.tiles(
            [
                Tile(say("churn.net"), fmt.signed(net), say("churn.net_over")),
                *(Tile(say(f"churn.{name}"), fmt.number(came[name])) for name in charts_growth.SERIES if came[name]),
            ]
        )
    )
    figure = charts_growth.growth(series.days, start, stop, say)
    st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="audience.growth")


def of_kinds(found: DeviceMetrics) -> None:
    say = session.say
    platforms = {each.value: each.devices for each in found.by["platform"].values}
    st.html(markup.section(say("by_platform")))
    st.plotly_chart(charts.platforms(platforms, say), theme=None, config=charts.CONFIG, key="audience.platforms")
    shown = [name for name in KINDS if name in found.by]
    for pair in (shown[:2], shown[2:]):
        for name, column in zip(pair, st.columns(2, gap="large"), strict=False):
            with column:
                st.html(markup.section(say(f"by.{name}"), say("by_note")))
                st.html(markup.table(kinds(found.by[name], found.devices)))


def kinds(found: Breakdown, devices: int) -> list[tuple[str, str, str]]:
    """Each with how many devices, their share and how many of them can be pushed to."""
    say = session.say
    rows = [
        (
            each.value,
            fmt.number(each.devices),
            say("share_reachable", share=fmt.ratio(each.devices, devices), count=fmt.number(each.reachable)),
        )
        for each in found.values
    ]
    for name, count in (("kinds_other", found.other), ("kinds_unknown", found.unknown)):
        if count:
            rows.append((say(name), fmt.number(count), fmt.ratio(count, devices)))
    return rows


def segments(client: Client) -> None:
    say = session.say
    st.html(markup.section(say("segments"), say("segments_note")))
    seen = live.look("audience.segments", client.segments, height=120, quiet=True)
    if seen is None:
        return
    if not seen.data:
        parts.empty("no_segments", "no_segments_text")
        return
    head = [say(f"col.{name}") for name in ("segment", "whom", "used_by", "last_used", "changed")]
    st.html(markup.grid(head, [segment(one) for one in seen.data]))


def segment(one: Segment) -> list[str]:
    say = session.say
    uses = say("segment_uses", campaigns=fmt.number(one.campaigns), segments=fmt.number(one.segments))
    return [
        f"<b>{escape(one.name)}</b>",
        escape(rule_told.whom(one.rule)),
        escape(uses),
        escape(parts.moment(one.last_used_at)),
        escape(parts.moment(one.changed_at)),
    ]
