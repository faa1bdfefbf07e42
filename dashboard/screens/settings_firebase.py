"""Firebase: the service account pushes to Android and iOS are sent with, looked over before it is handed in."""

from typing import Any

import msgspec
import streamlit as st

from dashboard import live, markup, session
from sdk_contracts.wire.apps import Settings

FIELDS = ("project_id", "client_email", "private_key")
LARGEST = 64 * 1024
"""Bytes. A service account has about 2,400."""


def show(found: Settings) -> None:
    say = session.say
    if found.fcm_project_id:
        st.html(markup.line(markup.pill(say("firebase_set"), "good"), markup.note(found.fcm_project_id)))
    else:
        st.html(markup.empty(say("firebase_none"), say("firebase_none_text")))
    st.html(markup.note(say("firebase_text")))
    file = st.file_uploader(say("firebase_file"), type="json", max_upload_size=1, key="firebase.file")
    if file is None:
        return
    account, wrong = read(file.getvalue())
    if wrong:
        st.error(say(wrong))
        return
    st.html(
        markup.table(
            [
                (say("firebase_project"), str(account["project_id"]), ""),
                ("client_email", str(account["client_email"]), ""),
            ]
        )
    )
    if found.fcm_project_id not in {None, account["project_id"]}:
        st.warning(say("firebase_other"))
    client = session.signed_in().client
    if not st.button(say("firebase_keep"), type="primary"):
        return
    if live.act(lambda: client.put_fcm_credentials(account)) is not None:
        session.tell("settings_saved")
        st.rerun()


def read(content: bytes) -> tuple[dict[str, Any], str]:
    """The service account, and the word for what is wrong with it, if anything is."""
    if len(content) > LARGEST:
        return {}, "firebase_not_json"
    try:
        account = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}, "firebase_not_json"
    if account.get("type") != "service_account":
        return {}, "firebase_not_account"
    if any(not isinstance(account.get(field), str) or not account[field] for field in FIELDS):
        return {}, "firebase_incomplete"
    if "BEGIN PRIVATE KEY" not in account["private_key"]:
        return {}, "firebase_bad_key"
    return account, ""
