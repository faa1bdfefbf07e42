"""A message encoded once, with places left for what differs from phone to phone."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from operator import itemgetter

from msgspec.structs import replace

from push.content.model import Rendered


def mark() -> str:
    """A stand-in for a value to come: 128 random bits, so no text of a marketer's can contain it."""
    return secrets.token_hex(16)


TITLE, BODY, SUBTITLE = mark(), mark(), mark()


class Template:
    """JSON with the strings `marks` cut out."""

    __slots__ = ("_form", "_order", "_ordered")

    def __init__(self, form: bytes, order: Sequence[int]) -> None:
        """`form` has a `%b` for each value, `order` the numbers of these values."""
        self._form = form
        self._order = order
        self._ordered = itemgetter(*order) if len(order) > 1 else lambda values: tuple(values[each] for each in order)

    @classmethod
    def of(cls, encoded: bytes, marks: Sequence[str]) -> "Template":
        """Marks stand in `encoded` as whole JSON strings, any of them any number of times."""
        numbers = {each.encode(): number for number, each in enumerate(marks)}
        pieces = re.split(b'"(' + b"|".join(numbers) + b')"', encoded) if numbers else [encoded]
        form = b"%b".join(part.replace(b"%", b"%%") for part in pieces[::2])
        return cls(form, [numbers[each] for each in pieces[1::2]])

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The JSON with `values`, themselves JSON, where the marks of the same index were."""
        return self._form % self._ordered(values)

    def begun(self, own: int, values: Sequence[bytes]) -> "Template":
        """Another one with `values` in the places of the marks from index `own` on; those before are left to fill."""
        now = [b"%b" if number < own else values[number - own].replace(b"%", b"%%") for number in self._order]
        form = self._form.replace(b"%%", b"%%%%") % tuple(now)
        return Template(form, [number for number in self._order if number < own])


class Templates:
    """One template for all messages that differ in their words only, so that even personal ones are encoded once.

    `make` gets the message with TITLE, BODY and SUBTITLE for its words. The last `size` templates are kept.
    """

    def __init__(self, make: Callable[[Rendered], Template], size: int = 256) -> None:
        self._make = make
        self._size = size
        self._made: OrderedDict[object, tuple[dict[str, str], Template]] = OrderedDict()
        self._last: Rendered | None = None
        self._last_template = Template(b"", ())

    def of(self, rendered: Rendered) -> Template:
        """Raises what `make` raises."""
        if rendered is self._last:
            # One object for all who get the same words, so this is the rule.
            return self._last_template
        template = self._found(rendered)
        self._last, self._last_template = rendered, template
        return template

    def _found(self, rendered: Rendered) -> Template:
        key = (
            id(rendered.data),
            rendered.actions,
            rendered.link,
            rendered.image_url,
            rendered.silent,
            rendered.sound,
            rendered.collapse_key,
            rendered.priority,
            rendered.title != "",
            rendered.body != "",
            rendered.subtitle != "",
            rendered.android,
            rendered.ios,
            rendered.web,
        )
        found = self._made.get(key)
        if found is not None:
            return found[1]
        words = {
            "title": rendered.title and TITLE,
            "body": rendered.body and BODY,
            "subtitle": rendered.subtitle and SUBTITLE,
        }
        template = self._make(replace(rendered, **words))
        # The data are kept with their template, so their id cannot come to mean others.
        self._made[key] = (rendered.data, template)
        if len(self._made) > self._size:
            self._made.popitem(last=False)
        return template
