"""What the app knows by name: campaigns, segments, attributes. Asked once a session; nothing where the API says no."""

from collections.abc import Callable

import streamlit as st

from dashboard import session
from dashboard.client import ApiAway, Client, Refused


def campaigns() -> dict[str, str]:
    """Names of the newest campaigns that went out, by id."""
    return _once(
        "campaigns", lambda client: {one.id: one.name for one in client.campaigns(limit=100).items if one.launched_at}
    )


def segments() -> dict[str, str]:
    """Names of the newest segments, by id."""
    return _once("segments", lambda client: {one.id: one.name for one in client.segments()})


def attributes() -> dict[str, str]:
    """Types of the attributes of people, by name. Only an owner's key may read the settings."""
    if not session.may("own"):
        return {}
    return _once(
        "attributes", lambda client: {name: str(type_) for name, type_ in client.settings().attributes.items()}
    )


def forget(name: str) -> None:
    """It has changed: ask again."""
    st.session_state.pop(f"known.{name}", None)


def _once(name: str, ask: Callable[[Client], dict[str, str]]) -> dict[str, str]:
    slot, account = f"known.{name}", session.account()
    if account is None:
        return {}
    if slot not in st.session_state:
        try:
            st.session_state[slot] = ask(account.client)
        except (ApiAway, Refused):
            return {}
    found: dict[str, str] = st.session_state[slot]
    return found
