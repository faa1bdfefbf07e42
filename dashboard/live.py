"""Asking the API for a screen. The last good answer is kept, so an API that is away leaves old numbers, not none."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

import streamlit as st
from msgspec import Struct

from dashboard import format as fmt
from dashboard import markup, session
from dashboard.client import ApiAway, KeyRefused, Refused

T = TypeVar("T")
PATIENT = 5.0
"""Seconds between two looks. `make bench BENCH="--only viewers"` says what 20 viewers take of a core."""
KEEN = 2.0
"""What moves this moment, as a campaign that is being sent."""


class Look(Struct, Generic[T], frozen=True):
    """What the API said, when, and whether it still answers."""

    data: T
    at: datetime
    stale: bool = False


def look(name: str, ask: Callable[[], T], height: int = 260, quiet: bool = False) -> Look[T] | None:
    """Ask, with a skeleton of `height` px the first time. None: nothing to show, and the reader was told why.

    `quiet` leaves the banner over old numbers to somebody else.
    """
    slot = f"seen.{name}"
    seen: Look[T] | None = st.session_state.get(slot)
    try:
        if seen is None:
            with st.skeleton(height=height):
                data = ask()
        else:
            data = ask()
    except ApiAway:
        return _old(seen, quiet)
    except Refused as refused:
        explain(refused)
        return None
    fresh = Look(data, session.now())
    st.session_state[slot] = fresh
    return fresh


def _old(seen: Look[T] | None, quiet: bool) -> Look[T] | None:
    say = session.say
    if seen is None:
        st.html(markup.empty(say("api_away"), say("api_away_first", url=session.api_url())))
        return None
    if not quiet:
        ago = fmt.ago((session.now() - seen.at).total_seconds(), session.language())
        st.html(markup.banner(say("api_away"), say("api_away_stale", ago=ago)))
    return Look(seen.data, seen.at, stale=True)


def try_again() -> None:
    """Run the page again after a while: for what is asked outside a live part."""
    since = session.now()

    def wait() -> None:
        if (session.now() - since).total_seconds() > PATIENT / 2:
            st.rerun(scope="app")

    st.fragment(wait, run_every=PATIENT)()


def age(seen: Look[T], as_of: datetime | None = None) -> None:
    """Say how old the numbers are: as of when the API says they are, else of when it was asked."""
    at = as_of or seen.at
    ago = fmt.ago((session.now() - at).total_seconds(), session.language())
    text = session.say("as_of", clock=fmt.clock(at, session.zone()), ago=ago)
    st.html(markup.freshness(session.say("stale" if seen.stale else "live"), text, seen.stale, at))


def explain(refused: Refused) -> None:
    """Say what the API refused and what to do. A key that is no longer good signs out."""
    if isinstance(refused, KeyRefused):
        session.sign_out("signed_out_revoked")
        st.rerun(scope="app")
    status = refused.problem.status
    if status == 403:
        forbidden()
    elif status == 404:
        st.html(markup.empty(session.say("not_found"), session.say("not_found_text")))
    else:
        errors = refused.problem.errors
        summary = "" if refused.problem.detail in [each.detail for each in errors] else refused.problem.detail
        details = [summary, *(f"{each.pointer} {each.detail}" for each in errors)]
        lines = [markup.plain(text) for text in details if text] or [markup.plain(refused.problem.title)]
        st.error(f"{session.say('refused')}: " + "  \n".join(lines))


def forbidden() -> None:
    """Say that the role may not; the API refuses as well."""
    role = session.say(f"role.{session.signed_in().me.role}")
    st.warning(session.say("forbidden", role=role))


def act(do: Callable[[], T]) -> T | None:
    """Do what a button says. None when it did not happen, and the reader was told why."""
    try:
        return do()
    except ApiAway:
        st.html(markup.banner(session.say("api_away"), session.say("api_away_action")))
    except Refused as refused:
        explain(refused)
    return None


def once(name: str, ask: Callable[[], T], height: int = 200) -> T | None:
    """Ask for what does not change by itself; asked anew each time the page is drawn."""
    seen = look(name, ask, height=height)
    return seen.data if seen else None
