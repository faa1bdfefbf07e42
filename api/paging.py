"""Lists: how long a page is, and opaque cursors."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from litestar.params import QueryParameter

from push.errors import BadCursor
from sdk_contracts.wire.common import Page

T = TypeVar("T")
V = TypeVar("V")

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many items a page has at most.")]
Cursor = Annotated[
    str,
    QueryParameter(
        max_length=512,
        pattern="^[A-Za-z0-9_-]*$",
        description="`next_cursor` of the page before; none for the first page.",
    ),
]
DEFAULT_LIMIT = 20


def opaque(cursor: str | None) -> str | None:
    """What the engine calls a place in a list, in a form nobody is tempted to read or build."""
    return None if cursor is None else base64.urlsafe_b64encode(cursor.encode()).rstrip(b"=").decode()


def place(cursor: str) -> str | None:
    """The engine's word for a place again; an empty cursor is none. Raises BadCursor."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadCursor from None


def page(items: Sequence[T], view: Callable[[T], V], next_cursor: str | None) -> Page[V]:
    return Page(items=[view(item) for item in items], next_cursor=opaque(next_cursor))
