"""The fields of a campaign."""

from typing import Any, cast, get_args

import msgspec
import streamlit as st

from dashboard import live, markup, session
from dashboard.client import ApiAway, Refused
from dashboard.conditions import Conditions
from dashboard.draft import Aim, RuleKind, Sheet, names_in
from dashboard.screens import compose_more, compose_platforms, compose_rules, compose_trial, known
from dashboard.screens.compose_parts import choice, span
from dashboard.screens.rule_told import whom
from sdk_contracts.wire.audience import Rule, SegmentRequest
from sdk_contracts.wire.campaigns import Conversion, Limits
from sdk_contracts.wire.content import Channel, Kind

LOCALES = ("en", "zh-CN", "zh-TW", "ja", "ko", "fr", "de", "es", "pt-BR", "id", "vi", "th", "ar", "ru")
INCLUDE: tuple[RuleKind, ...] = ("all", "topics", "rows", "external_ids", "device_ids")
EXCLUDE: tuple[RuleKind, ...] = ("none", "topics", "rows", "external_ids", "device_ids")
Typed = dict[str, Any]
"""Fields of a sheet, as one step has them now."""
PASSED_BY: dict[str, tuple[Kind, ...]] = {
    "ignore_quiet_hours": ("promotion", "training"),
    "ignore_frequency_cap": ("promotion",),
}
"""The limits on people, and the kinds that keep them unless told otherwise."""


def content(form: str, start: Sheet) -> Typed:
    """What is said."""
    say = session.say
    name = st.text_input(
        say("name"), start.name, max_chars=200, help=say("name_help"), key=f"{form}.name", persist_state="session"
    )
    texts = translations(form, start)
    link = st.text_input(say("link"), start.link, placeholder="https://", key=f"{form}.link", persist_state="session")
    image = compose_more.picture(form, start.image_url)
    tags = st.multiselect(
        say("tags"), list(start.tags), default=list(start.tags), accept_new_options=True, max_selections=20,
        placeholder=say("tags_help"), key=f"{form}.tags", persist_state="session",
    )  # fmt: skip
    extras = compose_more.fields(form, start.extras)
    platforms = compose_platforms.fields(form, texts, start.platforms)
    trial = compose_trial.fields(form, texts, start.trial)
    typed = {"link": link.strip(), "image_url": image, "tags": tuple(tag.strip() for tag in tags)}
    return {"name": name, "texts": texts, "trial": trial, "extras": extras, "platforms": platforms, **typed}


def audience(form: str, start: Sheet) -> Typed:
    """What kind of message it is, on what channels, and for whom."""
    say = session.say
    kind = choice(form, "kind", get_args(Kind), start.kind, help_=say("kind_help"))
    chosen = st.pills(
        say("channels"),
        get_args(Channel),
        selection_mode="multi",
        default=list(start.channels),
        format_func=say,
        key=f"{form}.channels",
        persist_state="session",
    )
    category = category_field(form, start.category)
    return {
        "kind": kind,
        "channels": tuple(channel for channel in get_args(Channel) if channel in chosen),
        "category": category,
        "include": aim(form, "include", INCLUDE, start.include),
        "exclude": aim(form, "exclude", EXCLUDE, start.exclude),
    }


def limits(form: str, start: Limits, kind: Kind) -> Limits:
    """Until when it is sent, and whom it may disturb: what its kind passes anyway is not asked."""
    say, zone = session.say, session.zone()
    expires = st.datetime_input(
        say("expires"),
        start.expires_at and start.expires_at.astimezone(zone).replace(tzinfo=None),
        help=say("expires_help"),
        key=f"{form}.expires",
        persist_state="session",
    )
    pace = st.number_input(
        say("per_minute"), 1, 600_000, start.per_minute, placeholder=say("per_minute_none"),
        help=say("per_minute_help"), key=f"{form}.per_minute", persist_state="session",
    )  # fmt: skip
    passing = {
        name: st.toggle(
            say(name), getattr(start, name), help=say(f"{name}_help"), key=f"{form}.{name}", persist_state="session"
        )
        for name, kinds in PASSED_BY.items()
        if kind in kinds
    }
    until = expires.replace(tzinfo=zone) if expires else None
    return msgspec.structs.replace(start, per_minute=pace, expires_at=until, **passing)


def goal(form: str, start: Conversion | None) -> Conversion | None:
    """What it is to bring about."""
    say, had = session.say, start or Conversion()
    if not st.toggle(
        say("goal"), start is not None, help=say("goal_help"), key=f"{form}.goal", persist_state="session"
    ):
        return None
    with st.container(border=True):
        event = st.text_input(
            say("goal_event"), had.event or "", max_chars=64, help=say("goal_event_help"), key=f"{form}.goal.event",
            persist_state="session",
        )  # fmt: skip
        window = span(form, "goal_window", had.window_seconds, (60, 3600, 86_400), least=1)
        influence = span(form, "goal_influence", had.influence_seconds, (60, 3600, 86_400), least=1)
    name = (event or "").strip() or None
    return Conversion(event=name, window_seconds=window, influence_seconds=influence)


def translations(form: str, start: Sheet) -> dict[str, tuple[str, str]]:
    """Title and text in each language. The default one cannot be removed."""
    say, slot = session.say, f"{form}.locales"
    locales: list[str] = st.session_state.setdefault(slot, list(start.texts))
    texts = {}
    for locale, tab in zip(locales, st.tabs([tab_name(one, start.default_locale) for one in locales]), strict=True):
        title, body = start.texts.get(locale, ("", ""))
        with tab:
            title = st.text_input(
                say("title"), title, max_chars=1024, live=True, key=f"{form}.title.{locale}", persist_state="session"
            )
            body = st.text_area(
                say("body"), body, max_chars=4096, height=110, key=f"{form}.body.{locale}", persist_state="session"
            )
            if locale != start.default_locale and st.button(
                say("remove_language"), key=f"{form}.remove.{locale}", type="tertiary"
            ):
                st.session_state[slot] = [one for one in locales if one != locale]
                st.rerun()
        texts[locale] = (title or "", body or "")
    add_language(slot, locales)
    if any("{{" in part for text in texts.values() for part in text):
        st.caption(say("placeholders"))
    return texts


def tab_name(locale: str, default: str) -> str:
    return f"{markup.plain(locale)} · {session.say('default')}" if locale == default else markup.plain(locale)


def add_language(slot: str, locales: list[str]) -> None:
    say = session.say

    def add() -> None:
        if chosen := st.session_state.get(f"{slot}.add"):
            st.session_state[slot] = [*locales, chosen]
            st.session_state[f"{slot}.add"] = None

    others = [one for one in LOCALES if one not in locales]
    st.selectbox(
        say("add_language"),
        others,
        index=None,
        placeholder=say("add_language"),
        key=f"{slot}.add",
        label_visibility="collapsed",
        on_change=add,
        width=220,
    )


def aim(form: str, side: str, kinds: tuple[RuleKind, ...], start: Aim) -> Aim:
    """Whom one side of the audience names."""
    say = session.say
    offered = (*kinds, "kept") if start.kind == "kept" else kinds
    if known.segments() or start.kind == "segment":
        offered = (offered[0], "segment", *offered[1:])
    kind = cast(RuleKind, choice(form, side, offered, start.kind, words="rule"))
    if kind == "kept":
        st.caption(say("kept_text"))
        st.html(markup.note(whom(start.kept) if start.kept else ""))
        return start
    if kind == "rows":
        rows = start.rows if start.kind == "rows" and start.rows else Conditions()
        typed = Aim(kind, rows=compose_rules.fields(form, side, rows))
        keep_segment(form, side, typed)
        return typed
    if kind == "segment":
        had_id = start.names[0] if start.kind == "segment" else ""
        chosen = compose_rules.segment_field(f"{form}.{side}", had_id)
        return Aim(kind, (chosen,) if chosen else ())
    if kind in {"all", "none"}:
        return Aim(kind)
    had = start.names if start.kind == kind else ()
    if kind == "topics":
        names = st.multiselect(
            say("rule.topics"),
            list(had),
            default=list(had),
            accept_new_options=True,
            placeholder=say("topics_help"),
            label_visibility="collapsed",
            key=f"{form}.{side}.{kind}",
            persist_state="session",
        )
        return Aim(kind, tuple(name.strip() for name in names))
    text = st.text_area(
        say(f"rule.{kind}"),
        "\n".join(had),
        placeholder=say(f"{kind}_help"),
        label_visibility="collapsed",
        key=f"{form}.{side}.{kind}",
        persist_state="session",
    )
    return Aim(kind, names_in(text or ""))


def keep_segment(form: str, side: str, aim: Aim) -> None:
    """What was put together, kept under a name for other campaigns."""
    say, client = session.say, session.account()
    if client is None or aim.needs():
        return
    with st.expander(say("keep_segment"), icon=":material/bookmark_add:"):
        name = st.text_input(say("segment_name"), max_chars=200, key=f"{form}.{side}.segment_name")
        if st.button(say("keep"), key=f"{form}.{side}.segment_keep", disabled=not (name or "").strip()):
            request = SegmentRequest(name=(name or "").strip(), rule=cast(Rule, aim.rule()))
            if live.act(lambda: client.client.create_segment(request)) is not None:
                known.forget("segments")
                st.toast(say("segment_kept"), icon=":material/check:")


def category_field(form: str, start: str) -> str:
    """One of the app's categories where the key may read them, else typed."""
    say = session.say
    known = sorted({*categories(), *([start] if start else [])})
    chosen = st.selectbox(
        say("category"),
        known,
        index=known.index(start) if start else None,
        accept_new_options=True,
        placeholder=say("no_category"),
        help=say("category_help"),
        key=f"{form}.category",
        persist_state="session",
    )
    return (chosen or "").strip()


def categories() -> list[str]:
    """The app's categories, asked once. Only an owner's key may read the settings."""
    if not session.may("own"):
        return []
    if "categories" not in st.session_state:
        try:
            st.session_state["categories"] = session.signed_in().client.settings().categories
        except (ApiAway, Refused):
            return []
    found: list[str] = st.session_state["categories"]
    return found
