"""Each reads the nearest of the languages there are, with their own facts in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.content.model import Action, Content, Translation
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
    assert {name: each.title for name, each in written(en="Hello {{ x }}", zh="中文").worst_cases()} == {
        "en": "Hello {{ x }}",
        "zh": "中文",
    }
