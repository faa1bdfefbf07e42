"""Each reads the nearest of the languages there are, with their own facts in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.content.model import Action, Content, Links, OnAndroid, OnIos, OnWeb, Translation
from push.content.rendering import CannotRender, Renderer, fallbacks
from push.errors import Invalid

FACTS: dict[str, Any] = {"app": {"name": "Shop"}, "person": {"external_id": "ann"}, "device": {"model": None}}


def written(default: str = "en", **texts: str) -> Renderer:
    translations = {name.replace("_", "-"): Translation(title=text) for name, text in texts.items()}
    return Renderer(Content(default_locale=default, translations=translations))


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("zh-CN", "简体"), ("zh-TW", "中文"), ("zh-Hans-SG", "中文"),
        ("zh", "中文"), ("zh_CN", "简体"), ("ZH-cn", "简体"),
        ("en-GB", "Hello"), ("fr-FR", "Hello"), ("", "Hello"), (None, "Hello"), ("z", "Hello"), ("-", "Hello"),
    ],
)  # fmt: skip
def test_a_missing_language_falls_back_to_the_nearest_and_then_to_the_default(locale: str | None, title: str) -> None:
    assert written(en="Hello", zh="中文", zh_CN="简体").render(locale, {}).title == title


def test_the_ways_to_fall_back_go_from_near_to_far() -> None:
    assert list(fallbacks("zh-Hans-CN", "en")) == ["zh-Hans-CN", "zh-Hans", "zh", "en"]


@given(st.none() | st.text(max_size=40))
def test_whatever_a_phone_says_its_language_is_it_gets_something_to_read(locale: str | None) -> None:
    assert written(en="Hello", zh="中文").render(locale, {}).title in ("Hello", "中文")


def test_a_content_without_its_default_language_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        written(default="fr", en="Hello")
    assert refused.value.pointer == "/content/translations"


def test_facts_and_defaults_are_filled_in() -> None:
    title = 'Hi {{ person.first_name | default: "there" }}, {{ person.external_id }} of {{ app.name }}'
    assert written(en=title).render(None, FACTS).title == "Hi there, ann of Shop"


def test_one_persons_facts_never_show_to_the_next() -> None:
    renderer = written(en="{% assign seen = person.external_id %}Hi {{ seen }}")
    assert renderer.render(None, FACTS).title == "Hi ann"
    assert renderer.render(None, {}).title == "Hi "


def test_texts_without_liquid_are_one_object_for_all_who_read_them() -> None:
    renderer = written(en="Hello", zh="{{ app.name }}")
    assert renderer.render("en", FACTS) is renderer.render("fr", {})
    assert renderer.render("zh", FACTS) is not renderer.render("zh", FACTS)


def test_what_is_not_a_text_arrives_as_it_was_written() -> None:
    content = Content(
        default_locale="en",
        translations={"en": Translation(title="Hi", body="{{ app.name }}")},
        image_url="https://x.example/a.png",
        link="app://sale",
        actions=(Action(id="buy", label="Buy"),),
        data={"sku": "{{ 7 }}"},
        collapse_key="sale",
        priority="normal",
        sound="ping",
    )
    rendered = Renderer(content).render(None, FACTS)
    assert (rendered.title, rendered.body) == ("Hi", "Shop")
    for name in ("image_url", "link", "actions", "data", "collapse_key", "priority", "sound", "silent"):
        assert getattr(rendered, name) == getattr(content, name)


@pytest.mark.parametrize("broken", ["{{ x", "{% if x %}", "{% nonsense %}", "{% endfor %}", "{{ x | | }}"])
def test_what_is_no_liquid_is_refused_while_composing_and_says_where(broken: str) -> None:
    with pytest.raises(Invalid) as refused:
        Renderer(Content(default_locale="en", translations={"en": Translation(title="Hi", body=broken)}))
    assert refused.value.pointer == "/content/translations/en/body"


def test_a_template_that_fails_for_one_person_works_for_the_next() -> None:
    renderer = written(en="{{ 10 | divided_by: person.n }}")
    with pytest.raises(CannotRender):
        renderer.render(None, {"person": {"n": 0}})
    assert renderer.render(None, {"person": {"n": 5}}).title == "2"


def test_every_translation_is_shown_as_written_to_be_measured() -> None:
    assert {name: each.title for name, _, each in written(en="Hello {{ x }}", zh="中文").worst_cases()} == {
        "en": "Hello {{ x }}",
        "zh": "中文",
    }


def placed(**fields: Any) -> Renderer:
    return Renderer(Content(default_locale="en", translations={"en": Translation(title="Hi {{ person.n }}")}, **fields))


def test_each_platform_is_led_where_it_is_said_and_the_others_by_the_link() -> None:
    renderer = placed(
        link="https://shop.example/sale",
        links=Links(android="shop://sale", inbox="shop://inbox/sale"),
        actions=(
            Action(id="buy", label="Buy", link="https://shop.example/buy", links=Links(web="https://shop.example/web")),
            Action(id="later", label="Later"),
        ),
    )
    led = {place: renderer.render(None, FACTS, place) for place in ("android", "ios", "web", "inbox", None)}
    assert {place: each.link for place, each in led.items()} == {
        "android": "shop://sale",
        "ios": "https://shop.example/sale",
        "web": "https://shop.example/sale",
        "inbox": "shop://inbox/sale",
        None: "https://shop.example/sale",
    }
    assert led["web"].actions == (
        Action(id="buy", label="Buy", link="https://shop.example/web"),
        Action(id="later", label="Later"),
    )
    assert led["ios"].actions[0].link == "https://shop.example/buy"


def test_a_platform_is_told_what_is_said_to_it_alone() -> None:
    renderer = placed(
        image_url="https://a.example/1.png",
        android=OnAndroid(channel_id="offers", image_url="https://a.example/2.png"),
        ios=OnIos(thread_id="offers"),
        web=OnWeb(require_interaction=True),
    )
    told = {place: renderer.render(None, FACTS, place) for place in ("android", "ios", "web", "inbox")}
    assert [(bool(each.android), bool(each.ios), bool(each.web)) for each in told.values()] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    ]
    assert [each.image_url[-5:] for each in told.values() if each.image_url] == ["2.png", "1.png", "1.png", "1.png"]


def test_where_platforms_do_not_differ_all_share_one_message() -> None:
    renderer = Renderer(Content(default_locale="en", translations={"en": Translation(title="Hi")}, link="https://a.b"))
    assert renderer.render(None, {}, "android") is renderer.render(None, {}, "web")
    differing = Renderer(
        Content(default_locale="en", translations={"en": Translation(title="Hi")}, links=Links(web="https://a.b"))
    )
    assert differing.render(None, {}, "web") is differing.render("fr", {}, "web")
    assert differing.render(None, {}, "web") is not differing.render(None, {}, "ios")


def test_a_subtitle_is_liquid_too() -> None:
    content = Content(
        default_locale="en", translations={"en": Translation(title="Hi", subtitle="For {{ person.first_name }}")}
    )
    assert content.personal
    assert content.about_person
    assert Renderer(content).render(None, {"person": {"first_name": "Ada"}}).subtitle == "For Ada"
