"""Changing settings from any of their tabs."""

from typing import Any

import streamlit as st

from dashboard import live, session


def change(**fields: Any) -> None:
    """Ask the API to change these, and show the page as it is then."""
    client = session.signed_in().client
    if live.act(lambda: client.change_settings(fields)) is not None:
        st.session_state.pop("categories", None)
        session.tell("settings_saved")
        st.rerun()
