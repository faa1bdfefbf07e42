"""All campaigns, newest first, with their states."""

import streamlit as st

from dashboard import live, markup, parts, session
from sdk_contracts.wire.campaigns import Campaign

STATES = ("draft", "in_review", "approved", "scheduled", "sending", "paused", "sent", "cancelled", "failed")
PAGE = 20


def show() -> None:
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(markup.heading(say("campaigns")), width="content")
        if session.may("compose") and st.button(say("new_campaign"), type="primary", icon=":material/add:"):
            st.switch_page(session.page("compose"), query_params={"new": "1"})
    search = st.text_input(
        say("search"), key="campaigns.search", live=True, type="search", icon=":material/search:",
        placeholder=say("search"), label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    state = st.pills(
        say("state"), STATES, key="campaigns.state", format_func=lambda name: say(f"state.{name}"),
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    archived = st.toggle(say("archived"), key="campaigns.archived", persist_state="session")
    st.fragment(rows, run_every=live.PATIENT)((search or "").strip(), state, archived)


def rows(search: str, state: str | None, archived: bool) -> None:
    say = session.say
    wanted = f"{search}.{state}.{archived}"
    slot = f"campaigns.pages.{wanted}"
    pages: int = st.session_state.setdefault(slot, 1)
    seen = live.look(f"campaigns.{pages}.{wanted}", lambda: load(pages, search, state, archived), height=320)
    if seen is None:
        return
    live.age(seen)
    shown, more = seen.data
    if not shown and (search or state or archived):
        parts.empty("no_match", "no_match_text")
    elif not shown:
        parts.empty("no_campaigns", "no_campaigns_text" if session.may("compose") else "no_campaigns_read")
    for campaign in shown:
        parts.campaign_row(campaign)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("showing", shown=len(shown)) if shown else "")
        if more and st.button(say("more")):
            st.session_state[slot] = pages + 1
            st.rerun(scope="fragment")


def load(pages: int, search: str, state: str | None, archived: bool) -> tuple[list[Campaign], bool]:
    """The first `pages` pages, by cursor, and whether there are more."""
    client = session.signed_in().client
    found: list[Campaign] = []
    cursor: str | None = None
    for _ in range(pages):
        page = client.campaigns(PAGE, cursor, state=state or "", text=search, archived=archived)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found, cursor is not None
