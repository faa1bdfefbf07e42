"""A batch made ready to be sent."""

from datetime import datetime

from msgspec import Struct, field

from push.inbox.model import InboxItem
from push.senders.model import Notification


class Target(Struct, frozen=True, gc=False):
    """Whom a notification is for."""

    delivery_id: str
    recipient: str
    device_id: str | None
    platform: str | None
    fingerprint: str | None
    """Of an address that can be retired."""


class Work(Struct, kw_only=True):
    """A batch made ready. `targets` belong to `notifications`, one to one."""

    notifications: list[Notification] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    items: list[InboxItem] = field(default_factory=list)
    ended: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Deliveries that go nowhere: delivery id → (state, reason)."""
    asleep: dict[datetime, dict[str, str | None]] = field(default_factory=dict)
    """Recipients who are to wait, with their devices as the batch names them, by until when."""
