"""An entry of the audit log."""

from datetime import datetime

from msgspec import Struct

from sdk_contracts.wire.apps import AuditAction

Details = dict[str, str | int | list[str] | None]
"""Never a secret, and nothing about a person."""


class Entry(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    at: datetime
    key_id: str | None
    """The secret key it was done with; absent where none was needed."""
    role: str | None
    action: AuditAction
    object_id: str
    """What it was done to: a campaign, a key, or the app itself."""
    details: Details = {}


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries: those for which all of it holds."""

    actions: tuple[AuditAction, ...] = ()
    """One of these, if there are any."""
    key_id: str | None = None
    """Empty: those that needed no key."""
    object_id: str | None = None
