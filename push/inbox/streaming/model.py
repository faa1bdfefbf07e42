"""What a stream tells, and where in it somebody is."""

import re
from typing import Literal

from msgspec import Struct

from push.ids import body
from push.inbox.model import InboxItem

_PLACE = re.compile(r"([0-9a-v]{24})-(\d{1,15})-(\d{1,15})")


class Place(Struct, frozen=True):
    """All that came before is known: changes to the person's mailbox, and changes to the app's broadcasts."""

    person_id: str
    version: int
    number: int

    def __str__(self) -> str:
        return f"{body(self.person_id)}-{self.version}-{self.number}"


NOWHERE = Place("", 0, 0)
"""Not in this person's inbox."""


def to_place(written: str | None) -> Place | None:
    """None where it was not written here."""
    found = _PLACE.fullmatch(written or "")
    return Place(f"per_{found[1]}", int(found[2]), int(found[3])) if found else None


class Told(Struct, frozen=True, kw_only=True):
    """One event. Who reads on from `place` gets all that comes behind it, once."""

    kind: Literal["item", "changed", "removed", "summary"]
    place: Place
    item: InboxItem | None = None
    item_id: str = ""
    """Of what was removed."""
    unread: int = 0
    unseen: int = 0
    reload: bool = False
    """More has changed than is told here: the inbox is to be read anew."""
