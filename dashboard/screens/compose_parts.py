"""Fields that several steps of composing are made of. Each is kept while another step or page is on screen."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import markup, session


def choice(
    form: str,
    field: str,
    options: tuple[str, ...],
    start: str,
    words: str = "",
    help_: str | None = None,
    label: str = "",
) -> str:
    say = session.say
    chosen = st.segmented_control(
        say(label or field),
        options,
        default=start,
        required=True,
        help=help_,
        format_func=lambda name: say(f"{words or field}.{name}"),
        key=f"{form}.{field}",
        persist_state="session",
        wrap=True,
    )
    return chosen or start


def names(
    form: str, field: str, start: Sequence[str], placeholder: str, *, label: str = "", options: Sequence[str] = ()
) -> tuple[str, ...]:
    """Names that are typed one by one, or some of the `options`."""
    typed = st.multiselect(
        session.say(label or field), options or list(start), default=list(start), accept_new_options=not options,
        format_func=session.say if options else str, placeholder=placeholder, key=f"{form}.{field}",
        label_visibility="collapsed" if label else "visible", persist_state="session",
    )  # fmt: skip
    return tuple(name.strip() for name in typed)


def span(form: str, field: str, start: int, units: tuple[int, ...], least: int) -> int:
    """Seconds, as a number and a unit."""
    say = session.say
    unit = max((unit for unit in units if start % unit == 0), default=units[0]) if start else units[0]
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        typed = st.number_input(
            say(field), least, 100_000, max(least, start // unit), key=f"{form}.{field}", persist_state="session"
        )
        chosen = st.selectbox(
            say("unit"), units, units.index(unit), format_func=lambda unit: say(f"unit.{unit}"),
            key=f"{form}.{field}.unit", persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
    return int(typed or 0) * (chosen or unit)


def words_like(
    form: str, name: str, first: Mapping[str, tuple[str, str]], start: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Title and text in each language of `first`, which stands in the fields as a hint."""
    say = session.say
    texts = {}
    for locale, (title, body) in first.items():
        given = start.get(locale, ("", ""))
        beside = f" · {markup.plain(locale)}" if len(first) > 1 else ""
        typed = st.text_input(
            f"{say('title')}{beside}", given[0], max_chars=1024, placeholder=title, key=f"{form}.{name}.title.{locale}",
            persist_state="session",
        )  # fmt: skip
        text = st.text_area(
            f"{say('body')}{beside}", given[1], max_chars=4096, height=80, placeholder=body,
            key=f"{form}.{name}.body.{locale}", persist_state="session",
        )  # fmt: skip
        texts[locale] = (typed or "", text or "")
    return texts
