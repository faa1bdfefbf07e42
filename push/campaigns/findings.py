"""What was found in a campaign when it was looked at before it goes out."""

from datetime import datetime

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    code: str
    """The same for the same fault, whatever it is about."""
    pointer: str
    """JSON Pointer (RFC 6901) to the part of the campaign it is about; empty for all of it."""
    detail: str
    count: int | None = None
    """How many people, devices or texts it is about, where that is known."""
    facts: dict[str, str] = {}
    """What the detail names, for those who say it in other words."""


class Findings(Struct, frozen=True, kw_only=True):
    """Errors keep a campaign from going out, warnings do not."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


class Checked(Findings, frozen=True, kw_only=True):
    """What was found, when, in which version."""

    version: int
    at: datetime
