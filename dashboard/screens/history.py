"""What one person was sent and what came of it, and every word of theirs about promotion."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from dashboard.screens import trace
from sdk_contracts.wire.common import Page
from sdk_contracts.wire.people import ConsentSaid, PersonDelivery

PAGE = 20


def show(client: Client, external_id: str) -> None:
    say, slot = session.say, f"history.{external_id}.cursors"
    st.html(markup.section(say("history"), say("history_note")))
    cursors: list[str | None] = st.session_state.setdefault(slot, [None])
    seen = live.look(
        f"history.{external_id}.{cursors[-1]}",
        lambda: client.deliveries_of(external_id, cursors[-1], PAGE),
        quiet=True,
    )
    if seen is None:
        return
    page: Page[PersonDelivery] = seen.data
    if not page.items:
        parts.empty("no_history", "no_history_text")
    for campaign_id, those in by_campaign(page.items).items():
        row(external_id, campaign_id, those)
    with st.container(horizontal=True):
        if len(cursors) > 1 and st.button(say("previous_page"), key=f"{slot}.back"):
            st.session_state[slot] = cursors[:-1]
            st.rerun()
        if page.next_cursor and st.button(say("next_page"), key=f"{slot}.on"):
            st.session_state[slot] = [*cursors, page.next_cursor]
            st.rerun()


def by_campaign(found: list[PersonDelivery]) -> dict[str, list[PersonDelivery]]:
    """In the order in which they come."""
    grouped: dict[str, list[PersonDelivery]] = {}
    for one in found:
        grouped.setdefault(one.campaign_id, []).append(one)
    return grouped


def row(external_id: str, campaign_id: str, those: list[PersonDelivery]) -> None:
    """One campaign: its name opens why; a line for each device and the inbox."""
    say, first = session.say, those[0]
    name = first.campaign_name or say("campaign_gone")
    with st.container(border=True, gap=None, key=f"row-history-{campaign_id}"):
        gone = first.campaign_name is None
        if st.button(markup.plain(name), key=f"trace-{campaign_id}", type="tertiary", disabled=gone):
            trace.open_drawer(external_id, campaign_id, name)
        st.html("".join(line(one) for one in those))


def line(one: PersonDelivery) -> str:
    say = session.say
    why = parts.words_for(one.reason) if one.reason else ""
    if one.not_before and one.state == "planned":
        why = say("waits_until", at=parts.moment(one.not_before))
    last = max(one.steps.values(), default=None)
    return markup.line(
        markup.state_pill(parts.known(one.state), one.state),
        escape(say(one.channel)),
        escape(one.variant or ""),
        escape(why),
        escape(parts.moment(last)),
        f'<span class="ff-code">{escape(one.device_id or "")}</span>',
    )


def consents(client: Client, external_id: str) -> None:
    """The log, newest first."""
    say = session.say
    seen = live.look(f"consents.{external_id}", lambda: client.consents_of(external_id), height=60, quiet=True)
    if seen is None or not seen.data:
        return
    with st.expander(say("consent_log", count=fmt.number(len(seen.data))), icon=":material/history:"):
        head = [say(f"col.{name}") for name in ("when", "said", "source", "text")]
        st.html(markup.grid(head, [said(one) for one in seen.data]))


def said(one: ConsentSaid) -> list[str]:
    say = session.say
    agreed = markup.pill(say("consent.yes"), "good") if one.promotion else markup.pill(say("consent.no"), "warn")
    return [escape(parts.moment(one.at)), agreed, escape(one.source or ""), escape(one.text or "")]
