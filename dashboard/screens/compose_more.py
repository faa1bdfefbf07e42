"""What a message carries beside its words: a picture, buttons, links for each platform, and how it behaves."""

from typing import Literal

import streamlit as st

from dashboard import live, session
from dashboard.extras import MOST_BUTTONS, PLACES, Button, Extras, Place, data_in, data_text
from dashboard.screens.compose_parts import choice, span

TYPES = ["png", "jpg", "jpeg", "gif", "webp"]
HOUR, DAY = 3600, 86_400


def picture(form: str, start: str) -> str:
    """An address, which an upload fills in."""
    say, slot = session.say, f"{form}.image"
    st.session_state.setdefault(slot, start)
    beside = st.container()
    with st.expander(say("upload_image"), icon=":material/upload:"):
        upload(form, slot)
    with beside:
        address = st.text_input(
            say("image"), placeholder="https://", help=say("image_help"), key=slot, persist_state="session"
        )
    return (address or "").strip()


def upload(form: str, slot: str) -> None:
    """Keep what was chosen, once, and put its address into the field, which is drawn after this."""
    say = session.say
    chosen = st.file_uploader(
        say("upload_image"), TYPES, key=f"{form}.upload", help=say("upload_help"), label_visibility="collapsed",
        max_upload_size=1,
    )  # fmt: skip
    if chosen is None or st.session_state.get(f"{form}.uploaded") == chosen.file_id:
        return
    client, content = session.signed_in().client, chosen.getvalue()
    kept = live.act(lambda: client.upload(content, chosen.type or "image/png"))
    if kept is not None:
        st.session_state[f"{form}.uploaded"] = chosen.file_id
        st.session_state[slot] = kept.url
        st.toast(say("uploaded"), icon=":material/check:")


def fields(form: str, start: Extras) -> Extras:
    say = session.say
    with st.expander(say("buttons"), expanded=bool(start.buttons), icon=":material/smart_button:"):
        pressed = buttons(form, start.buttons)
    with st.expander(say("links"), expanded=bool(start.links), icon=":material/link:"):
        st.caption(say("links_text"))
        links = {
            place: (typed or "").strip()
            for place in PLACES
            if (typed := st.text_input(
                say("link_for", place=say(place)), start.links.get(place, ""), placeholder="https://",
                key=f"{form}.link.{place}", persist_state="session",
            ))
        }  # fmt: skip
    said = Extras(
        silent=start.silent, sound=start.sound, collapse_key=start.collapse_key, ttl_seconds=start.ttl_seconds,
        priority=start.priority,
    )  # fmt: skip
    with st.expander(say("behaviour"), expanded=said != Extras() or bool(start.data), icon=":material/tune:"):
        return behaviour(form, start, pressed, links)


def behaviour(form: str, start: Extras, pressed: tuple[Button, ...], links: dict[Place, str]) -> Extras:
    say = session.say
    chosen = choice(form, "priority", ("high", "normal"), start.priority, help_=say("priority_help"))
    priority: Literal["high", "normal"] = "normal" if chosen == "normal" else "high"
    silent = st.toggle(
        say("silent"), start.silent, help=say("silent_help"), key=f"{form}.silent", persist_state="session"
    )
    sound = st.text_input(
        say("sound"), start.sound, max_chars=200, help=say("sound_help"), key=f"{form}.sound", persist_state="session"
    )
    collapse = st.text_input(
        say("collapse_key"), start.collapse_key, max_chars=32, help=say("collapse_help"), key=f"{form}.collapse",
        persist_state="session",
    )  # fmt: skip
    lives = st.toggle(
        say("ttl"), start.ttl_seconds is not None, help=say("ttl_help"), key=f"{form}.ttl.on", persist_state="session"
    )
    life = span(form, "ttl_after", start.ttl_seconds or 4 * HOUR, (60, HOUR, DAY), least=0) if lives else None
    data = st.text_area(
        say("data"), data_text(start.data), height=80, placeholder="page = spring", help=say("data_help"),
        key=f"{form}.data", persist_state="session",
    )  # fmt: skip
    return Extras(
        links=links, buttons=pressed, data=data_in(data or ""), silent=silent,
        sound=(sound or "").strip(), collapse_key=(collapse or "").strip(), ttl_seconds=life, priority=priority,
    )  # fmt: skip


def buttons(form: str, start: tuple[Button, ...]) -> tuple[Button, ...]:
    """The next one is offered when the one before has a label; one without is none."""
    say = session.say
    st.caption(say("buttons_text"))
    found: list[Button] = []
    for place in range(MOST_BUTTONS):
        had = start[place] if place < len(start) else Button()
        left, right = st.columns([2, 3])
        with left:
            label = st.text_input(
                say("button_label", number=place + 1), had.label, max_chars=200, key=f"{form}.button.{place}.label",
                persist_state="session",
            )  # fmt: skip
        with right:
            link = st.text_input(
                say("button_link"), had.link, placeholder="https://", key=f"{form}.button.{place}.link",
                persist_state="session",
            )  # fmt: skip
        if not (label or "").strip():
            break
        found.append(Button(label=label or "", link=(link or "").strip(), base=had.base))
    return tuple(found)
