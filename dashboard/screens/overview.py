"""The app at a glance: whom it can reach, what it sent, what came of it."""

from datetime import timedelta

import streamlit as st

from dashboard import charts, live, markup, parts, session
from dashboard import format as fmt
from dashboard.client import Client
from dashboard.markup import Tile
from dashboard.screens import measured, now
from dashboard.shared import CHARTS
from sdk_contracts.wire.campaigns import Campaign, Overview, TimelinePoint
from sdk_contracts.wire.common import Page

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


def show() -> None:
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(markup.heading(say("overview")), width="content")
        period = st.segmented_control(
            say("period"), list(PERIODS), default="day", required=True, key="overview.period",
            format_func=lambda name: say(f"period.{name}"), label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    st.fragment(now.panel, run_every=live.KEEN)()
    st.fragment(glance, run_every=live.PATIENT * 3)(period or "day")
    st.fragment(now.services, run_every=live.PATIENT * 4)()


def glance(period: str) -> None:
    client = session.signed_in().client
    seen = live.look(f"overview.{period}", lambda: ask(client, PERIODS[period]), height=420)
    if seen is None:
        return
    overview, recent = seen.data
    live.age(seen, overview.as_of)
    if not overview.devices and not recent.items:
        parts.empty("no_devices", "no_devices_text", url=client.api_url)
        return
    numbers(overview)
    measured.people(overview.people)
    engagement(overview.timeline, period)
    left, right = st.columns(2, gap="large")
    with left:
        st.html(markup.section(session.say("recent")))
        recent_campaigns(recent)
    with right:
        st.html(markup.section(session.say("by_platform")))
        counts = overview.by_platform
        figure = CHARTS.get(("platforms", session.language(), counts), lambda: charts.platforms(counts, session.say))
        st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="platforms")


def ask(client: Client, span: timedelta) -> tuple[Overview, Page[Campaign]]:
    # The same for all who look within ten seconds, so that they share an answer.
    now = session.now()
    until = now.replace(second=now.second // 10 * 10, microsecond=0)
    return client.overview(until - span, until), client.campaigns(limit=5)


def numbers(overview: Overview) -> None:
    say, totals, opt_in = session.say, overview.totals, overview.opt_in_rate
    counted = fmt.ago((session.now() - overview.devices_as_of).total_seconds(), session.language())
    reachable = Tile(
        say("reachable"), fmt.number(opt_in.numerator), say("of_devices", count=fmt.number(overview.devices)),
        help=say("devices_counted", ago=counted),
    )  # fmt: skip
    over = {"accepted": "both_channels", "received": "push", "opened": "both_channels", "clicked": "both_channels"}
    counts = [Tile(say(step), fmt.number(getattr(totals, step)), say(what)) for step, what in over.items()]
    st.html(markup.tiles([reachable, *counts]))
    st.html(markup.section(say("rates")))
    st.html(markup.tiles(parts.rate_tiles({"opt_in_rate": opt_in, **overview.rates})))


def engagement(points: list[TimelinePoint], period: str) -> None:
    """Hours for a day and a week; days of the reader's calendar for a month."""
    say, zone = session.say, session.zone()
    bucket = "day" if period == "month" else "hour"
    st.html(markup.section(say("engagement"), say(f"per.{bucket}")))
    if not points:
        st.html(markup.note(say("timeline_empty")))
        return
    if bucket == "day":
        points = charts.by_day(points, zone)
    now = session.now().replace(second=0, microsecond=0)
    window = now - PERIODS[period], now
    figure = CHARTS.get(
        ("engagement", session.language(), str(zone), bucket, window, points),
        lambda: charts.timeline(points, bucket, zone, say, window=window),
    )
    st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="engagement")


def recent_campaigns(recent: Page[Campaign]) -> None:
    if not recent.items:
        may = session.may("compose")
        parts.empty("no_campaigns", "no_campaigns_text" if may else "no_campaigns_read")
        if may and st.button(session.say("new_campaign"), type="primary", icon=":material/add:"):
            st.switch_page(session.page("compose"))
        return
    for campaign in recent.items:
        parts.campaign_row(campaign)
