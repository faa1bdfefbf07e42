"""A person's own items and their mailbox, always changed together, so that the counts are exact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from push.clock import Clock
from push.database import Database, Session
from push.inbox.mailboxes.model import LOGGED, Change, Delta, Entry, KeptMark, Mailbox, delta_between
from push.inbox.mailboxes.store import MailboxStore
from push.inbox.model import InboxItem, Verb, broadcast_item, marked
from push.inbox.retention import Retention
from push.inbox.store import KEPT_EXPIRED, InboxStore

_WORTH_NAMING = 10
"""More changes at once than these are told as one."""


class Mailboxes:
    def __init__(
        self, database: Database, store: MailboxStore, items: InboxStore, retention: Retention, clock: Clock
    ) -> None:
        self._retention = retention
        self._database = database
        self.store = store
        self._items = items
        self._clock = clock

    async def put(self, items: Sequence[InboxItem], session: Session) -> None:
        kept = [
            replace(each, expires_at=await self._retention.end(each.app_id, each.created_at, each.expires_at))
            for each in items
        ]
        deltas = []
        for item in await self._items.put(kept, session):
            delta = delta_between(None, item, Entry("item", item.id))
            deltas.append((item.person_id, replace(delta, earliest=item.expires_at)))
        if deltas:
            await self.store.change(items[0].app_id, deltas, session)

    async def mark(self, app_id: str, person_id: str, wanted: str, verb: Verb) -> InboxItem | None:
        """The item with this done to it; None where there is none."""

        async def store(session: Session) -> InboxItem | None:
            item = await self._items.get(app_id, person_id, wanted, session)
            if item is None or item.expired(self._clock.now()):
                return None
            after = marked(item, verb, self._clock.now())
            if after == item:
                return item
            if verb == "delete":
                await self._items.remove([item], session)
                delta = delta_between(item, None, Entry("removed", item.id))
            else:
                await self._items.set_marks([after], session)
                delta = delta_between(item, after, Entry("changed", item.id))
            await self.store.change(app_id, [(person_id, delta)], session)
            return after

        return await self._database.transaction(store)

    async def mark_broadcasts(self, app_id: str, person_id: str, ends: Mapping[str, datetime], verb: Verb) -> None:
        """Remember what was done with broadcasts, given as campaign → its end; what was done with ended ones goes."""

        async def store(session: Session) -> None:
            now = self._clock.now()
            before = (await self.store.get(app_id, person_id, session)).marks
            found = {each: before.get(each) or KeptMark(until=until) for each, until in ends.items()}
            after = {each: marked(mark, verb, now) for each, mark in found.items()}
            changed = {each: mark for each, mark in after.items() if mark != found[each]}
            if changed:
                change: Change = "removed" if verb == "delete" else "changed"
                delta = Delta(
                    entries=_told([Entry(change, broadcast_item(each, person_id)) for each in changed]),
                    marks=changed,
                    forgotten=tuple(each for each, mark in before.items() if mark.until < now),
                )
                await self.store.change(app_id, [(person_id, delta)], session)

        await self._database.transaction(store)

    async def read_all(self, app_id: str, person_id: str, item_ids: Sequence[str]) -> None:
        """Those of the own items that are still unread are read."""
        wanted = frozenset(item_ids)

        async def store(session: Session) -> None:
            unread = await self._items.page(app_id, person_id, "unread", None, 0, session)
            before = [item for item in unread if item.id in wanted]
            after = [marked(item, "read", self._clock.now()) for item in before]
            await self._items.set_marks(after, session)
            if before:
                entries = _told([Entry("changed", item.id) for item in before])
                unseen = sum(item.unseen for item in before)
                delta = Delta(unread=-len(before), unseen=-unseen, entries=entries)
                await self.store.change(app_id, [(person_id, delta)], session)

        await self._database.transaction(store)

    async def without_expired(self, mailbox: Mailbox) -> Mailbox:
        """The mailbox after its expired items are taken out of the counts, for good."""
        now = self._clock.now()
        if mailbox.expires_at is None or mailbox.expires_at > now:
            return mailbox

        async def store(session: Session) -> Mailbox:
            return await self._expire(mailbox, now, session)

        return await self._database.transaction(store)

    async def _expire(self, mailbox: Mailbox, now: datetime, session: Session) -> Mailbox:
        app_id, person_id = mailbox.app_id, mailbox.id
        current = await self.store.get(app_id, person_id, session)
        if current.expires_at is None or current.expires_at > now:
            return current
        gone = await self._items.expired(app_id, person_id, now, session)
        await self._items.remove(gone, session)
        entries = _told([Entry("removed", item.id) for item in gone])
        delta = Delta(
            total=-len(gone),
            unread=-sum(item.unread for item in gone),
            unseen=-sum(item.unseen for item in gone),
            entries=entries,
        )
        await self.store.change(app_id, [(person_id, delta)], session)
        await self.store.set_expiry(
            app_id, person_id, await self._items.next_expiry(app_id, person_id, now, session), session
        )
        if current.expires_at + KEPT_EXPIRED <= now:
            # The database may have swept some of it, uncounted.
            await self._recount(current, session)
        return await self.store.get(app_id, person_id, session)

    async def merge(self, app_id: str, source: str, target: str, session: Session) -> None:
        """All that is the source's becomes the target's; of a campaign that both were sent, the target keeps theirs."""
        theirs = {item.campaign_id for item in await self._items.all_of(app_id, target, session)}
        moving = await self._items.all_of(app_id, source, session)
        left, known = await self.store.get(app_id, source, session), await self.store.get(app_id, target, session)
        if not moving and not left.marks:
            await self.store.remove(app_id, source, session)
            return
        await self._items.remove([item for item in moving if item.campaign_id in theirs], session)
        await self._items.hand_over(app_id, source, target, session)
        marks = {each: _both(left.marks.get(each), known.marks.get(each)) for each in {**left.marks, **known.marks}}
        await self.store.remove(app_id, source, session)
        await self._recount(replace(known, marks=marks), session)

    async def _recount(self, known: Mailbox, session: Session) -> None:
        items = await self._items.all_of(known.app_id, known.id, session)
        counted = replace(
            known,
            version=known.version + 1,
            log=(*known.log, Entry("all"))[-LOGGED:],
            total=len(items),
            unread=sum(item.unread for item in items),
            unseen=sum(item.unseen for item in items),
        )
        await self.store.replace(counted, session)
        expiries = [item.expires_at for item in items if item.expires_at is not None]
        await self.store.set_expiry(known.app_id, known.id, min(expiries, default=None), session)


def _told(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(entries) if len(entries) <= _WORTH_NAMING else (Entry("all"),)


def _both(first: KeptMark | None, second: KeptMark | None) -> KeptMark:
    """What either of two did with the same broadcast, when it was done first."""
    if first is None or second is None:
        return first or second or KeptMark()
    fields: dict[str, Any] = {}
    for name in KeptMark.__struct_fields__:
        times = [time for time in (getattr(first, name), getattr(second, name)) if time is not None]
        fields[name] = min(times, default=None)
    return KeptMark(**fields)
