"""Cursors mean nothing to those who carry them."""

import pytest

from api.paging import opaque, place
from push.errors import BadCursor


@pytest.mark.parametrize("word", ["cmp_06h0k4prq7cdlm6pl8m5tbr9", "é", "a" * 300])
def test_a_cursor_leads_back_to_its_place(word: str) -> None:
    cursor = opaque(word)
    assert cursor is not None
    assert word not in cursor
    assert place(cursor) == word


def test_no_cursor_is_the_first_page() -> None:
    assert place("") is None
    assert opaque(None) is None


@pytest.mark.parametrize("cursor", ["a", "é", "a b", "____", "="])
def test_what_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        assert place(cursor) == ""
