"""Encoding once, filling in often."""

import pytest

from push.content.model import Rendered
from push.senders.template import Once, Template, mark


def test_values_go_where_their_marks_were_in_any_order() -> None:
    first, second = mark(), mark()
    template = Template(f'{{"b": "{second}", "a": "{first}"}}'.encode(), (first, second))
    assert template.fill((b'"1"', b"2")) == b'{"b": 2, "a": "1"}'
    assert template.fill((b"[]", b"{}")) == b'{"b": {}, "a": []}'


def test_a_mark_that_is_missing_is_noticed() -> None:
    with pytest.raises(ValueError, match="not found"):
        Template(b"{}", (mark(),))


def test_the_same_words_are_encoded_once_and_the_memory_is_bounded() -> None:
    made: list[str] = []
    once = Once(lambda rendered: made.append(rendered.title) or rendered.title, size=2)  # type: ignore[func-returns-value]
    a, b, c = (Rendered(title=each) for each in "abc")
    assert [once(a), once(b), once(a), once(c), once(a)] == ["a", "b", "a", "c", "a"]
    assert made == ["a", "b", "c", "a"]


def test_equal_words_in_another_object_are_not_mistaken_for_a_forgotten_one() -> None:
    once = Once(lambda rendered: rendered.title, size=1)
    for number in range(1000):
        assert once(Rendered(title=str(number))) == str(number)
