"""What every contract shares: the base types, names, times, lists and problems."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct

T = TypeVar("T")


class Contract(Struct, frozen=True, kw_only=True):
    """An answer. Readers must ignore fields they do not know."""


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a caller sends. A field we do not know is refused, so a typing mistake is never silently ignored."""


# `$` in Python also matches before a line break at the end, hence `(?!\n)`; other languages have no need of it.
Text = Annotated[str, Meta(max_length=1024)]
LongText = Annotated[str, Meta(max_length=4096)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$")]
Token = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.:@|~+-]+(?!\n)$")]
"""An id chosen by the caller: an installation, a person of theirs, an event."""
Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+(?!\n)$")]
"""The name of a tag, attribute, category or data field; never an operator, never a path."""
TopicName = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(?!\n)$")]
Locale = Annotated[str, Meta(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*(?!\n)$")]
Timezone = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+(?!\n)$")]
Integer = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
"""Whole numbers stop where JavaScript does."""
Scalar = str | Integer | float | bool
AttributeType = Literal["string", "number", "bool", "date"]
"""A date is written as `YYYY-MM-DD` or as a time with its offset."""
Time = Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": r"^(19[7-9][0-9]|2[0-9]{3})-"})]
"""RFC 3339 with an offset, in the years 1970 to 2999; answers are always UTC with Z."""
Link = Annotated[str, Meta(max_length=2048, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"]+(?!\n)$")]
WebAddress = Annotated[str, Meta(max_length=2048, pattern=r"^https?://[^\x00-\x20<>\"]+(?!\n)$")]


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list. `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def in_our_times(moment: datetime | None) -> None:
    """Raises ValueError for a year before 1970 or after 2999: no such time is meant, and arithmetic on it overflows."""
    if moment is not None and not 1970 <= moment.year < 3000:
        raise ValueError("Expected a time in the years 1970 to 2999")


class FieldError(Contract, frozen=True, kw_only=True):
    pointer: str
    """JSON Pointer (RFC 6901) to the part of the request that is wrong."""
    detail: str


class Problem(Contract, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details, served as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []
