"""The ledger of a campaign: how far it got with each recipient and why, and what becomes of dead letters."""

from html import escape
from uuid import uuid4

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from dashboard.screens import confirm, trace
from sdk_contracts.wire.campaigns import Campaign, Funnel, Recipient
from sdk_contracts.wire.common import Page

STATES = ("planned", "accepted", "received", "displayed", "opened", "clicked", "skipped", "failed", "dead")
PAGE = 20


def show(client: Client, campaign: Campaign) -> None:
    say = session.say
    box = st.expander(say("recipients"), icon=":material/group:", key="campaign.recipients", on_change="rerun")
    if not box.open:
        return
    with box:
        slot = f"ledger.{campaign.id}"

        def from_the_start() -> None:
            st.session_state.pop(f"{slot}.cursors", None)

        state = st.pills(
            say("state"), STATES, key=f"{slot}.state", format_func=say, label_visibility="collapsed",
            on_change=from_the_start,
        )  # fmt: skip
        reason = None
        if known := reasons(client, campaign, state):
            reason = st.selectbox(
                say("col.why"), known, index=None, key=f"{slot}.reason", format_func=parts.words_for,
                placeholder=say("any_reason"), on_change=from_the_start,
            )  # fmt: skip
        if state == "dead" and session.may("launch"):
            dead_letters(client, campaign)
        rows(client, campaign, state or "", reason or "")


def reasons(client: Client, campaign: Campaign, state: str | None) -> list[str]:
    """Those for which anybody is in this state, or did not get it at all, the most frequent first."""
    if state not in {None, "skipped", "failed", "dead"}:
        return []
    seen = live.look(f"ledger.{campaign.id}.reasons", lambda: client.metrics(campaign.id).total, quiet=True)
    if seen is None:
        return []
    total: Funnel = seen.data
    ends = {"skipped": total.skipped_by_reason, "failed": total.failed_by_reason, "dead": total.dead_by_reason}
    counts: dict[str, int] = {}
    for name, by_reason in ends.items():
        if state in {None, name}:
            for code, count in by_reason.items():
                counts[code] = counts.get(code, 0) + count
    return sorted(counts, key=lambda code: -counts[code])


def rows(client: Client, campaign: Campaign, state: str, reason: str) -> None:
    """A page of the ledger, with the way back and on."""
    say, slot = session.say, f"ledger.{campaign.id}.cursors"
    cursors: list[str | None] = st.session_state.setdefault(slot, [None])
    seen = live.look(
        f"ledger.{campaign.id}.{state}.{reason}.{cursors[-1]}",
        lambda: client.recipients(campaign.id, state, reason, cursors[-1], PAGE),
        quiet=True,
    )
    if seen is None:
        return
    page: Page[Recipient] = seen.data
    if not page.items:
        parts.empty("no_recipients", "no_recipients_text")
    for one in page.items:
        row(campaign, one)
    with st.container(horizontal=True):
        if len(cursors) > 1 and st.button(say("previous_page"), key=f"{slot}.back"):
            st.session_state[slot] = cursors[:-1]
            st.rerun()
        if page.next_cursor and st.button(say("next_page"), key=f"{slot}.on"):
            st.session_state[slot] = [*cursors, page.next_cursor]
            st.rerun()


def row(campaign: Campaign, one: Recipient) -> None:
    """One delivery, and why it ended so."""
    say = session.say
    why = parts.words_for(one.reason) if one.reason else ""
    if one.not_before and one.state == "planned":
        why = say("waits_until", at=parts.moment(one.not_before))
    with st.container(border=True, gap=None, key=f"row-{one.delivery_id}"):
        named = markup.plain(one.external_id) if one.external_id else say("anonymous")
        if st.button(named, key=f"why-{one.delivery_id}", type="tertiary", disabled=one.external_id is None):
            trace.open_drawer(one.external_id or "", campaign.id, campaign.name)
        st.html(
            markup.line(
                markup.state_pill(parts.known(one.state), one.state),
                escape(say(one.channel)),
                escape(one.variant or ""),
                escape(why),
                escape(path(one)),
                f'<span class="ff-code">{escape(one.device_id or one.person_id)}</span>',
            )
        )


def path(one: Recipient) -> str:
    steps = sorted(one.steps.items(), key=lambda step: step[1])
    return " → ".join(f"{parts.known(name)} {fmt.clock(at, session.zone())}" for name, at in steps)


def dead_letters(client: Client, campaign: Campaign) -> None:
    """They go out once more, some thousands a press, or are given up for good."""
    say = session.say
    st.html(markup.note(say("redrive_text")))
    with st.container(horizontal=True):
        again = st.button(say("redrive"), icon=":material/replay:")
        if st.button(say("expire"), icon=":material/delete_sweep:"):
            confirm.expire(campaign)
    if again and (done := live.act(lambda: client.redrive(campaign.id, uuid4().hex))) is not None:
        told = say("redriven_told", count=fmt.number(done.redriven), remaining=fmt.number(done.remaining))
        st.toast(told, icon=":material/check:")
