"""The app's keys: what each may do, a new one shown this once, and revoking."""

from html import escape
from uuid import uuid4

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.screens import confirm
from sdk_contracts.wire.apps import KeyRequest, KeyView, Role

ROLES: tuple[Role, ...] = ("analyst", "author", "marketer", "sender", "owner")
"""The one that may least comes first."""


def show() -> None:
    say = session.say
    client = session.signed_in().client
    found = live.once("keys", client.keys)
    if found is None:
        return
    if made := st.session_state.get("keys.made"):
        st.success(say("key_made"))
        st.code(made, language=None, wrap_lines=True)
        if st.button(say("key_noted")):
            st.session_state.pop("keys.made")
            st.rerun()
    good = [key for key in found if key.revoked_at is None]
    head = [say(f"col.{name}") for name in ("key", "role", "created")]
    st.html(markup.grid(head, [row(key) for key in good]))
    create()
    revoke([key for key in good if key.kind == "secret"])
    if gone := [key for key in found if key.revoked_at is not None]:
        with st.expander(say("revoked_keys", count=len(gone))):
            st.html(markup.grid([*head, say("col.revoked")], [[*row(k), parts.moment(k.revoked_at)] for k in gone]))


def row(key: KeyView) -> list[str]:
    say = session.say
    prefix = "ffs" if key.kind == "secret" else "ffp"
    role = say(f"role.{key.role}") if key.role else say("publishable")
    return [
        f'{escape(key.name or "")} <span class="ff-code">{prefix}_…{escape(key.hint)}</span>',
        markup.pill(role),
        escape(parts.moment(key.created_at)),
    ]


def create() -> None:
    say = session.say
    st.html(markup.section(say("new_key"), say("new_key_note")))
    with st.form("keys.new", clear_on_submit=True):
        left, right = st.columns(2)
        name = left.text_input(say("key_name"), max_chars=200, placeholder=say("key_name_placeholder"))
        role = right.selectbox(
            say("col.role"), ROLES, format_func=lambda one: f"{say(f'role.{one}')}: {say(f'role_may.{one}')}"
        )
        if st.form_submit_button(say("make_key"), type="primary"):
            request = KeyRequest(kind="secret", role=role, name=name.strip() or None)
            client = session.signed_in().client
            if made := live.act(lambda: client.create_key(request, uuid4().hex)):
                st.session_state["keys.made"] = made.key
                st.rerun()


def revoke(keys: list[KeyView]) -> None:
    say = session.say
    st.html(markup.section(say("revoke"), say("revoke_note")))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            say("revoke_which"), keys, index=None, format_func=lambda key: f"{key.name or ''} …{key.hint}".strip()
        )
        if st.button(say("revoke"), disabled=chosen is None, icon=":material/key_off:") and chosen:
            confirm.revoke(chosen)
