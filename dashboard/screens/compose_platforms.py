"""How each platform shows a message: a tab for each, behind a lid that is closed until something is in it."""

from collections.abc import Iterable
from typing import Literal

import msgspec
import streamlit as st

from dashboard import markup, session
from dashboard.platforms import LONGEST_SUBTITLE, Platforms
from sdk_contracts.wire.content import OnAndroid, OnIos, OnWeb

Visibility = Literal["private", "public", "secret"]
Interruption = Literal["passive", "active", "time-sensitive"]
VISIBILITY: tuple[Visibility, ...] = ("private", "public", "secret")
INTERRUPTION: tuple[Interruption, ...] = ("passive", "active", "time-sensitive")


def fields(form: str, locales: Iterable[str], start: Platforms) -> Platforms:
    say = session.say
    with st.expander(say("platforms_more"), expanded=start != Platforms(), icon=":material/devices:"):
        st.caption(say("platforms_text"))
        iphone, android, browser, inbox = st.tabs(["iPhone", "Android", say("web"), say("inbox")])
        with iphone:
            subtitles, ios = on_ios(form, locales, start)
        with android:
            droid = on_android(form, start.android)
        with browser:
            web = on_web(form, start.web)
        with inbox:
            stands_out = st.toggle(
                say("highlight"), start.highlight, help=say("highlight_help"), key=f"{form}.highlight",
                persist_state="session",
            )  # fmt: skip
    return Platforms(subtitles=subtitles, android=droid, ios=ios, web=web, highlight=stands_out)


def on_ios(form: str, locales: Iterable[str], start: Platforms) -> tuple[dict[str, str], OnIos]:
    say, had = session.say, start.ios
    subtitles = {}
    for locale in locales:
        typed = st.text_input(
            f"{say('subtitle')} · {markup.plain(locale)}", start.subtitles.get(locale, ""), max_chars=LONGEST_SUBTITLE,
            help=say("subtitle_help"), key=f"{form}.subtitle.{locale}", persist_state="session",
        )  # fmt: skip
        if (typed or "").strip():
            subtitles[locale] = (typed or "").strip()
    place = INTERRUPTION.index(had.interruption_level) if had.interruption_level else None
    level = st.selectbox(
        say("interruption"), INTERRUPTION, place,
        format_func=lambda one: say(f"interruption.{one}"), placeholder=say("as_usual"), help=say("interruption_help"),
        key=f"{form}.ios.interruption", persist_state="session",
    )  # fmt: skip
    score = st.number_input(
        say("relevance"), 0.0, 1.0, had.relevance_score, 0.1, placeholder=say("as_usual"), help=say("relevance_help"),
        key=f"{form}.ios.relevance", persist_state="session",
    )  # fmt: skip
    thread = line(form, "ios.thread", "thread", had.thread_id)
    category = line(form, "ios.category", "ios_category", had.category)
    image = line(form, "ios.image", "own_image", had.image_url, "https://")
    return subtitles, msgspec.structs.replace(
        had, interruption_level=level, relevance_score=score, thread_id=thread, category=category, image_url=image
    )


def on_android(form: str, had: OnAndroid) -> OnAndroid:
    say = session.say
    channel = line(form, "android.channel", "android_channel", had.channel_id)
    icon = line(form, "android.icon", "android_icon", had.icon, "ic_bell")
    color = line(form, "android.color", "android_color", had.color, "#0072B2")
    seen = st.selectbox(
        say("visibility"), VISIBILITY, VISIBILITY.index(had.visibility) if had.visibility else None,
        format_func=lambda one: say(f"visibility.{one}"), placeholder=say("as_usual"),
        key=f"{form}.android.visibility", persist_state="session",
    )  # fmt: skip
    image = line(form, "android.image", "own_image", had.image_url, "https://")
    return OnAndroid(channel_id=channel, icon=icon, color=color, visibility=seen, image_url=image)


def on_web(form: str, had: OnWeb) -> OnWeb:
    say = session.say
    icon = line(form, "web.icon", "web_icon", had.icon_url, "https://")
    badge = line(form, "web.badge", "web_badge", had.badge_url, "https://")
    image = line(form, "web.image", "own_image", had.image_url, "https://")
    stays = st.toggle(say("web_stays"), had.require_interaction, key=f"{form}.web.stays", persist_state="session")
    return OnWeb(icon_url=icon, badge_url=badge, image_url=image, require_interaction=stays)


def line(form: str, field: str, word: str, start: str | None, example: str = "") -> str | None:
    """None where nothing stands."""
    say = session.say
    typed = st.text_input(
        say(word), start or "", placeholder=example or say("as_usual"), help=say(f"{word}_help"),
        key=f"{form}.{field}", persist_state="session",
    )  # fmt: skip
    return (typed or "").strip() or None
