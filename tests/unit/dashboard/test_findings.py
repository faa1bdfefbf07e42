"""What a check found, in the reader's words and with the way to the field."""

import re
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.needs import STEPS
from dashboard.places import Place, place_of
from dashboard.words.findings import MORE
from sdk_contracts.wire.campaigns import Check, Finding
from tests.unit.dashboard.screens import shown

FACTS: dict[str, dict[str, str]] = {
    "dead_link": {"link": "https://nowhere"},
    "no_promotion_label": {"wanted": "【广告】"},
    "no_sender_name": {"wanted": "Shop"},
    "text_fails": {"looked_at": "9", "reason": "{{ is open"},
    "too_large": {"looked_at": "9", "reason": "x"},
    "nobody_reachable": {"opted_out": "3"},
    "missing_translation": {"locale": "fr", "default": "en", "looked_at": "9"},
    "no_web_link": {"link": "shop://x"},
    "no_credentials": {"missing": "smtp"},
    "repeated": {"name": "Coats", "campaign_id": "cmp_1", "on": "2026-11-29"},
}
CODES = sorted(key.split(".")[1] for key in words.TABLE if key.startswith("finding.") and not key.endswith(".more"))
ENGLISH = re.compile(r"In English\.")


def finding(code: str, pointer: str = "", count: int | None = 3, **facts: str) -> Finding:
    return Finding(code=code, pointer=pointer, detail="In English.", count=count, facts=facts)


def script() -> None:
    import streamlit as st

    from dashboard.screens import findings

    findings.show(st.session_state["found"])


def told(*found: Finding, language: str = "zh") -> str:
    page = AppTest.from_function(script)
    page.session_state["words"] = language
    page.session_state["found"] = Check(version=1, at=cast(Any, None), errors=[*found], warnings=[])
    page.run()
    assert not page.exception
    return shown(page)


@pytest.mark.parametrize("code", CODES)
def test_a_finding_is_told_in_chinese_with_all_its_facts(code: str) -> None:
    text = told(finding(code, **FACTS.get(code, {})))
    assert not ENGLISH.search(text)
    for name, fact in FACTS.get(code, {}).items():
        if f"{{{name}}}" in MORE.get(code, ("", ""))[1]:
            assert fact in text


def test_a_finding_names_its_version_and_its_language() -> None:
    at = "/experiment/variants/1/content/translations/zh-CN"
    assert "版本 2 · zh-CN: 标题或正文须包含“【广告】”。" in told(finding("no_promotion_label", at, wanted="【广告】"))


def test_what_we_have_no_words_for_is_told_as_the_api_tells_it() -> None:
    assert "In English." in told(finding("brand_new", shape="odd"))
    assert "In English." in told(finding("dead_link"), language="en")


@pytest.mark.parametrize(
    ("code", "pointer", "place"),
    [
        ("dead_link", "/content/link", Place("content", "link", "link")),
        ("dead_link", "/content/links/ios", Place("content", "link.ios", "links")),
        ("dead_link", "/content/actions/1/link", Place("content", "button.1.link", "buttons")),
        ("dead_link", "/content/web/badge_url", Place("content", "web.badge", "platforms_more")),
        ("dead_link", "/experiment/variants/0/content/link", Place("content", "link", "link")),
        ("dead_link", "/experiment/variants/2/content/image_url", Place("content", "arm.2.image", "image")),
        ("no_sender_name", "/content/translations/zh-CN", Place("content", "title.zh-CN", "title")),
        ("missing_translation", "/content/translations", Place("content", "locales.add", "add_language")),
        ("no_event", "/content/translations", Place("content", "title.en", "title")),
        ("text_fails", "/content", Place("content", "title.en", "title")),
        ("everybody", "/audience", Place("audience", "include", "include")),
        ("no_credentials", "/channels", Place("audience", "channels", "channels")),
        ("no_event", "/follow_up/content/translations", Place("schedule", "second", "second")),
        ("expired_already", "/limits/expires_at", Place("check", "expires", "expires")),
        ("deferred", "/limits", None),
        ("needs_approval", "", None),
    ],
)
def test_a_finding_has_the_field_where_it_is_mended(code: str, pointer: str, place: Place | None) -> None:
    assert place_of(finding(code, pointer), "en") == place
    assert place is None or (place.step in STEPS and place.word in words.TABLE)
