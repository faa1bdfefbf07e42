"""What was made of a campaign: its runs and its second step, or what it is a run of."""

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from sdk_contracts.wire.campaigns import Campaign

MOST = 20


def parent(campaign: Campaign) -> None:
    """The way back to what this is a run of, or the second step."""
    if campaign.run_of:
        st.page_link(
            session.page("campaign"), label=session.say("run_of"), icon=":material/arrow_upward:",
            query_params={"id": campaign.run_of},
        )  # fmt: skip


def show(client: Client, campaign: Campaign) -> None:
    if campaign.schedule is None and campaign.follow_up is None:
        return
    say = session.say
    seen = live.look(f"runs.{campaign.id}", lambda: client.runs_of(campaign.id, MOST), height=80, quiet=True)
    if seen is None:
        return
    if campaign.starts_at:
        st.html(markup.note(say("starts_at", at=parts.moment(campaign.starts_at))))
    runs = seen.data.items
    if not runs:
        return
    with st.expander(say("runs", count=fmt.number(len(runs))), icon=":material/event_repeat:", expanded=len(runs) < 4):
        for run in runs:
            parts.campaign_row(run)
        if seen.data.next_cursor:
            st.html(markup.note(say("newest_only", count=fmt.number(MOST))))
