"""What a message carries beside its words, from what was typed and back."""

import msgspec
import pytest

from dashboard import words
from dashboard.draft import Sheet, texts_of
from dashboard.extras import Button, Extras, data_in, data_text, extras_of
from dashboard.platforms import Platforms, platforms_of
from sdk_contracts.wire.campaigns import CampaignDraft, Conversion
from sdk_contracts.wire.content import Action, Content, Links, OnAndroid, OnIos, OnWeb, Translation

FULL = Content(
    default_locale="en",
    translations={"en": Translation(title="Hi", subtitle="There")},
    links=Links(ios="shop://ios", web="https://shop.example/"),
    actions=[Action(id="look", label="Look", links=Links(ios="shop://look")), Action(id="no", label="No")],
    data={"page": "spring", "x": ""},
    silent=True,
    sound="bell.caf",
    collapse_key="spring",
    ios=OnIos(thread_id="offers"),
    ttl_seconds=60,
    priority="normal",
)


def test_content_comes_back_as_it_was_with_what_the_form_does_not_show() -> None:
    sheet = Sheet(name="Spring", **texts_of(FULL), goal=Conversion(event="bought", window_seconds=3600))
    assert sheet.content() == FULL
    draft = sheet.draft()
    assert msgspec.json.decode(msgspec.json.encode(draft), type=CampaignDraft) == draft
    assert extras_of(Content(default_locale="en", translations=FULL.translations)) == Extras()


def test_what_each_platform_knows_comes_back_as_it_was() -> None:
    shown = Content(
        default_locale="en",
        translations={"en": Translation(title="Hi", subtitle="There"), "de": Translation(title="Na")},
        android=OnAndroid(channel_id="offers", icon="ic_bell", color="#0072B2", visibility="public"),
        ios=OnIos(category="offer", interruption_level="passive", relevance_score=0.5, mutable_content=False),
        web=OnWeb(icon_url="https://shop.example/i.png", require_interaction=True),
        highlight=True,
    )
    assert Sheet(name="Spring", **texts_of(shown)).content() == shown
    assert platforms_of(Content(default_locale="en", translations={"en": Translation(title="Hi")})) == Platforms()


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (Platforms(android=OnAndroid(icon="Two words")), "need.on_android"),
        (Platforms(android=OnAndroid(color="blue")), "need.on_android"),
        (Platforms(ios=OnIos(image_url="picture")), "need.on_ios"),
        (Platforms(web=OnWeb(badge_url="picture")), "need.on_web"),
        (Platforms(subtitles={"en": "x" * 1025}), "need.on_ios"),
    ],
)
def test_what_a_platform_cannot_be_told_is_said_before_it_is_saved(shown: Platforms, missing: str) -> None:
    assert [need.key for need in shown.needs()] == [missing]
    assert missing in words.TABLE


def test_buttons_have_ids_and_keep_those_they_had() -> None:
    had = extras_of(FULL).buttons[0]
    buttons = (msgspec.structs.replace(had, label="See"), Button(label=" Later ", link="shop://later"))
    assert Extras(buttons=buttons).fields()["actions"] == [
        Action(id="look", label="See", links=Links(ios="shop://look")),
        Action(id="button_2", label="Later", link="shop://later"),
    ]


def test_data_is_a_line_for_each_name() -> None:
    data = (("page", "spring = summer"), ("x", ""))
    assert data_in("page = spring = summer\n\n  x\n") == data
    assert data_in(data_text(data)) == data


@pytest.mark.parametrize(
    ("extras", "missing"),
    [
        (Extras(links={"web": "shop://x"}), "need.link_web"),
        (Extras(links={"ios": "x"}), "need.link"),
        (Extras(buttons=(Button(label="Look", link="nowhere"),)), "need.link"),
        (Extras(data=(("two words", "x"),)), "need.data"),
        (Extras(collapse_key="a b"), "need.collapse_key"),
        (Extras(ttl_seconds=29 * 86_400), "need.ttl"),
    ],
)
def test_what_the_api_would_refuse_of_it_is_named(extras: Extras, missing: str) -> None:
    assert [need.key for need in extras.needs()] == [missing]
    assert words.say("zh", missing)
