"""Who signed in at the identity provider, and the key of their role."""

import os
from typing import Any, NoReturn

import streamlit as st

from dashboard import live, markup, oidc, session
from dashboard.client import ApiAway, KeyRefused, Refused

GONE = "provider.gone"
"""In this session they have signed out: the cookie may still be there for this run."""


def claims() -> dict[str, Any]:
    """What the provider said of them; empty for nobody."""
    return dict(st.user) if st.user.get("is_logged_in") else {}


def keep() -> None:
    """Sign in who has signed in at the provider; sign out who has not any more, or too long ago."""
    provider = oidc.from_environment(os.environ)
    if provider is None:
        return
    account, found = session.account(), claims()
    gone = not found or oidc.lapsed(found, session.now())
    if account is not None and account.person is not None and gone:
        leave("signed_out_lapsed")
    elif account is None and not gone and GONE not in st.session_state:
        enter(provider, found)


def enter(provider: oidc.Oidc, found: dict[str, Any]) -> None:
    """With the key of their role, if they have one; else `offer` says why not."""
    role = provider.role(found)
    if role is None:
        st.session_state["provider.trouble"] = "no_group"
        return
    client = session.client(provider.keys[role])
    try:
        me = client.me()
    except KeyRefused:
        st.session_state["provider.trouble"] = "provider_key_refused"
    except (ApiAway, Refused):
        st.session_state["provider.trouble"] = "api_away"
    else:
        st.session_state.pop("provider.trouble", None)
        session.sign_in(session.Account(client, me, person=name_of(found)))


def name_of(found: dict[str, Any]) -> str:
    return str(found.get("email") or found.get("name") or found.get("sub") or "?")


def leave(farewell: str | None = None) -> NoReturn:
    """Forget them here and at Streamlit, which tells the provider. Ends this run of the page."""
    found = claims()
    session.sign_out(farewell)
    if found:
        st.session_state[GONE] = True
        # The browser is sent away, which another run would call off.
        st.logout()
        st.stop()
    st.rerun(scope="app")


def offer() -> None:
    """The button that leads to the provider, and what went wrong with who came from there."""
    say = session.say
    if oidc.from_environment(os.environ) is None:
        return
    found = claims()
    trouble = st.session_state.get("provider.trouble")
    if found and trouble == "api_away":
        st.html(markup.banner(say("api_away"), say("api_away_first", url=session.api_url())))
        live.try_again()
    elif found and trouble:
        st.error(say(trouble, person=markup.plain(name_of(found))))
        if st.button(say("another_account"), width="stretch"):
            leave()
    elif st.button(say("sign_in_provider"), type="primary", width="stretch", icon=":material/login:"):
        st.login()
    st.caption(say("or_with_key"))
