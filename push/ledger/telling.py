"""Whoever wants to know what became of deliveries has it written down in the transaction that stores it."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from msgspec import Struct

from push.database import Session

Write = Callable[[Session], Awaitable[None]]


class Happened(Struct, frozen=True):
    """One step or end of one delivery."""

    step: str
    delivery_id: str
    at: datetime
    reason: str | None = None


Ask = Callable[[str, Callable[[], Iterable[Happened]]], Awaitable[Write | None]]


class Telling:
    def __init__(self) -> None:
        self.ask: Ask | None = None
        """Asked (app, what happened) before it is stored: what to write along, or None where nobody wants to know."""

    async def of(self, app_id: str, happened: Callable[[], Iterable[Happened]]) -> Write | None:
        """`happened` is called only where somebody wants to know."""
        return await self.ask(app_id, happened) if self.ask is not None else None
