"""A message encoded once, with places left for what differs from phone to phone."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from push.content.model import Rendered


def mark() -> str:
    """A stand-in for a value to come: 128 random bits, so no text of a marketer's can contain it."""
    return secrets.token_hex(16)


TITLE, BODY = mark(), mark()


class Template:
    """JSON with the strings `marks` cut out."""

    __slots__ = ("_order", "_parts")

    def __init__(self, encoded: bytes, marks: Sequence[str]) -> None:
        """Each mark stands in `encoded` at most once, as a whole JSON string."""
        quoted = [f'"{each}"'.encode() for each in marks]
        places = sorted((encoded.find(each), number) for number, each in enumerate(quoted))
        self._order = [number for place, number in places if place >= 0]
        self._parts = []
        for number in self._order:
            before, _, encoded = encoded.partition(quoted[number])
            self._parts.append(before)
        self._parts.append(encoded)

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The JSON with `values`, themselves JSON, where the marks of the same index were."""
        pieces = [self._parts[0]]
        for number, part in zip(self._order, self._parts[1:], strict=True):
            pieces.append(values[number])
            pieces.append(part)
        return b"".join(pieces)


class Templates:
    """One template for all messages that differ in their words only, so that even personal ones are encoded once.

    `make` gets the message with TITLE and BODY for its words. The last `size` templates are kept.
    """

    def __init__(self, make: Callable[[Rendered], Template], size: int = 256) -> None:
        self._make = make
        self._size = size
        self._made: OrderedDict[object, tuple[dict[str, str], Template]] = OrderedDict()

    def of(self, rendered: Rendered) -> Template:
        """Raises what `make` raises."""
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
        )
        found = self._made.get(key)
        if found is not None:
            return found[1]
        template = self._make(replace(rendered, title=rendered.title and TITLE, body=rendered.body and BODY))
        # The data are kept with their template, so their id cannot come to mean others.
        self._made[key] = (rendered.data, template)
        if len(self._made) > self._size:
            self._made.popitem(last=False)
        return template
