"""Composing, launching and measuring a campaign; messages are campaigns sent to named people at once."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from sdk_contracts.wire.common import Contract, Key, Name, Request, Time, Token, TopicName, in_our_times
from sdk_contracts.wire.content import Channel, Content, Kind, Seconds

State = Literal["draft", "in_review", "approved", "scheduled", "sending", "sent", "paused", "cancelled", "failed"]
Tags = Annotated[list[Key], Meta(max_length=20)]
"""The marketer's own words for finding campaigns again."""
Note = Annotated[str, Meta(max_length=1000)]
Channels = Annotated[list[Channel], Meta(min_length=1, max_length=2)]


class Rule(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Who is meant: exactly one of these."""

    all: Literal[True] | UnsetType = UNSET
    topics: Annotated[list[TopicName], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    external_ids: Annotated[list[Token], Meta(min_length=1, max_length=10_000)] | UnsetType = UNSET
    device_ids: Annotated[list[Token], Meta(min_length=1, max_length=10_000)] | UnsetType = UNSET


class Audience(Request, frozen=True, kw_only=True, omit_defaults=True):
    include: Rule
    exclude: Rule | UnsetType = UNSET


class Limits(Request, frozen=True, kw_only=True):
    per_minute: Annotated[int, Meta(ge=1, le=600_000)] | None = None
    """At most so many pushes a minute, evenly spread. Inbox items are not counted."""
    expires_at: Time | None = None
    """After this moment nothing of the campaign is sent or shown any more."""

    ignore_quiet_hours: bool = False
    """Push at once, also those whose quiet hours it is."""
    ignore_frequency_cap: bool = False
    """Push also those who had as much promotion as they may have; it counts all the same."""

    def __post_init__(self) -> None:
        in_our_times(self.expires_at)


class CampaignDraft(Request, frozen=True, kw_only=True):
    name: Name
    kind: Kind
    category: Key | None = None
    content: Content
    audience: Audience
    channels: Channels
    limits: Limits = Limits()
    tags: Tags = []


class CampaignChange(Request, frozen=True, kw_only=True):
    """A part to change; what is left out stays. What was in review or approved is a draft again, but for its tags."""

    name: Name | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    category: Key | None | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    audience: Audience | UnsetType = UNSET
    channels: Channels | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET


class Opinion(Request, frozen=True, kw_only=True):
    """Said on approving or rejecting. With a `version`, of no other one: 409 if it was changed since it was read."""

    version: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    note: Note = ""


class Decision(Contract, frozen=True, kw_only=True):
    """Who said so, of which version, and when."""

    key_id: str | None
    role: str | None
    at: Time
    version: int
    note: str


class Review(Contract, frozen=True, kw_only=True):
    """Each change makes a new version, of which nobody has said anything yet."""

    version: int
    submitted: Decision | None
    approved: Decision | None
    rejected: Decision | None


class Campaign(Contract, frozen=True, kw_only=True):
    id: str
    type: Literal["campaign", "transactional"]
    state: State
    name: str
    kind: Kind
    category: str | None
    content: Content
    audience: Audience
    channels: list[Channel]
    limits: Limits
    tags: list[str]
    review: Review
    created_at: Time
    broadcast: bool
    """Once launched: the inbox shows it as one item for all, also to who joins later, and not as an item each."""
    launched_at: Time | None
    finished_at: Time | None
    archived_at: Time | None


class Recipients(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Named people or devices: one of the two."""

    external_ids: Annotated[list[Token], Meta(min_length=1, max_length=1000)] | UnsetType = UNSET
    device_ids: Annotated[list[Token], Meta(min_length=1, max_length=1000)] | UnsetType = UNSET


class MessageRequest(Request, frozen=True, kw_only=True):
    """A message a backend sends to named people at once."""

    to: Recipients
    kind: Kind
    category: Key | None = None
    content: Content
    channels: Channels = field(default_factory=lambda: ["push", "inbox"])
    ttl_seconds: Seconds | None = None


class MessageAccepted(Contract, frozen=True, kw_only=True):
    message_id: str


class Estimate(Contract, frozen=True, kw_only=True):
    """How many an audience means now. `excluded` says why the others would be skipped.

    Those who have quiet hours now are in `by_channel`, and in `deferred` as well: they are pushed later.
    """

    people: int
    devices: int
    by_channel: dict[str, int]
    by_platform: dict[str, int]
    excluded: dict[str, int]
    deferred: int


class EstimateRequest(Request, frozen=True, kw_only=True):
    audience: Audience
    kind: Kind = "service"
    category: Key | None = None
    channels: Channels = field(default_factory=lambda: ["push", "inbox"])
    limits: Limits = Limits()


class Rate(Contract, frozen=True, kw_only=True):
    """A share with what it is over. `value` is null where the denominator is 0."""

    value: float | None
    numerator: int
    denominator: int
    unknown: int = 0
    """How many of the population cannot tell, and so are in neither number."""


class Funnel(Contract, frozen=True, kw_only=True):
    """Milestones of one channel; `targeted = planned + accepted + failed + dead + skipped`."""

    targeted: int
    planned: int
    accepted: int
    confirmable: int
    received: int
    displayed: int
    opened: int
    clicked: int
    dismissed: int
    converted: int
    acknowledged: int
    dead: int
    dead_by_reason: dict[str, int]
    failed: int
    failed_by_reason: dict[str, int]
    skipped: int
    skipped_by_reason: dict[str, int]


class Metrics(Contract, frozen=True, kw_only=True):
    campaign_id: str
    state: State
    as_of: Time
    total: Funnel
    by_channel: dict[str, Funnel]
    rates: dict[str, Rate]
    """`receipt_rate`, `open_rate`, `confirmed_open_rate`, `click_through_rate`."""


class TimelinePoint(Contract, frozen=True, kw_only=True):
    at: Time
    """Start of the bucket."""
    counts: dict[str, int]


class Timeline(Contract, frozen=True, kw_only=True):
    bucket: Literal["minute", "hour", "day"]
    points: list[TimelinePoint]


class Recipient(Contract, frozen=True, kw_only=True):
    """One ledger row."""

    delivery_id: str
    channel: Channel
    person_id: str
    device_id: str | None
    state: str
    reason: str | None
    not_before: Time | None
    """When a planned push goes out at the earliest, where it is held back for somebody's quiet hours."""
    died_of: str | None
    """Why a dead letter that has expired since had been given up."""
    steps: dict[str, Time]


class Redriven(Contract, frozen=True, kw_only=True):
    """How many dead letters go out once more, and how many another call would redrive."""

    redriven: int
    remaining: int


class Expired(Contract, frozen=True, kw_only=True):
    """How many dead letters were given up for good, and how many another call would."""

    expired: int
    remaining: int


class Overview(Contract, frozen=True, kw_only=True):
    """The app at a glance over `from`–`to`, and how many devices can be reached now."""

    as_of: Time
    devices: int
    opt_in_rate: Rate
    stale: int
    """Reachable devices whose FCM address was not confirmed for 30 days; after 270 it counts as gone."""
    by_platform: dict[str, int]
    campaigns: dict[str, int]
    totals: Funnel
    rates: dict[str, Rate]
    timeline: list[TimelinePoint]
