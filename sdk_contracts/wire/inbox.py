"""A person's message centre, and what a push carries."""

from sdk_contracts.wire.common import Contract, Time


class ActionView(Contract, frozen=True, kw_only=True):
    id: str
    label: str
    link: str | None = None


class InboxItem(Contract, frozen=True, kw_only=True):
    id: str
    campaign_id: str
    delivery_id: str
    kind: str
    category: str | None
    title: str
    body: str
    image_url: str | None
    link: str | None
    actions: list[ActionView]
    data: dict[str, str]
    created_at: Time
    expires_at: Time | None
    seen_at: Time | None
    read_at: Time | None
    archived_at: Time | None
    acknowledged_at: Time | None
    highlighted: bool = False
    """It is to stand out from the others; it is sorted as they are."""


class InboxPage(Contract, frozen=True, kw_only=True):
    items: list[InboxItem]
    next_cursor: str | None
    unread: int


class InboxSummary(Contract, frozen=True, kw_only=True):
    unread: int
    unseen: int


class InboxRemoved(Contract, frozen=True, kw_only=True):
    """The data of a stream's `removed`: deleted, expired or withdrawn. `item` and `changed` carry the whole item."""

    id: str


class InboxChanged(Contract, frozen=True, kw_only=True):
    """The data of a stream's `summary`, which comes first and whenever the numbers change."""

    unread: int
    unseen: int
    reload: bool
    """More was missed than is remembered: read the inbox anew."""


class PushPayload(Contract, frozen=True, kw_only=True, omit_defaults=True):
    """What a push carries to the SDK, as JSON (Web Push) or as string data values (FCM)."""

    delivery_id: str
    receipt: str
    title: str
    body: str = ""
    image_url: str | None = None
    link: str | None = None
    actions: list[ActionView] = []
    data: dict[str, str] = {}
    collapse_key: str | None = None
    """What is shown under the same key is replaced."""
    silent: bool = False
    icon_url: str | None = None
    badge_url: str | None = None
    require_interaction: bool = False
    """These three are for browsers."""
    badge: int | None = None
    """How many inbox items are unread, where the app has this told."""
