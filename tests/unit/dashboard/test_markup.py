"""Names and texts come from people, and some of them try things."""

from datetime import UTC, datetime

import pytest

from dashboard import markup, preview
from dashboard.markup import Tile

NASTY = "<img src=x onerror=alert(1)>\"'&"


def test_no_piece_of_html_lets_markup_through() -> None:
    pieces = [
        markup.tiles([Tile(NASTY, NASTY, NASTY, NASTY, NASTY)]),
        markup.state_pill(NASTY, "sent"),
        markup.heading(NASTY),
        markup.section(NASTY, NASTY),
        markup.note(NASTY),
        markup.table([(NASTY, NASTY, NASTY)]),
        markup.empty(NASTY, NASTY),
        markup.banner(NASTY, NASTY),
        markup.freshness(NASTY, NASTY, True, datetime(2026, 11, 29, tzinfo=UTC)),
        markup.progress(0.5, NASTY),
        markup.who(NASTY, NASTY),
    ]
    for piece in pieces:
        assert "<img" not in piece
        assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in piece


@pytest.mark.parametrize("surface", preview.SURFACES)
def test_a_message_with_markup_is_previewed_as_its_text(surface: preview.Surface) -> None:
    shown = preview.Preview(
        app=NASTY, title=NASTY, body=NASTY, image_url="https://example.com/a.png?\"onload='x'", link=NASTY, now="now"
    )
    html = preview.phone(shown, surface)
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert '"onload' not in html
    assert html.count("<img") == 1


def test_an_image_that_is_not_on_the_web_is_not_loaded() -> None:
    shown = preview.Preview(app="a", title="t", body="", image_url="javascript:alert(1)", link=None, now="now")
    assert "<img" not in preview.phone(shown, "android")


def test_a_name_in_markdown_shows_its_own_characters() -> None:
    assert markup.plain("**Sale** [x](http://e.vil)") == r"\*\*Sale\*\* \[x\]\(http\:\/\/e\.vil\)"
    assert markup.plain(":red[now] $x$ `y`") == r"\:red\[now\] \$x\$ \`y\`"
    assert markup.plain("one\n\n# two") == r"one \# two"
    assert markup.plain("春季 2026") == "春季 2026"


def test_progress_stays_within_its_bar() -> None:
    assert "width:100.0%" in markup.progress(3.0, "")
    assert "width:0.0%" in markup.progress(-1.0, "")


def test_a_number_that_moved_is_drawn_as_bars_the_highest_full() -> None:
    drawn = markup.sparkline([0.0, 1.0, 4.0], "opened")
    assert [part.split("%")[0] for part in drawn.split("height:")[1:]] == ["0", "25", "100"]
    assert markup.sparkline([1.0], "opened") == ""
    assert "height:0%" in markup.sparkline([0.0, 0.0], "opened")
