"""The app's settings, a tab for each: the app, its limits on sending, keys and roles, Firebase, Web Push, e-mail,
webhooks."""

from collections.abc import Callable

import streamlit as st

from dashboard import live, markup, session
from dashboard.screens import settings_firebase, settings_keys, settings_limits, settings_mail, settings_webhooks
from dashboard.screens.settings_change import change
from sdk_contracts.wire.apps import Settings

TYPES = ("string", "number", "bool", "date")


def show() -> None:
    say = session.say
    st.html(markup.heading(say("settings")))
    if not session.may("own"):
        live.forbidden()
        return
    client = session.signed_in().client
    found = live.once("settings", client.settings)
    if found is None:
        live.try_again()
        return
    rooms: dict[str, Callable[[], None]] = {
        "app": lambda: the_app(found),
        "limits": lambda: settings_limits.show(found),
        "keys": settings_keys.show,
        "firebase": lambda: settings_firebase.show(found),
        "web_push": lambda: vapid(found),
        "mail": lambda: settings_mail.show(found),
        "webhooks": settings_webhooks.show,
    }
    # Only what is open is drawn and asked for; which one that is outlives whatever is pressed inside.
    tabs = st.tabs([say(f"tab.{name}") for name in rooms], key="settings.tabs", on_change="rerun")
    for tab, room in zip(tabs, rooms.values(), strict=True):
        if tab.open:
            with tab:
                room()


def the_app(found: Settings) -> None:
    say = session.say
    with st.form("settings.app"):
        name = st.text_input(say("app_name"), found.name, max_chars=200)
        categories = st.multiselect(
            say("categories"), found.categories, default=found.categories, accept_new_options=True,
            help=say("categories_help"),
        )  # fmt: skip
        verified = st.toggle(say("identity"), found.identity_verification, help=say("identity_help"))
        if st.form_submit_button(say("save_settings"), type="primary"):
            change(name=name.strip(), categories=categories, identity_verification=verified)
    st.html(markup.section(say("attributes"), say("attributes_note")))
    st.html(markup.table([(one, say(f"type.{kind}"), "") for one, kind in sorted(found.attributes.items())]))
    with st.form("settings.attribute", clear_on_submit=True):
        left, right = st.columns(2)
        new = left.text_input(say("attribute_name"), max_chars=64)
        kind = right.selectbox(say("attribute_type"), TYPES, format_func=lambda one: say(f"type.{one}"))
        if st.form_submit_button(say("declare")) and new.strip():
            change(attributes={new.strip(): kind})
    st.html(markup.note(f"{say('app_id')}: {found.app_id}"))


def vapid(found: Settings) -> None:
    say = session.say
    st.html(markup.note(say("vapid_text")))
    st.caption(say("vapid_key"))
    st.code(found.vapid_public_key, language=None, wrap_lines=True)
    with st.form("settings.vapid"):
        subject = st.text_input(say("vapid_subject"), found.vapid_subject, help=say("vapid_subject_help"))
        if st.form_submit_button(say("save_settings"), type="primary"):
            change(vapid_subject=subject.strip())
