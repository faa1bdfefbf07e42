"""One campaign: what it says, what one may do with it, and what comes of it, live."""

from typing import Literal

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.client import Move
from dashboard.screens import compose, confirm, export, findings, ledger, measured, message, results, review, runs
from sdk_contracts.wire.campaigns import Campaign


def show() -> None:
    campaign_id = st.query_params.get("id", "")
    if not campaign_id:
        parts.empty("not_found", "not_found_text")
        return
    client = session.signed_in().client
    # The numbers below have their own banner: one is enough.
    seen = live.look(f"campaign.{campaign_id}", lambda: client.campaign(campaign_id), height=80, quiet=True)
    if seen is None:
        live.try_again()
        return
    campaign = seen.data
    st.html(markup.heading(campaign.name))
    st.html(parts.campaign_line(campaign))
    runs.parent(campaign)
    actions(campaign)
    review.show(campaign)
    if campaign.state in message.UNSENT:
        st.html(markup.note(session.say("draft_text")))
        findings.panel(campaign)
    else:
        pace = live.KEEN if campaign.state in results.LIVE_STATES else live.PATIENT
        st.fragment(results.show, run_every=pace)(client, campaign, seen.at)
    message.show(campaign)
    if campaign.state not in message.UNSENT:
        if campaign.checked is not None:
            with st.expander(session.say("checked"), icon=":material/fact_check:"):
                findings.show(campaign.checked)
        runs.show(client, campaign)
        measured.retention(client, campaign.id)
        ledger.show(client, campaign)
        export.show(client, campaign)


def actions(campaign: Campaign) -> None:
    """What the role may do with a campaign in this state. The API refuses the rest as well."""
    say, unsent, state = session.say, campaign.state in message.UNSENT, campaign.state
    with st.container(horizontal=True):
        if session.may("launch"):
            if state == "in_review":
                review.judge(campaign)
            primary: Literal["primary", "secondary"] = "secondary" if state == "in_review" else "primary"
            if unsent and st.button(say("launch"), type=primary, icon=":material/send:"):
                confirm.launch(campaign)
            running(campaign)
        if session.may("compose"):
            drafting(campaign)


def running(campaign: Campaign) -> None:
    say = session.say
    if campaign.state == "sending" and st.button(say("pause"), icon=":material/pause:"):
        move(campaign, "pause")
    if campaign.state == "paused" and st.button(say("resume"), type="primary", icon=":material/play_arrow:"):
        move(campaign, "resume")
    if campaign.state in {*results.LIVE_STATES, "paused"} and st.button(say("cancel"), icon=":material/cancel:"):
        confirm.cancel(campaign)


def drafting(campaign: Campaign) -> None:
    say, unsent = session.say, campaign.state in message.UNSENT
    if unsent and st.button(say("edit"), icon=":material/edit:"):
        compose.open_draft(campaign)
    if (
        campaign.state == "draft"
        and not campaign.archived_at
        and st.button(say("submit"), icon=":material/rate_review:")
    ):
        move(campaign, "submit")
    if campaign.state == "draft" and st.button(say("delete"), icon=":material/delete:"):
        confirm.delete(campaign)
    if not unsent and st.button(say("use_again"), icon=":material/content_copy:"):
        compose.open_copy(campaign)
    if campaign.archived_at:
        if st.button(say("unarchive"), icon=":material/unarchive:"):
            move(campaign, "unarchive")
    elif campaign.state in {"draft", "sent", "cancelled", "failed"} and st.button(
        say("archive"), icon=":material/archive:"
    ):
        move(campaign, "archive")


def move(campaign: Campaign, verb: Move) -> None:
    client = session.signed_in().client
    if live.act(lambda: client.move(campaign.id, verb)):
        st.rerun()
