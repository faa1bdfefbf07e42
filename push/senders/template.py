"""A message encoded once, with places left for what differs from phone to phone."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from push.content.model import Rendered

T = TypeVar("T")


def mark() -> str:
    """A stand-in for a value to come: 128 random bits, so no text of a marketer's can contain it."""
    return secrets.token_hex(16)


class Template:
    """JSON with the strings `marks` cut out."""

    __slots__ = ("_order", "_parts")

    def __init__(self, encoded: bytes, marks: Sequence[str]) -> None:
        """Each mark stands in `encoded` once, as a whole JSON string. Raises ValueError otherwise."""
        quoted = [f'"{each}"'.encode() for each in marks]
        places = sorted((encoded.index(each), number) for number, each in enumerate(quoted))
        self._order = [number for _, number in places]
        self._parts = []
        for _, number in places:
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


class Once(Generic[T]):
    """Remembers what was made of a Rendered object, by identity, for the last `size` of them.

    Everybody who gets the same words shares one object, so this makes encoding a cost per text instead of per phone.
    """

    def __init__(self, make: Callable[[Rendered], T], size: int = 256) -> None:
        self._make = make
        self._size = size
        self._made: OrderedDict[int, tuple[Rendered, T]] = OrderedDict()

    def __call__(self, rendered: Rendered) -> T:
        # The object is kept with what was made of it, so its id cannot come to mean another one.
        found = self._made.get(id(rendered))
        if found is not None:
            return found[1]
        made = self._make(rendered)
        self._made[id(rendered)] = (rendered, made)
        if len(self._made) > self._size:
            self._made.popitem(last=False)
        return made
