"""Whoever wants to know that the state of a campaign moved has it written down with the move: both or neither."""

from collections.abc import Awaitable, Callable

from push.campaigns.model import Campaign
from push.database import Database, Session

Write = Callable[[Session], Awaitable[None]]


class Telling:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.ask: Callable[[Campaign, str | None], Awaitable[Write | None]] | None = None
        """Asked (campaign as it becomes, state it was in, if any) before a move: what to write along, or None."""

    async def of(self, becomes: Campaign, was: str | None) -> Write | None:
        return await self.ask(becomes, was) if self.ask is not None else None

    async def along(
        self,
        store: Callable[[Session | None], Awaitable[bool]],
        was: Campaign,
        becomes: Campaign,
        session: Session | None = None,
    ) -> bool:
        """Do what `store` does, which says whether it did; in a transaction where somebody wants to know."""
        write = await self.of(becomes, was.state) if becomes.state != was.state else None
        if write is None:
            return await store(session)

        async def both(session: Session) -> bool:
            done = await store(session)
            if done:
                await write(session)
            return done

        return await both(session) if session is not None else await self._database.transaction(both)
