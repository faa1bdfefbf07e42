"""`from` and `to` of numbers."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from api.decoding import bad_field
from sdk_contracts.wire.common import Time, in_our_times

Since = Annotated[str, QueryParameter(name="from", description="A week before the end unless given.")]
Until = Annotated[str, QueryParameter(name="to", description="Now unless given.")]
UNSAID = "-"
STRICTER = {"from": Time, "to": Time}
"""What the document says of them."""


def moment(name: str, text: str) -> datetime | None:
    """Raises BadInput."""
    if text == UNSAID:
        return None
    try:
        moment: datetime = msgspec.convert(text, Time)
        in_our_times(moment)
    except ValueError as error:
        raise bad_field(f"/{name}", str(error)) from None
    return moment
