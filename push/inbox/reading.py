"""Who reads an inbox, and what of the broadcasts they see."""

import bisect
import hashlib
from collections.abc import Iterator

from msgspec import Struct

from push import __version__
from push.devices.model import Device
from push.inbox.broadcasts.live import Listing, Visible
from push.inbox.broadcasts.model import Joined
from push.inbox.mailboxes.model import KeptMark, Mailbox
from push.inbox.model import Filter, InboxItem

UNTOUCHED = KeptMark()


class Reader(Struct, frozen=True):
    """A person looking through one of their devices, as of one moment."""

    device: Device
    devices: tuple[Device, ...]
    """All of the person's that a live broadcast may ask for."""
    mailbox: Mailbox
    listing: Listing
    visible: Visible

    @property
    def app_id(self) -> str:
        return self.device.app_id

    @property
    def person_id(self) -> str:
        return self.device.person_id

    def mark(self, campaign_id: str) -> KeptMark:
        return self.mailbox.marks.get(campaign_id, UNTOUCHED)

    def counts(self) -> tuple[int, int]:
        """How many items are unread, and how many of those were never shown."""
        marks = [mark for campaign, mark in self.mailbox.marks.items() if campaign in self.visible.ids]
        read = sum(not mark.unread for mark in marks)
        seen = sum(mark.unread and mark.seen_at is not None for mark in marks)
        unread = len(self.visible.broadcasts) - read
        return max(0, self.mailbox.unread) + unread, max(0, self.mailbox.unseen) + unread - seen

    def broadcasts(self, view: Filter, before: str | None) -> Iterator[Joined]:
        """Those that the filter shows, newest first."""
        all_of_them = self.visible.broadcasts
        start = 0
        if before is not None:
            # Orders descend, so what bisect compares is turned around.
            start = bisect.bisect_right(all_of_them, _Descending(before), key=lambda each: _Descending(each.order))
        for number in range(start, len(all_of_them)):
            joined = all_of_them[number]
            mark = self.mailbox.marks.get(joined.id)
            if (view != "archived") if mark is None else view in mark.shown_in:
                yield joined

    def item(self, joined: Joined) -> InboxItem:
        return joined.item(self.person_id, self.device.locale, self.mark(joined.id))

    def fingerprint(self, *asked: object) -> str:
        """Differs whenever the answer to what is asked might."""
        place = (__version__, self.person_id, self.mailbox.version, self.visible.digest, self.device.locale)
        return hashlib.blake2b(repr((place, asked)).encode(), digest_size=16).hexdigest()


class _Descending(str):
    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)
