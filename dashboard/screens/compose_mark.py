"""A mark on the field that has to be mended, and the cursor in it."""

import json
import re
from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).parents[1] / "mark.js"


def put(form: str, step: str, field: str) -> None:
    """From the next drawing on, for as long as this step is on screen."""
    st.session_state[f"{form}.mark"] = (step, field)
    st.session_state[f"{form}.mark.new"] = st.session_state.get(f"{form}.mark.new", 0) + 1


def take_away(form: str) -> None:
    st.session_state.pop(f"{form}.mark", None)


def show(form: str, step: str) -> None:
    marked: tuple[str, str] | None = st.session_state.get(f"{form}.mark")
    if marked is None:
        return
    if marked[0] != step:
        take_away(form)
        return
    # The name that Streamlit gives to what has a key.
    name = "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"{form}.{marked[1]}")
    turn = st.session_state[f"{form}.mark.new"]
    code = SCRIPT.read_text(encoding="utf-8").replace("NAME", json.dumps(name)).replace("TURN", str(turn))
    st.html(
        f"<style>.{name} {{ box-shadow: 0 0 0 3px #fdf8e3, 0 0 0 5px #c79a00; border-radius: 8px; }}</style>"
        f"<script>{code}</script>",
        unsafe_allow_javascript=True,
    )
