"""The ledger of a campaign: how far it got with each recipient, and sending dead letters once more."""

from html import escape
from uuid import uuid4

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from sdk_contracts.wire.campaigns import Campaign, Recipient
from sdk_contracts.wire.common import Page

STATES = ("planned", "accepted", "received", "displayed", "opened", "clicked", "skipped", "failed", "dead")
PAGE = 20


def show(client: Client, campaign: Campaign) -> None:
    say = session.say
    with st.expander(say("recipients"), icon=":material/group:"):
        slot = f"ledger.{campaign.id}"
        state = st.pills(
            say("state"), STATES, key=f"{slot}.state", format_func=say, label_visibility="collapsed",
            on_change=lambda: st.session_state.pop(f"{slot}.cursors", None),
        )  # fmt: skip
        if state == "dead" and session.may("launch"):
            redrive(client, campaign)
        rows(client, campaign, state or "")


def rows(client: Client, campaign: Campaign, state: str) -> None:
    """A page of the ledger, with the way back and on."""
    say, slot = session.say, f"ledger.{campaign.id}.cursors"
    cursors: list[str | None] = st.session_state.setdefault(slot, [None])
    seen = live.look(
        f"ledger.{campaign.id}.{state}.{cursors[-1]}",
        lambda: client.recipients(campaign.id, state, "", cursors[-1], PAGE),
        quiet=True,
    )
    if seen is None:
        return
    page: Page[Recipient] = seen.data
    if not page.items:
        parts.empty("no_recipients", "no_recipients_text")
    else:
        head = [say(f"col.{name}") for name in ("channel", "state", "why", "steps", "recipient")]
        st.html(markup.grid(head, [row(one) for one in page.items]))
    with st.container(horizontal=True):
        if len(cursors) > 1 and st.button(say("previous_page"), key=f"{slot}.back"):
            st.session_state[slot] = cursors[:-1]
            st.rerun()
        if page.next_cursor and st.button(say("next_page"), key=f"{slot}.on"):
            st.session_state[slot] = [*cursors, page.next_cursor]
            st.rerun()


def row(one: Recipient) -> list[str]:
    say = session.say
    why = parts.words_for(one.reason) if one.reason else ""
    if one.not_before and one.state == "planned":
        why = say("waits_until", at=parts.moment(one.not_before))
    steps = sorted(one.steps.items(), key=lambda step: step[1])
    path = " → ".join(f"{parts.known(name)} {fmt.clock(at, session.zone())}" for name, at in steps)
    return [
        escape(say(one.channel)),
        escape(parts.known(one.state)),
        escape(why),
        escape(path),
        f'<span class="ff-code">{escape(one.device_id or one.person_id)}</span>',
    ]


def redrive(client: Client, campaign: Campaign) -> None:
    """Dead letters go out once more, some thousands a press."""
    say = session.say
    st.html(markup.note(say("redrive_text")))
    if st.button(say("redrive"), icon=":material/replay:"):
        done = live.act(lambda: client.redrive(campaign.id, uuid4().hex))
        if done is not None:
            told = say("redriven", count=fmt.number(done.redriven), remaining=fmt.number(done.remaining))
            st.toast(told, icon=":material/check:")
