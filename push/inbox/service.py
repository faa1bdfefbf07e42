"""A person's message centre: putting items in, showing them, remembering what was done with them."""

from collections.abc import Awaitable, Callable, Sequence

from push.clock import Clock
from push.database import Session
from push.errors import BadCursor, ItemNotFound
from push.inbox.model import Filter, InboxItem, InboxPage, Verb
from push.inbox.store import InboxStore

Report = Callable[[str, Sequence[str], str], Awaitable[None]]
"""Told (app, delivery ids, step) when a person shows by the inbox how far a delivery got."""
_STEPS: dict[Verb, str] = {"seen": "displayed", "read": "opened", "acknowledge": "acknowledged"}


class Inbox:
    def __init__(self, store: InboxStore, clock: Clock, report: Report) -> None:
        self._store = store
        self._clock = clock
        self._report = report

    async def put(self, items: Sequence[InboxItem], session: Session) -> None:
        await self._store.put(items, session)

    async def page(self, app_id: str, person_id: str, view: Filter, limit: int, cursor: str | None) -> InboxPage:
        """Newest first; items that arrive later never shift a page. Raises BadCursor."""
        if cursor is not None and not (len(cursor) == 24 and cursor.isalnum()):
            raise BadCursor
        now = self._clock.now()
        found = await self._store.page(app_id, person_id, view, cursor, limit + 1)
        unread, _ = await self._store.unread(app_id, person_id, now)
        items = [item for item in found[:limit] if not item.expired(now)]
        return InboxPage(items, found[limit - 1].order if len(found) > limit else None, unread)

    async def summary(self, app_id: str, person_id: str) -> tuple[int, int]:
        """How many are unread, and how many of those were never shown."""
        return await self._store.unread(app_id, person_id, self._clock.now())

    async def mark(self, app_id: str, person_id: str, item_id: str, verb: Verb) -> None:
        """Idempotent, in any order. Raises ItemNotFound, except where what is deleted is to be deleted."""
        item = await self._store.get(app_id, person_id, item_id)
        if item is None or item.expired(self._clock.now()):
            if verb == "delete":
                return
            raise ItemNotFound(item_id)
        if verb == "delete":
            await self._store.remove(app_id, item_id)
            return
        await self._store.mark(app_id, item_id, verb, self._clock.now())
        if verb in _STEPS:
            await self._report(app_id, [item.delivery_id], _STEPS[verb])

    async def read_all(self, app_id: str, person_id: str) -> None:
        """Everything unread now is read, and counted as opened; what arrives meanwhile is not."""
        now = self._clock.now()
        everything = await self._store.page(app_id, person_id, "unread", None, 0)
        unread = [item for item in everything if not item.expired(now)]
        # Reported first: who has to ask again finds them unread still, and a second report changes nothing.
        await self._report(app_id, [item.delivery_id for item in unread], _STEPS["read"])
        await self._store.read_all(app_id, [item.id for item in unread], now)
