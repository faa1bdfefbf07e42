"""Approval: who asked for it, who said what of which version, and saying so."""

import streamlit as st

from dashboard import live, markup, parts, session
from sdk_contracts.wire.campaigns import Campaign, Decision, Opinion


def show(campaign: Campaign) -> None:
    """What was said of the campaign as it is now."""
    say, review = session.say, campaign.review
    said = (("submitted", review.submitted), ("approved", review.approved), ("rejected", review.rejected))
    rows = [(say(f"review.{name}"), told(decision), decision.note) for name, decision in said if decision]
    if rows:
        st.html(markup.table(rows))


def told(decision: Decision) -> str:
    role = session.say(f"role.{decision.role}") if decision.role else session.say("nobody_named")
    return f"{role} · {parts.moment(decision.at)} · {session.say('version', number=decision.version)}"


def judge(campaign: Campaign) -> None:
    """Approve, or give back, what was read: not a version that somebody made meanwhile."""
    say, client = session.say, session.signed_in().client

    def question() -> None:
        note = st.text_area(say("review_note"), max_chars=1000, key="review.note")
        opinion = Opinion(version=campaign.review.version, note=note.strip())
        with st.container(horizontal=True):
            approved = st.button(say("approve"), type="primary", icon=":material/check:")
            rejected = st.button(say("reject"), icon=":material/undo:")
        if approved or rejected:
            done = live.act(lambda: client.judge(campaign.id, "approve" if approved else "reject", opinion))
            if done is not None:
                st.rerun()

    if st.button(say("review"), type="primary", icon=":material/rate_review:"):
        st.dialog(say("review"))(question)()
