"""The app itself: its public settings, its keys, its provider credentials."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, to_builtins

from sdk_contracts.wire.common import AttributeType, Contract, Key, Name, Request, Time, Timezone
from sdk_contracts.wire.people import QuietHours

Role = Literal["owner", "marketer", "author", "analyst", "sender"]

Words = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$")]
Subject = Annotated[str, Meta(max_length=256, pattern=r"^(mailto:[^@\s]+@|https://)[^@\s]+(?!\n)$")]
"""Whom a push service may turn to (RFC 8292, section 2.1)."""


class PublicSettings(Contract, frozen=True, kw_only=True):
    app_id: str
    name: str
    vapid_public_key: str
    """Uncompressed P-256 point, base64url without padding: `applicationServerKey`."""
    categories: list[str]


class Settings(Contract, frozen=True, kw_only=True):
    app_id: str
    name: str
    vapid_public_key: str
    vapid_subject: str
    categories: list[str]
    identity_verification: bool
    attributes: dict[str, AttributeType]
    """The type of each attribute that people have."""
    fcm_project_id: str | None
    smtp_host: str | None
    """Of the mail server that letters are handed in at."""
    email_from: str | None
    timezone: str
    """Where devices are that have not told their own."""
    quiet_hours: QuietHours | None
    """When promotion waits, by the clock where the device is, unless the person has quiet hours of their own."""
    promotions_per_day: int | None
    badge: bool
    """Pushes carry how many items the person has unread; iOS shows it on the app's icon."""
    inbox_days: int | None
    """How long inboxes keep what comes into them from now on; null: until it expires by itself."""
    """How many campaigns of promotion a person is pushed within 24 hours at most."""
    events_days: int
    """How long reported events are kept for exports; what was counted of them stays."""
    promotion_label: str | None
    """Each text of promotion has to say this word, `[AD]` or `【广告】` for example; null: none is demanded."""
    sender_name: str | None
    """Each text of promotion has to name its sender so; null: none is demanded."""
    four_eyes_above: int | None
    """A campaign to more people than this is launched only once somebody else than who wrote it has approved it."""
    created_at: Time


_LIFTED_BY_NULL = (
    "quiet_hours",
    "promotions_per_day",
    "inbox_days",
    "four_eyes_above",
    "promotion_label",
    "sender_name",
)


class SettingsChange(Request, frozen=True, kw_only=True):
    """What to change. Null is the same as left out, but for the limits, which it lifts."""

    name: Name | None = None
    categories: Annotated[list[Key], Meta(max_length=100)] | None = None
    identity_verification: bool | None = None
    attributes: Annotated[dict[Key, AttributeType], Meta(max_length=500)] | None = None
    """Types to declare; one that an attribute has already cannot be changed."""
    vapid_subject: Subject | None = None
    timezone: Timezone | None = None
    quiet_hours: QuietHours | None | UnsetType = UNSET
    promotions_per_day: Annotated[int, Meta(ge=1, le=1000)] | None | UnsetType = UNSET
    badge: bool | None = None
    inbox_days: Annotated[int, Meta(ge=1, le=3650)] | None | UnsetType = UNSET
    events_days: Annotated[int, Meta(ge=61, le=3650)] | None = None
    """Longer than an event may come late (60 days), so that none counts twice. It holds for what comes from now on."""
    promotion_label: Words | None | UnsetType = UNSET
    sender_name: Words | None | UnsetType = UNSET
    four_eyes_above: Annotated[int, Meta(ge=0, le=100_000)] | None | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """The fields it speaks of, as JSON has them."""
        return {
            name: value for name, value in to_builtins(self).items() if value is not None or name in _LIFTED_BY_NULL
        }


class KeyRequest(Request, frozen=True, kw_only=True):
    kind: Literal["secret", "publishable"] = "secret"
    role: Role | None = None
    """Required for a secret key."""
    name: Name | None = None


class KeyView(Contract, frozen=True, kw_only=True):
    id: str
    kind: Literal["secret", "publishable"]
    role: Role | None
    name: str | None
    hint: str
    """The last four characters, to tell keys apart."""
    created_at: Time
    revoked_at: Time | None


class KeyCreated(Contract, frozen=True, kw_only=True):
    """`key` is shown this once; only its hash is kept."""

    id: str
    key: str
    kind: Literal["secret", "publishable"]
    role: Role | None


class FcmCredentials(Request, frozen=True, kw_only=True):
    service_account: Annotated[dict[str, Any], Meta(max_length=30)]
    """The service-account JSON downloaded from the Firebase console."""


Host = Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+(?!\n)$")]
EmailAddress = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s<>\"(),;:\\]+@[A-Za-z0-9.-]+(?!\n)$")]


class SmtpCredentials(Request, frozen=True, kw_only=True):
    """The app's own mail server. It is signed in at before this is kept, and never given out again."""

    host: Host
    port: Annotated[int, Meta(ge=1, le=65_535)]
    """465, 587, 25 or 2525."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for hosts that the operator has named."""
    username: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    password: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    from_address: EmailAddress
    sender_name: Name | None = None
    reply_to: EmailAddress | None = None


AuditAction = Literal[
    "campaign.tested",
    "campaign.submitted",
    "campaign.approved",
    "campaign.rejected",
    "campaign.launched",
    "campaign.paused",
    "campaign.resumed",
    "campaign.cancelled",
    "dead_letters.redriven",
    "dead_letters.expired",
    "key.created",
    "key.revoked",
    "credentials.fcm.changed",
    "credentials.smtp.changed",
    "settings.changed",
    "segment.created",
    "segment.changed",
    "segment.deleted",
    "media.uploaded",
    "media.deleted",
    "webhook.created",
    "webhook.changed",
    "webhook.deleted",
    "webhook.delivery.replayed",
    "placement.created",
    "placement.changed",
    "placement.archived",
    "placement.unarchived",
    "placement.deleted",
    "person.exported",
    "person.erased",
    "people.imported",
]
NO_KEY = "none"
"""In place of a key's id: what needed none."""


class AuditEntry(Contract, frozen=True, kw_only=True):
    """Who did what, and when."""

    id: str
    at: Time
    key_id: str | None
    role: Role | None
    action: str
    """`campaign.tested`, `campaign.submitted`, `campaign.approved`, `campaign.rejected`, `campaign.launched`,
    `campaign.paused`, `campaign.resumed`, `campaign.cancelled`, `dead_letters.redriven`, `dead_letters.expired`,
    `key.created`, `key.revoked`, `credentials.fcm.changed`, `credentials.smtp.changed`, `settings.changed`,
    `media.uploaded`, `media.deleted`, `webhook.created`, `webhook.changed`, `webhook.deleted`,
    `webhook.delivery.replayed`, `person.exported`, `person.erased`, `people.imported`; there may be more."""
    object_id: str
    """The campaign, key, import, webhook or app it was done to; for a person an id that nothing else carries."""
    details: dict[str, Any]


class Me(Contract, frozen=True, kw_only=True):
    """Whose key this is."""

    app_id: str
    app_name: str
    role: Role
    timezone: str = "UTC"
    """The app's, by which campaigns repeat."""
