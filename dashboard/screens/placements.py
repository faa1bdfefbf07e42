"""All placements, newest first, with what was counted at each."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.screens import placement_form
from sdk_contracts.wire.placements import Placement

PAGE = 20


def show() -> None:
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(markup.heading(say("placements")), width="content")
        if session.may("compose") and st.button(say("new_placement"), type="primary", icon=":material/add:"):
            placement_form.make()
    st.html(markup.note(say("placements_text")))
    archived = st.toggle(say("archived"), key="placements.archived", persist_state="session")
    st.fragment(rows, run_every=live.PATIENT)(archived)


def rows(archived: bool) -> None:
    say = session.say
    slot = f"placements.pages.{archived}"
    pages: int = st.session_state.setdefault(slot, 1)
    seen = live.look(f"placements.{pages}.{archived}", lambda: load(pages, archived), height=320)
    if seen is None:
        return
    live.age(seen)
    shown, more = seen.data
    if not shown:
        nothing(archived)
    for placement in shown:
        row(placement)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("showing", shown=len(shown)) if shown else "")
        if more and st.button(say("more")):
            st.session_state[slot] = pages + 1
            st.rerun(scope="fragment")


def nothing(archived: bool) -> None:
    if archived:
        parts.empty("no_placements_archived", "no_placements_archived_text")
        return
    parts.empty("no_placements", "no_placements_text" if session.may("compose") else "no_placements_read")


def row(placement: Placement) -> None:
    """A placement one can open."""
    with st.container(border=True, gap=None, key=f"row-{placement.id}"):
        if st.button(markup.plain(placement.name), key=f"open-{placement.id}", type="tertiary"):
            st.switch_page(session.page("placement"), query_params={"id": placement.id})
        st.html(line(placement, numbers=True))


def line(placement: Placement, *, numbers: bool = False) -> str:
    """Kind, numbers, place, tags and end of a placement, as HTML."""
    say, counted = session.say, placement.numbers
    told = ""
    if numbers:
        told = say("placement_quiet")
        if counted.scans or counted.clicks:
            scans, clicks = fmt.number(counted.scans), fmt.number(counted.clicks)
            told = say("placement_counts", scans=scans, clicks=clicks)
    return markup.line(
        markup.pill(say(f"placement.{placement.kind}"), "live" if leads_on(placement) else "calm"),
        f"<b>{escape(told)}</b>" if told else "",
        ending(placement),
        escape(placement.place.partition("\n")[0][:80]),
        *(markup.pill(tag) for tag in placement.tags),
    )


def ending(placement: Placement) -> str:
    """When it ends or ended, as HTML; empty for what does neither."""
    say = session.say
    if placement.archived_at is not None:
        return markup.pill(say("placement_archived"), "warn")
    if placement.valid_until is None:
        return ""
    at = parts.moment(placement.valid_until)
    over = placement.valid_until <= session.now()
    return markup.pill(say("placement_over", at=at), "warn") if over else escape(say("placement_ends", at=at))


def leads_on(placement: Placement) -> bool:
    ends = placement.valid_until
    return placement.archived_at is None and (ends is None or ends > session.now())


def load(pages: int, archived: bool) -> tuple[list[Placement], bool]:
    """The first `pages` pages, by cursor, and whether there are more."""
    client = session.signed_in().client
    found: list[Placement] = []
    cursor: str | None = None
    for _ in range(pages):
        page = client.placements(PAGE, cursor, archived=archived)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found, cursor is not None
