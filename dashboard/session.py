"""Who is looking: the key, what it may do, the language and the clock. All of it lives in this tab's session only."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
import streamlit as st
from msgspec import Struct

from dashboard import words
from dashboard.client import Client, connect
from dashboard.format import Language
from dashboard.settings import from_environment
from sdk_contracts.wire.apps import Me, Role

Act = Literal["read", "compose", "launch", "own"]
MAY: Mapping[Act, frozenset[Role]] = {
    "read": frozenset({"owner", "marketer", "author", "analyst"}),
    "compose": frozenset({"owner", "marketer", "author"}),
    "launch": frozenset({"owner", "marketer"}),
    "own": frozenset({"owner"}),
}


class Account(Struct, frozen=True):
    """A key that the API knows, and what it said about it."""

    client: Client
    me: Me
    person: str | None = None
    """Who they are at the identity provider, where they signed in there."""


@st.cache_resource(show_spinner=False)
def _connections(api_url: str) -> httpx.Client:
    return connect(api_url)


def api_url() -> str:
    return from_environment(os.environ).api_url


def client(key: str) -> Client:
    return Client(_connections(api_url()), key)


def account() -> Account | None:
    found: Account | None = st.session_state.get("account")
    return found


def signed_in() -> Account:
    """Whoever is signed in. Screens run for nobody else, so there is one."""
    found = account()
    if found is None:
        raise PermissionError("Nobody is signed in.")
    return found


def sign_in(found: Account) -> None:
    st.session_state["account"] = found
    st.session_state.pop("farewell", None)


def sign_out(farewell: str | None = None) -> None:
    """Forget everything but the language; `farewell` is the word that says why."""
    chosen = language()
    st.session_state.clear()
    st.session_state["words"] = chosen
    if farewell:
        st.session_state["farewell"] = farewell


def may(act: Act) -> bool:
    found = account()
    return found is not None and found.me.role in MAY[act]


def language() -> Language:
    """The one chosen, else the browser's, else English."""
    if (chosen := st.session_state.get("words")) in {"en", "zh"}:
        return "zh" if chosen == "zh" else "en"
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def say(key: str, **values: object) -> str:
    return words.say(language(), key, **values)


def tell(word: str) -> None:
    """Say it in passing, once the page is drawn again."""
    st.session_state["told"] = word


def told() -> str | None:
    word: str | None = st.session_state.pop("told", None)
    return word


def zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def now() -> datetime:
    return datetime.now(UTC)


def keep_pages(pages: list[st.Page]) -> None:
    st.session_state["pages"] = {page.url_path or "overview": page for page in pages}


def page(name: str) -> st.Page:
    found: st.Page = st.session_state["pages"][name]
    return found
