"""One person's mailbox: counts of their own items, what they did with broadcasts, and what changed last."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from push.inbox.model import Mark

NEVER = datetime(2999, 1, 1, tzinfo=UTC)
_NOTHING = Mark(deleted_at=NEVER)
LOGGED = 50
"""So many changes are remembered: who was away for more must read the inbox anew."""
Change = Literal["item", "changed", "removed", "all"]


class Entry(Struct, frozen=True):
    """What happened to one item; `all` means to more of them than are worth naming."""

    change: Change
    item_id: str = ""


class KeptMark(Mark, frozen=True, kw_only=True, omit_defaults=True):
    until: datetime = NEVER
    """When the broadcast ends, and this may be forgotten."""


class Mailbox(Struct, frozen=True, kw_only=True):
    """`version` grows by one with each entry of the log, so the last entry is that of `version` itself."""

    id: str
    """The person's."""
    app_id: str
    version: int = 0
    total: int = 0
    """How many items the person has of their own."""
    unread: int = 0
    """Of the person's own items, expired ones included until `expires_at` has been seen to."""
    unseen: int = 0
    expires_at: datetime | None = None
    """When the first of the own items expires."""
    marks: dict[str, KeptMark] = {}
    """Campaign → what the person did with its broadcast."""
    log: tuple[Entry, ...] = ()

    def since(self, version: int) -> Sequence[Entry] | None:
        """What happened after `version`, oldest first. None where it is not remembered that far."""
        missed = self.version - version
        if missed < 0 or missed > len(self.log):
            return None
        return self.log[len(self.log) - missed :]


class Delta(Struct, kw_only=True):
    """A change to a mailbox, ready to be written."""

    total: int = 0
    unread: int = 0
    unseen: int = 0
    entries: tuple[Entry, ...] = ()
    marks: dict[str, KeptMark] = {}
    forgotten: tuple[str, ...] = ()
    """Campaigns whose marks are not needed any more."""
    earliest: datetime | None = None
    """An item comes that expires then."""


def delta_between(before: Mark | None, after: Mark | None, entry: Entry) -> Delta:
    """What it means for the counts that an item came, changed or went."""
    was, becomes = before or _NOTHING, after or _NOTHING
    return Delta(
        total=(after is not None) - (before is not None),
        unread=becomes.unread - was.unread,
        unseen=becomes.unseen - was.unseen,
        entries=(entry,),
    )
