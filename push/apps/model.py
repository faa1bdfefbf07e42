"""A tenant and its keys."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

AttributeType = Literal["string", "number", "bool", "date"]
Role = Literal["owner", "marketer", "author", "analyst", "sender"]


class QuietHours(Struct, frozen=True, kw_only=True, gc=False, rename={"from_": "from"}):
    """Wall-clock times `HH:MM` in the person's own time zone; may pass midnight. The same time twice means none."""

    from_: str
    to: str


class App(Struct, frozen=True, kw_only=True):
    """One mobile or web product with its own keys, people and data."""

    id: str
    name: str
    created_at: datetime
    vapid_public_key: str
    vapid_subject: str
    categories: tuple[str, ...] = ()
    identity_verification: bool = False
    attributes: dict[str, AttributeType] = {}
    """The type that each attribute of its people has; once fixed it stays."""
    fcm_project_id: str | None = None
    smtp_host: str | None = None
    """Its mail server's, where it has one."""
    email_from: str | None = None
    timezone: str = "UTC"
    """Where devices are that have not told their own."""
    quiet_hours: QuietHours | None = QuietHours(from_="21:00", to="08:00")
    """When promotion waits, for those who have no quiet hours of their own."""
    promotions_per_day: int | None = 5
    """How many campaigns of promotion a person is pushed within 24 hours at most."""
    badge: bool = False
    """Pushes carry how much is unread."""
    inbox_days: int | None = None
    """How long inboxes keep what is put into them; None: as long as it says itself."""
    events_days: int = 90
    """How long reported events are kept; their counts stay."""
    promotion_label: str | None = None
    """Promotion has to say this word, as laws on advertising may demand."""
    sender_name: str | None = None
    """Promotion has to name its sender so."""
    four_eyes_above: int | None = None
    """A campaign to more people than this goes out only if somebody else than who wrote it has approved it."""


class AppCreated(Struct, frozen=True):
    app: App
    publishable_key: str
    secret_key: str


class KeyRecord(Struct, frozen=True, kw_only=True):
    """What is kept of a key: never the key."""

    id: str
    app_id: str
    kind: Literal["publishable", "secret"]
    role: Role | None
    name: str | None
    hint: str
    created_at: datetime
    revoked_at: datetime | None = None


class Principal(Struct, frozen=True):
    """Who is calling, and what they may do."""

    app_id: str
    kind: Literal["publishable", "secret", "device"]
    role: Role | None = None
    key_id: str | None = None
    device_id: str | None = None
    generation: int = 0
    """Of a device key."""


class VapidKey(Struct, frozen=True):
    """An app's Web Push identity (RFC 8292)."""

    private_pem: bytes
    public: str
    """Uncompressed P-256 point, base64url without padding."""
    subject: str
