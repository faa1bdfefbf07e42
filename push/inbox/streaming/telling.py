"""From what a reader saw to what they see now, in events."""

from collections.abc import AsyncIterator, Sequence

from msgspec.structs import replace

from push.inbox.broadcasts.model import Joined
from push.inbox.mailboxes.model import Entry
from push.inbox.model import broadcast_item, campaign_of
from push.inbox.reading import Reader
from push.inbox.store import InboxStore
from push.inbox.streaming.model import Place, Told


class Teller:
    def __init__(self, items: InboxStore) -> None:
        self._items = items

    async def resumed(self, reader: Reader, place: Place | None) -> AsyncIterator[Told]:
        """What was missed since `place`, then the summary."""
        here = place_of(reader)
        missed = None if place is None or place.person_id != reader.person_id else reader.mailbox.since(place.version)
        if place is None or missed is None or place.number > here.number:
            yield summary(reader, here, reload=place is not None)
            return
        at = place
        async for told in self._changes(reader, missed, at):
            at = told.place
            yield told
        at = replace(at, version=here.version)
        shown = {each.broadcast.number: each for each in reader.visible.broadcasts if self._shows(reader, each)}
        gone = dict(reader.listing.ended)
        for number in sorted(number for number in {**shown, **gone} if number > place.number):
            at = replace(at, number=number)
            yield _removed(reader, gone[number], at) if number in gone else _item(reader, shown[number], at)
        yield summary(reader, here, reload=any(entry.change == "all" for entry in missed))

    async def next(self, before: Reader, reader: Reader) -> AsyncIterator[Told]:
        """What has changed between the two."""
        at = place_of(before)
        missed = reader.mailbox.since(at.version)
        async for told in self._changes(reader, missed or (), at):
            at = told.place
            yield told
        at = replace(at, version=reader.mailbox.version)
        for campaign in sorted(before.visible.ids - reader.visible.ids):
            yield _removed(reader, campaign, at)
        new = [each for each in reader.visible.broadcasts if each.id not in before.visible.ids]
        for joined in sorted(new, key=lambda each: each.broadcast.number):
            if self._shows(reader, joined):
                at = replace(at, number=max(at.number, joined.broadcast.number))
                yield _item(reader, joined, at)
        reload = missed is None or any(entry.change == "all" for entry in missed)
        if reload or before.counts() != reader.counts():
            yield summary(reader, place_of(reader), reload=reload)

    @staticmethod
    def _shows(reader: Reader, joined: Joined) -> bool:
        return reader.mark(joined.id).deleted_at is None

    async def _changes(self, reader: Reader, entries: Sequence[Entry], place: Place) -> AsyncIterator[Told]:
        """Each item once, by the last that happened to it."""
        last = {entry.item_id: number for number, entry in enumerate(entries)}
        new = {entry.item_id for entry in entries if entry.change == "item"}
        for number, entry in enumerate(entries):
            if entry.change == "all" or last[entry.item_id] != number:
                continue
            at = replace(place, version=place.version + number + 1)
            if entry.change == "removed":
                yield Told(kind="removed", place=at, item_id=entry.item_id)
                continue
            campaign = campaign_of(entry.item_id)
            if entry.item_id == broadcast_item(campaign, reader.person_id) and campaign in reader.visible.ids:
                joined = next(each for each in reader.visible.broadcasts if each.id == campaign)
                item = reader.item(joined)
            else:
                found = await self._items.get(reader.app_id, reader.person_id, entry.item_id)
                if found is None:
                    continue  # It went meanwhile, which is told next.
                item = found
            yield Told(kind="item" if entry.item_id in new else "changed", place=at, item=item)


def place_of(reader: Reader) -> Place:
    """All that this reader sees is known there."""
    return Place(reader.person_id, reader.mailbox.version, reader.listing.number)


def summary(reader: Reader, place: Place, *, reload: bool = False) -> Told:
    unread, unseen = reader.counts()
    return Told(kind="summary", place=place, unread=unread, unseen=unseen, reload=reload)


def _item(reader: Reader, joined: Joined, place: Place) -> Told:
    return Told(kind="item", place=place, item=reader.item(joined))


def _removed(reader: Reader, campaign: str, place: Place) -> Told:
    return Told(kind="removed", place=place, item_id=broadcast_item(campaign, reader.person_id))
