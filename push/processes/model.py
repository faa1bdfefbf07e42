"""A process that writes to the database: how long it counts as alive, and what it may hold there."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

Kind = Literal["worker", "api", "command"]

INSTALLATION = "installation"
"""Stands in the place of an app: a process serves all of them, and still every command to the database names one."""


class Process(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str = INSTALLATION
    kind: Kind
    started_at: datetime
    alive_until: datetime
    """On the database's clock; put off while the process lives."""
    sessions: tuple[bytes, ...]
    """The only ones in which it runs transactions."""

    def lapsed(self, now: datetime) -> bool:
        return self.alive_until <= now
