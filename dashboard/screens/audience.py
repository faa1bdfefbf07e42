"""Whom the app can reach: how many, on what, and how that moves."""

from datetime import timedelta

import streamlit as st

from dashboard import charts, live, markup, parts, session
from dashboard import format as fmt
from dashboard.markup import Tile
from sdk_contracts.wire.campaigns import Overview

SPAN = timedelta(days=30)


def show() -> None:
    st.html(markup.heading(session.say("audience_page")))
    st.fragment(devices, run_every=live.PATIENT * 2)()


def devices() -> None:
    say = session.say
    client = session.signed_in().client
    until = session.now().replace(microsecond=0)
    seen = live.look("audience", lambda: client.overview(until - SPAN, until), height=320)
    if seen is None:
        return
    live.age(seen)
    if not seen.data.devices:
        parts.empty("no_devices", "no_devices_text", url=client.api_url)
        return
    numbers(seen.data)
    st.html(markup.section(say("by_platform")))
    st.plotly_chart(
        charts.platforms(seen.data.by_platform, say), theme=None, config=charts.CONFIG, key="audience.platforms"
    )


def numbers(found: Overview) -> None:
    say = session.say
    st.html(
        markup.tiles(
            [
                Tile(say("devices"), fmt.number(found.devices)),
                *parts.rate_tiles({"opt_in_rate": found.opt_in_rate}),
                Tile(say("stale_devices"), fmt.number(found.stale), help=say("stale_devices_help")),
            ]
        )
    )
