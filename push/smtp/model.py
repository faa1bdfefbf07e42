"""An app's mail server."""

from typing import Literal

from msgspec import Struct

Security = Literal["starttls", "tls", "none"]


class Account(Struct, frozen=True, kw_only=True):
    """Where an app's letters are handed in, and whom they are from."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = None
    from_address: str
    sender_name: str | None = None
    reply_to: str | None = None


class ServerDown(Exception):
    """Its settings are wrong, or it will not have us: `reason` is a short name, and trying again does not mend it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class ServerAway(Exception):
    """It cannot be reached now; the same may work later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
