"""All campaigns, newest first, with their states."""

import streamlit as st

from dashboard import live, markup, parts, session
from sdk_contracts.wire.campaigns import Campaign

STATES = ("draft", "scheduled", "sending", "sent", "cancelled", "failed")
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
    st.fragment(rows, run_every=live.PATIENT)(search or "", state)


def rows(search: str, state: str | None) -> None:
    say = session.say
    pages: int = st.session_state.setdefault("campaigns.pages", 1)
    seen = live.look(f"campaigns.{pages}", lambda: load(pages), height=320)
    if seen is None:
        return
    live.age(seen)
    loaded, more = seen.data
    if not loaded:
        parts.empty("no_campaigns", "no_campaigns_text" if session.may("compose") else "no_campaigns_read")
        return
    shown = [one for one in loaded if search.casefold() in one.name.casefold() and state in {None, one.state}]
    if not shown:
        parts.empty("no_match", "no_match_text")
    for campaign in shown:
        parts.campaign_row(campaign)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("showing", shown=len(shown), loaded=len(loaded)))
        if more and st.button(say("more")):
            st.session_state["campaigns.pages"] = pages + 1
            st.rerun(scope="fragment")


def load(pages: int) -> tuple[list[Campaign], bool]:
    """The first `pages` pages, by cursor, and whether there are more."""
    client = session.signed_in().client
    found: list[Campaign] = []
    cursor: str | None = None
    for _ in range(pages):
        page = client.campaigns(limit=PAGE, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found, cursor is not None
