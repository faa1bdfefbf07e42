"""What is counted of devices by day (UTC) and platform."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

Change = Literal["registered", "imported", "uninstalled", "opted_in", "opted_out", "address_new", "address_gone"]
CHANGES: tuple[Change, ...] = (
    "registered", "imported", "uninstalled", "opted_in", "opted_out", "address_new", "address_gone",
)  # fmt: skip
"""`opted_in` and `opted_out` are changes of mind: what a device says as it registers is neither.
An address is new where there was none, and gone where there is none after it."""


class Day(Struct, frozen=True, kw_only=True):
    at: datetime
    """Its beginning."""
    by_platform: Mapping[str, Mapping[str, int]]
    """Platform → change → how many."""


def day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
