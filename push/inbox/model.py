"""What a person sees in the app's message centre."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from push.content.model import Action

Verb = Literal["read", "unread", "seen", "archive", "unarchive", "acknowledge", "delete"]
Filter = Literal["all", "unread", "archived"]


class InboxItem(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    person_id: str
    order: str
    """Sorts by the moment of delivery, and is unique: what pages go by."""
    campaign_id: str
    delivery_id: str
    kind: str
    category: str | None
    title: str
    body: str
    image_url: str | None
    link: str | None
    actions: tuple[Action, ...]
    data: dict[str, str]
    created_at: datetime
    expires_at: datetime | None = None
    seen_at: datetime | None = None
    read_at: datetime | None = None
    archived_at: datetime | None = None
    acknowledged_at: datetime | None = None
    views: tuple[str, ...] = ("all", "unread")
    """The filters that show it: one multikey index serves them all."""

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class InboxPage(Struct, frozen=True):
    items: list[InboxItem]
    next_cursor: str | None
    unread: int
