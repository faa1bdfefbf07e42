"""What a person sees in the app's message centre, and what they did with it."""

import re
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from push.content.model import Action
from push.errors import BadCursor
from push.ids import body, first_id

Verb = Literal["read", "unread", "seen", "archive", "unarchive", "acknowledge", "delete"]
Filter = Literal["all", "unread", "archived"]
M = TypeVar("M", bound="Mark")
_CURSOR = re.compile(r"[0-9a-v]{24}")
_OLDEST, _NEWEST = (body(first_id("itm", datetime(year, 1, 1, tzinfo=UTC))) for year in (2000, 3000))
"""No item is of another time, and arithmetic on it would overflow."""


class Mark(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person did with an item; the first time of each thing stays."""

    seen_at: datetime | None = None
    read_at: datetime | None = None
    archived_at: datetime | None = None
    acknowledged_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def unread(self) -> bool:
        return self.read_at is None and self.archived_at is None and self.deleted_at is None

    @property
    def unseen(self) -> bool:
        """Of the unread ones, those that were never shown."""
        return self.unread and self.seen_at is None

    @property
    def shown_in(self) -> tuple[str, ...]:
        """The filters that show it."""
        if self.deleted_at is not None:
            return ()
        if self.archived_at is not None:
            return ("archived",)
        return ("all",) if self.read_at is not None else ("all", "unread")


def marked(mark: M, verb: Verb, at: datetime) -> M:
    """The mark after this was done; doing it again changes nothing."""
    fields: dict[Verb, dict[str, Any]] = {
        "read": {"read_at": mark.read_at or at, "seen_at": mark.seen_at or at},
        "unread": {"read_at": None},
        "seen": {"seen_at": mark.seen_at or at},
        "archive": {"archived_at": mark.archived_at or at},
        "unarchive": {"archived_at": None},
        "acknowledge": {"acknowledged_at": mark.acknowledged_at or at, "seen_at": mark.seen_at or at},
        "delete": {"deleted_at": mark.deleted_at or at},
    }
    return replace(mark, **fields[verb])


class InboxItem(Mark, frozen=True, kw_only=True, omit_defaults=False):
    id: str
    app_id: str
    person_id: str
    order: str
    """Sorts by the moment of delivery, and is unique: what pages go by."""
    campaign_id: str
    delivery_id: str
    kind: str
    category: str | None = None
    title: str
    body: str
    image_url: str | None = None
    link: str | None = None
    actions: tuple[Action, ...]
    data: dict[str, str]
    highlighted: bool = False
    created_at: datetime
    expires_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class InboxPage(Struct, frozen=True):
    items: list[InboxItem]
    next_cursor: str | None
    unread: int


def item_id(delivery_id: str) -> str:
    """One item a delivery: `itm_`, the campaign, the person."""
    return f"itm_{delivery_id[4:28]}{delivery_id[29:]}"


def broadcast_item(campaign_id: str, person_id: str) -> str:
    """A person's item of a broadcast."""
    return f"itm_{body(campaign_id)}{body(person_id)}"


def campaign_of(item: str) -> str:
    return f"cmp_{item[4:28]}"


def checked(cursor: str | None) -> str | None:
    """The cursor, which is the `order` of the item that the page before ended with. Raises BadCursor."""
    if cursor is not None and not (_CURSOR.fullmatch(cursor) and _OLDEST < cursor < _NEWEST):
        raise BadCursor
    return cursor
