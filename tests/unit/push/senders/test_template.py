"""Encoding once, filling in often."""

from push.content.model import Rendered
from push.senders.template import BODY, TITLE, Template, Templates, mark


def test_values_go_where_their_marks_were_in_any_order() -> None:
    first, second, nowhere = mark(), mark(), mark()
    template = Template.of(f'{{"5% %b": "{second}", "a": "{first}"}}'.encode(), (first, nowhere, second))
    assert template.fill((b'"1"', b"?", b"2")) == b'{"5% %b": 2, "a": "1"}'
    assert template.fill((b"[%s]", b"?", b"{}")) == b'{"5% %b": {}, "a": [%s]}'


def test_what_many_get_alike_is_filled_in_beforehand() -> None:
    own, alike, other = mark(), mark(), mark()
    template = Template.of(f'{{"5%b": "{other}", "a": "{own}", "b": "{alike}"}}'.encode(), (own, alike, other))
    begun = template.begun(1, (b'"100 %b"', b'"%d%%"'))
    assert begun.fill((b'"x %b"',)) == b'{"5%b": "%d%%", "a": "x %b", "b": "100 %b"}'
    assert begun.fill((b"2", b"?", b"?")) == template.fill((b"2", b'"100 %b"', b'"%d%%"'))


class Counted(Templates):
    """Counts what is encoded, and shows the data it was encoded with."""

    def __init__(self, size: int = 256) -> None:
        self.made: list[Rendered] = []
        super().__init__(self._count, size)

    def _count(self, rendered: Rendered) -> Template:
        self.made.append(rendered)
        return Template.of(str(rendered.data).encode(), ())


def test_messages_that_differ_in_their_words_only_are_encoded_once() -> None:
    templates, data = Counted(), {"a": "b"}
    for number in range(100):
        templates.of(Rendered(title=f"Hello {number}", body=f"world {number}", data=data))
    assert [(each.title, each.body) for each in templates.made] == [(TITLE, BODY)]


def test_an_empty_text_is_not_the_same_as_one_to_fill_in() -> None:
    templates, data = Counted(), {"a": "b"}
    for title, body in (("a", ""), ("", "b"), ("a", "b"), ("c", "")):
        templates.of(Rendered(title=title, body=body, data=data))
    assert [(each.title, each.body) for each in templates.made] == [(TITLE, ""), ("", BODY), (TITLE, BODY)]


def test_the_memory_is_bounded() -> None:
    templates, data = Counted(size=2), {"a": "b"}
    for link in "abcba":
        templates.of(Rendered(title="t", link=link, data=data))
    assert [each.link for each in templates.made] == ["a", "b", "c", "a"]


def test_other_data_are_not_mistaken_for_those_that_were_forgotten() -> None:
    templates = Counted(size=1)
    for number in range(1000):
        assert templates.of(Rendered(title="t", data={"n": str(number)})).fill(()) == b"{'n': '%d'}" % number
