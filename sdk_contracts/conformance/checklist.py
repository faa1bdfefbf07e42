"""What is checked, item by item, and how it went."""

import traceback
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

S = TypeVar("S")


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "FAIL"
    SKIP = "skip"


class NotOffered(Exception):
    """The other side does not have this optional part, or the suite was not given what it needs to look."""


class Unfit(AssertionError):
    """What was seen is not what the contract says."""


class Outcome(Struct, frozen=True):
    group: str
    text: str
    verdict: Verdict
    detail: str = ""


class Checklist(Generic[S]):
    """Checks of one subject, in the order they are written; each is a function that is given the subject."""

    def __init__(self) -> None:
        self._items: list[tuple[str, str, Callable[[S], None]]] = []

    def item(self, group: str) -> Callable[[Callable[[S], None]], Callable[[S], None]]:
        """Register a check under `group`; the first line of its docstring is what the report says."""

        def register(check: Callable[[S], None]) -> Callable[[S], None]:
            text = (check.__doc__ or check.__name__).strip().splitlines()[0]
            self._items.append((group, text.rstrip("."), check))
            return check

        return register

    def __len__(self) -> int:
        return len(self._items)

    def run(self, subject: S, only: str = "") -> Iterator[Outcome]:
        """Every check whose group or text holds `only`; one that fails does not keep the others from running."""
        for group, text, check in self._items:
            if only.lower() not in f"{group}: {text}".lower():
                continue
            try:
                check(subject)
            except NotOffered as reason:
                yield Outcome(group, text, Verdict.SKIP, str(reason))
            except AssertionError as reason:
                yield Outcome(group, text, Verdict.FAIL, str(reason) or _place(reason))
            except Exception as reason:  # noqa: BLE001 - whatever the other side makes us trip over is its failure
                yield Outcome(group, text, Verdict.FAIL, f"{type(reason).__name__}: {reason} ({_place(reason)})")
            else:
                yield Outcome(group, text, Verdict.PASS)


def expect(condition: object, otherwise: str) -> None:
    """Raises Unfit."""
    if not condition:
        raise Unfit(otherwise)


def equal(found: object, expected: object, what: str) -> None:
    """Raises Unfit."""
    expect(found == expected, f"{what}: expected {expected!r}, got {found!r}")


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.name}, line {frame.lineno}"
