"""One campaign: what it says, what one may do with it, and what comes of it, live."""

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.screens import compose, confirm, message, results
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
    actions(campaign)
    if campaign.state in message.UNSENT:
        st.html(markup.note(session.say("draft_text")))
    else:
        pace = live.KEEN if campaign.state in results.LIVE_STATES else live.PATIENT
        st.fragment(results.show, run_every=pace)(client, campaign)
    message.show(campaign)


def actions(campaign: Campaign) -> None:
    say = session.say
    unsent = campaign.state in message.UNSENT
    with st.container(horizontal=True):
        if unsent and session.may("launch") and st.button(say("launch"), type="primary", icon=":material/send:"):
            confirm.launch(campaign)
        if unsent and session.may("compose"):
            if st.button(say("edit"), icon=":material/edit:"):
                compose.open_draft(campaign)
            if st.button(say("delete"), icon=":material/delete:"):
                confirm.delete(campaign)
        if (
            campaign.state in results.LIVE_STATES
            and session.may("launch")
            and st.button(say("cancel"), icon=":material/cancel:")
        ):
            confirm.cancel(campaign)
        if not unsent and session.may("compose") and st.button(say("use_again"), icon=":material/content_copy:"):
            compose.open_copy(campaign)
