"""A person's message centre: putting items in, showing them, remembering what was done with them."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from push.clock import Clock
from push.database import Document, Session
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.errors import DeviceNotFound, ItemNotFound
from push.ids import body, first_id, made_at
from push.inbox.broadcasts.live import LiveBroadcasts
from push.inbox.broadcasts.model import Joined
from push.inbox.mailboxes.service import Mailboxes
from push.inbox.model import Filter, InboxItem, InboxPage, Verb, broadcast_item, campaign_of, checked
from push.inbox.reading import Reader
from push.inbox.store import InboxStore

Report = Callable[[str, Mapping[str, Document | None], str], Awaitable[None]]
"""Told (app, deliveries, step) when a person shows by the inbox how far a delivery got. A delivery that may be new to
the ledger brings its row."""
_MANY = 200
_HOURS = (1, 24, 24 * 30)
_STEPS: dict[Verb, str] = {"seen": "displayed", "read": "opened", "acknowledge": "acknowledged"}


class Inbox:
    def __init__(
        self,
        items: InboxStore,
        mailboxes: Mailboxes,
        live: LiveBroadcasts,
        devices: DeviceStore,
        clock: Clock,
        report: Report,
    ) -> None:
        self._items = items
        self._mailboxes = mailboxes
        self._live = live
        self._devices = devices
        self._clock = clock
        self._report = report

    async def put(self, items: Sequence[InboxItem], session: Session) -> None:
        await self._mailboxes.put(items, session)

    async def reader(self, app_id: str, device_id: str) -> Reader:
        """Who uses the device now: one read, or two where a live broadcast is not for all. Raises DeviceNotFound."""
        listing = await self._live.of(app_id)
        found = await self._mailboxes.store.of_device(app_id, device_id)
        if found is None or found[0].uninstalled_at is not None:
            raise DeviceNotFound(device_id)
        device, mailbox = found
        devices: tuple[Device, ...] = (device,)
        if listing.selective:
            devices = tuple(await self._devices.of_person(app_id, device.person_id)) or devices
        mailbox = await self._mailboxes.without_expired(mailbox)
        return Reader(device, devices, mailbox, listing, listing.visible(devices))

    def again(self, reader: Reader) -> Reader:
        """The same reader and the broadcasts that are live now, as far as is known without asking."""
        listing = self._live.known(reader.app_id)
        if listing is reader.listing:
            return reader
        return replace(reader, listing=listing, visible=listing.visible(reader.devices))

    async def page(self, reader: Reader, view: Filter, limit: int, cursor: str | None) -> InboxPage:
        """Newest first, own items and broadcasts in one order; what arrives later never shifts a page.

        Raises BadCursor.
        """
        before = checked(cursor)
        own = await self._own(reader, view, before, limit + 1)
        joined = itertools.islice(reader.broadcasts(view, before), limit + 1)
        both: list[InboxItem | Joined] = [*own, *joined]
        found = sorted(both, key=lambda each: each.order, reverse=True)[: limit + 1]
        now = self._clock.now()
        items = [reader.item(each) if isinstance(each, Joined) else each for each in found[:limit]]
        unread, _ = reader.counts()
        following = found[limit - 1].order if len(found) > limit else None
        return InboxPage([item for item in items if not item.expired(now)], following, unread)

    async def _own(self, reader: Reader, view: Filter, before: str | None, limit: int) -> list[InboxItem]:
        """Own items, newest first. Where there are many, a longer and longer time is looked at until it is enough:
        the embedded database reads all that lies between the bounds, however few are asked for."""
        if reader.mailbox.total > _MANY:
            since = made_at(before) if before is not None else self._clock.now()
            for hours in _HOURS:
                oldest = body(first_id("itm", since - timedelta(hours=hours)))
                found = await self._items.page(reader.app_id, reader.person_id, view, before, limit, not_before=oldest)
                if len(found) == limit:
                    return found
        return await self._items.page(reader.app_id, reader.person_id, view, before, limit)

    async def mark(self, reader: Reader, item_id: str, verb: Verb) -> None:
        """Idempotent, in any order. Raises ItemNotFound, except where what is deleted is to be deleted."""
        joined = self._broadcast(reader, item_id) or await self._just_laid_out(reader, item_id)
        rows: dict[str, Document | None] = {}
        if joined is not None:
            ends = {joined.id: joined.broadcast.ends_at}
            await self._mailboxes.mark_broadcasts(reader.app_id, reader.person_id, ends, verb)
            row = joined.broadcast.row(reader.person_id)
            rows[row["_id"]] = row
        else:
            item = await self._mailboxes.mark(reader.app_id, reader.person_id, item_id, verb)
            if item is None:
                if verb == "delete":
                    return
                raise ItemNotFound(item_id)
            rows[item.delivery_id] = None
        if verb in _STEPS:
            await self._report(reader.app_id, rows, _STEPS[verb])

    async def _just_laid_out(self, reader: Reader, item_id: str) -> Joined | None:
        """A broadcast that another process has shown, a moment before this one is told of it."""
        campaign = campaign_of(item_id)
        if item_id != broadcast_item(campaign, reader.person_id) or campaign in reader.visible.ids:
            return None
        if await self._items.get(reader.app_id, reader.person_id, item_id) is not None:
            return None
        await self._live.refresh(reader.app_id)
        return self._broadcast(self.again(reader), item_id)

    async def read_all(self, reader: Reader) -> None:
        """Everything unread now is read, and counted as opened; what arrives meanwhile is not."""
        now, app_id, person_id = self._clock.now(), reader.app_id, reader.person_id
        own = await self._items.page(app_id, person_id, "unread", None, 0)
        unread = [item for item in own if not item.expired(now)]
        joined = [each.broadcast for each in reader.broadcasts("unread", None)]
        rows: dict[str, Document | None] = {item.delivery_id: None for item in unread}
        rows |= {row["_id"]: row for row in (each.row(person_id) for each in joined)}
        # Reported first: who has to ask again finds them unread still, and a second report changes nothing.
        await self._report(app_id, rows, _STEPS["read"])
        if unread:
            await self._mailboxes.read_all(app_id, person_id, [item.id for item in unread])
        if joined:
            ends = {each.id: each.ends_at for each in joined}
            await self._mailboxes.mark_broadcasts(app_id, person_id, ends, "read")

    @staticmethod
    def _broadcast(reader: Reader, item_id: str) -> Joined | None:
        """The broadcast that this is the reader's item of; one they have deleted is not there any more."""
        campaign = campaign_of(item_id)
        if campaign not in reader.visible.ids or item_id != broadcast_item(campaign, reader.person_id):
            return None
        if reader.mark(campaign).deleted_at is not None:
            return None
        return next(each for each in reader.visible.broadcasts if each.id == campaign)
