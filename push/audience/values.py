"""Values of fields, made so that they can be compared."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from push.people.attributes import moment

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)(-[0-9A-Za-z.-]+)?")
Version = tuple[tuple[int, ...], bool, str]


@lru_cache(maxsize=4096)
def version(text: str) -> Version | None:
    """`2.10` is above `2.9`, `2.0` is `2`, and `2.0-beta` is below it (Semantic Versioning 2.0.0, 11); what follows a
    `+` or a blank is not looked at. None for what is no version."""
    found = _VERSION.match(text.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    before = found[2] or ""
    return tuple(numbers), not before, before


@lru_cache(maxsize=4096)
def locale(text: str) -> str:
    """`en_gb` is `en-GB`."""
    return text.replace("_", "-").lower()


@lru_cache(maxsize=4096)
def time(text: str) -> datetime | None:
    return moment(text)


def like(actual: Any) -> Callable[[Any], Any]:
    """What makes a value that was asked for comparable with this one, or None where it is of another kind."""
    if isinstance(actual, bool):
        return lambda wanted: wanted if isinstance(wanted, bool) else None
    if isinstance(actual, int | float):
        return lambda wanted: wanted if isinstance(wanted, int | float) and not isinstance(wanted, bool) else None
    if isinstance(actual, datetime):
        return lambda wanted: time(wanted) if isinstance(wanted, str) else None
    return lambda wanted: wanted if isinstance(wanted, str) else None
