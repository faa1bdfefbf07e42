"""Who are you? A secret key, checked by the API."""

import streamlit as st

from dashboard import markup, session
from dashboard.client import ApiAway, KeyRefused, Refused
from dashboard.screens import provided


def show() -> None:
    say = session.say
    with st.container(horizontal_alignment="center"), st.container(key="sign_in", width=420):
        st.html(f'{markup.brand()}<div class="ff-note">{say("tagline")}</div>')
        if farewell := st.session_state.get("farewell"):
            st.info(say(farewell))
        provided.offer()
        with st.form("sign_in_form"):
            key = st.text_input(
                say("secret_key"), type="password", help=say("secret_key_help"), placeholder="ffs_…", autocomplete="off"
            )
            pressed = st.form_submit_button(say("sign_in"), type="primary", width="stretch")
        if pressed:
            check(key.strip())
        st.caption(say("key_kept"))


def check(key: str) -> None:
    """Sign in with `key`, or say why not."""
    say = session.say
    if not key:
        st.error(say("key_missing"))
        return
    if not key.startswith("ffs_") or not key.isascii() or not key.isprintable():
        st.error(say("key_shape"))
        return
    client = session.client(key)
    try:
        me = client.me()
    except KeyRefused:
        st.error(say("key_refused"))
    except ApiAway:
        st.html(markup.banner(say("api_away"), say("api_away_first", url=client.api_url)))
    except Refused as refused:
        st.error(f"{say('refused')}: {markup.plain(refused.problem.detail or refused.problem.title)}")
    else:
        if me.role not in session.MAY["read"]:
            st.error(say("key_sender"))
            return
        session.sign_in(session.Account(client, me))
        st.rerun()
