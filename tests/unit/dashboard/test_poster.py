"""The sheet to print, as an SVG that a decoder reads."""

import xml.etree.ElementTree as ET

import pytest

from dashboard.poster import HIGH, WIDE, sheet
from push.placements.qr import draw

URL = "https://push.example.com/r/3k9d0aavtq5p2mfh1c"
NASTY = '<script>alert(1)</script> & "Sons"'
SVG = "{http://www.w3.org/2000/svg}"


def drawn(title: str = "Spring at the gate") -> ET.Element:
    return ET.fromstring(sheet(title, URL, draw(URL, "svg", 1024, "Q"), "Scan the code or open"))


def texts(page: ET.Element) -> list[str]:
    return [each.text or "" for each in page.iter(f"{SVG}text")]


def test_it_is_an_a4_page_with_title_code_and_link() -> None:
    page = drawn()
    assert (page.get("width"), page.get("height")) == ("210mm", "297mm")
    *title, invitation, link = texts(page)
    assert (" ".join(title), invitation, link) == ("Spring at the gate", "Scan the code or open", URL)
    (code,) = page.findall(f"{SVG}svg")
    assert code.get("viewBox") == ET.fromstring(draw(URL, "svg", 1024, "Q")).get("viewBox")
    assert [path.get("d") for path in code.iter(f"{SVG}path")] == [
        path.get("d") for path in ET.fromstring(draw(URL, "svg", 1024, "Q")).iter(f"{SVG}path")
    ]


def test_a_title_is_text_whatever_is_in_it() -> None:
    page = drawn(NASTY)
    assert "".join(texts(page)[:-2]).replace(" ", "") == NASTY.replace(" ", "")
    assert page.findall(f".//{SVG}script") == []


@pytest.mark.parametrize("title", ["x" * 200, "word " * 40, "春季信息与技能培训课程" * 8, "Short", "春"])
def test_any_title_stays_on_the_page(title: str) -> None:
    for line in drawn(title).iter(f"{SVG}text"):
        assert 0 < float(line.get("y", "0")) < HIGH
        size, said = float(line.get("font-size", "0")), line.text or ""
        wide = sum(size * (1.0 if each > "⺀" else 0.55) for each in said)
        assert wide < WIDE
