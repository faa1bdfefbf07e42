"""Composing, launching and measuring a campaign; messages are campaigns sent to named people at once."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from sdk_contracts.wire.audience import Audience as Audience
from sdk_contracts.wire.audience import Rule as Rule
from sdk_contracts.wire.common import Contract, Key, Locale, Name, Request, Time, Token, in_our_times
from sdk_contracts.wire.content import Action, Channel, Content, Kind, OnAndroid, OnIos, OnWeb, Seconds
from sdk_contracts.wire.scheduling import Schedule

State = Literal["draft", "in_review", "approved", "scheduled", "sending", "sent", "paused", "cancelled", "failed"]
Tags = Annotated[list[Key], Meta(max_length=20)]
"""The marketer's own words for finding campaigns again."""
Note = Annotated[str, Meta(max_length=1000)]
Channels = Annotated[list[Channel], Meta(min_length=1, max_length=3)]


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


class Variant(Request, frozen=True, kw_only=True):
    name: Key
    weight: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    """Its share beside those of the others."""
    content: Content


class Winner(Request, frozen=True, kw_only=True):
    """A part is sent the variants; after a time the rest is sent the one that did best."""

    metric: Literal["opened", "clicked", "converted"]
    after_minutes: Annotated[int, Meta(ge=1, le=20_160)]
    """Counted from the launch."""
    sample_percent: Annotated[float, Meta(gt=0, lt=100)] = 20.0
    """How many of those who are not held out are sent a variant at once."""


class Experiment(Request, frozen=True, kw_only=True):
    """What is sent in place of the campaign's `content`. A person has the same variant on all their devices."""

    variants: Annotated[list[Variant], Meta(min_length=2, max_length=10)]
    holdout_percent: Annotated[float, Meta(ge=0, le=90)] = 0.0
    """How many are sent nothing, to see what the campaign brings about."""
    winner: Winner | None = None


class FollowUp(Request, frozen=True, kw_only=True):
    """A second step, for those who were sent the first and did not open it. It is a campaign of its own, with its own
    numbers, and keeps to consent, quiet hours and caps as the first did."""

    after_seconds: Annotated[int, Meta(ge=60, le=30 * 24 * 3600)]
    """Counted from when the first was sent to its end."""
    channels: Channels
    content: Content | None = None
    """The same words unless given."""
    highlight: bool = False
    """In an inbox it stands out from the others, whatever its content says."""


class Conversion(Request, frozen=True, kw_only=True):
    """What the campaign is to bring about: a `converted` event of a person it reached, by a delivery or by the person
    alone. Direct: after they tapped it. Influenced: it reached them, and they did not tap it."""

    event: Key | None = None
    """The event's `name`; any, unless it is said."""
    window_seconds: Annotated[int, Meta(ge=60, le=30 * 24 * 3600)] = 7 * 24 * 3600
    """For so long after a tap it is the campaign's doing."""
    influence_seconds: Annotated[int, Meta(ge=60, le=7 * 24 * 3600)] = 12 * 3600
    """For so long after it reached them without a tap."""


class CampaignDraft(Request, frozen=True, kw_only=True):
    name: Name
    kind: Kind
    category: Key | None = None
    content: Content
    audience: Audience
    channels: Channels
    limits: Limits = Limits()
    experiment: Experiment | None = None
    tags: Tags = []
    schedule: Schedule | None = None
    follow_up: FollowUp | None = None
    conversion: Conversion | None = None


class CampaignChange(Request, frozen=True, kw_only=True):
    """A part to change; what is left out stays. What was in review or approved is a draft again, but for its tags."""

    name: Name | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    category: Key | None | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    audience: Audience | UnsetType = UNSET
    channels: Channels | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    experiment: Experiment | None | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    schedule: Schedule | None | UnsetType = UNSET
    follow_up: FollowUp | None | UnsetType = UNSET
    conversion: Conversion | None | UnsetType = UNSET


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


class Finding(Contract, frozen=True, kw_only=True):
    """Something about a campaign that its author should know before it goes out."""

    code: str
    """`dead_link`, `no_promotion_label`, `no_sender_name`, `text_fails`, `too_large`, `expired_already`; `nobody`,
    `nobody_reachable`, `missing_translation`, `no_web_link`, `no_event`, `everybody`, `no_consent`, `frequency_capped`,
    `category_muted`, `address_gone`, `expired`, `deferred`, `no_credentials`, `needs_approval`,
    `repeated`; there may be more."""
    pointer: str
    """JSON Pointer (RFC 6901) into the campaign; empty for all of it."""
    detail: str
    count: int | None
    """How many people or devices it is about, where that is known."""
    facts: dict[str, str] = {}
    """What the detail names, for those who say it in their own language: `link`, `wanted`, `locale`, `default`,
    `looked_at`, `reason`, `missing` (`fcm`, `smtp`), `campaign_id`, `name`, `on`; of `nobody_reachable` how many for
    each reason. Which of them depends on the code; there may be more."""


class Check(Contract, frozen=True, kw_only=True):
    """What was found when it was looked at. Errors keep it from being launched, warnings do not."""

    version: int
    at: Time
    errors: list[Finding]
    warnings: list[Finding]


class PreviewRequest(Request, frozen=True, kw_only=True, omit_defaults=True):
    """To whom it is to look so: a person, or anybody who speaks a language; without either, in its default one."""

    external_id: Token | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    variant: Key | UnsetType = UNSET
    """Of its experiment; the person's own, or the first, unless it is said."""


class Look(Contract, frozen=True, kw_only=True):
    """What is shown in one place."""

    locale: str | None
    """What the device speaks, where that is known."""
    translation: str
    """The locale of the words that were chosen for it."""
    title: str
    body: str
    subtitle: str
    image_url: str | None
    link: str | None
    actions: list[Action]
    """As many as are shown there."""
    data: dict[str, str]
    silent: bool
    highlight: bool
    android: OnAndroid | None
    ios: OnIos | None
    web: OnWeb | None
    bytes: int | None
    """What providers measure, at its largest; null in an inbox and in a letter."""
    bytes_most: int | None


class Preview(Contract, frozen=True, kw_only=True):
    variant: str | None
    looks: dict[Literal["android", "ios", "web", "inbox", "email"], Look]
    """Where its channels lead."""


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
    experiment: Experiment | None
    won: str | None
    """The variant that goes to the rest, once that is decided."""
    tags: list[str]
    review: Review
    checked: Check | None
    """What `check` found in this version, if it was asked."""
    schedule: Schedule | None
    follow_up: FollowUp | None
    conversion: Conversion | None
    starts_at: Time | None
    """When it, its next run or its second step begins; with `local_time`, where it is that time first."""
    run_of: str | None
    """The campaign that this is one run of, or the second step."""
    created_at: Time
    test_of: str | None
    """Of a test send: the campaign that was tried out."""
    broadcast: bool
    """Once launched: the inbox shows it as one item for all, also to who joins later, and not as an item each."""
    launched_at: Time | None
    finished_at: Time | None
    archived_at: Time | None


class Recipients(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Named people or devices: one of the two."""

    external_ids: Annotated[list[Token], Meta(min_length=1, max_length=1000)] | UnsetType = UNSET
    device_ids: Annotated[list[Token], Meta(min_length=1, max_length=1000)] | UnsetType = UNSET


class TestSend(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Who is to see a campaign before others do: people or devices by name, one of the two."""

    external_ids: Annotated[list[Token], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    device_ids: Annotated[list[Token], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    variant: Key | UnsetType = UNSET
    """Of its experiment; the first one unless it is said."""


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


class Waiting(Contract, frozen=True, kw_only=True):
    """When those whose quiet hours it is are pushed: the first of them and the last."""

    earliest: Time
    latest: Time


class Estimate(Contract, frozen=True, kw_only=True):
    """How many an audience means now. `excluded` says why the others would be skipped; `frequency_capped` are those who
    have had as much promotion as they may have.

    Those who have quiet hours now are in `by_channel`, and in `deferred` as well: they are pushed later.
    """

    people: int
    devices: int
    by_channel: dict[str, int]
    by_platform: dict[str, int]
    excluded: dict[str, int]
    now: int
    """How many devices would be pushed at once; with `deferred`, all in `by_channel.push`."""
    deferred: int
    deferred_until: Waiting | None
    """Null where nobody waits."""
    as_of: Time
    """What has changed since is not counted yet: mostly a second or less, a minute where the database does not tell of
    changes."""
    exact: bool
    """Counted for this answer device by device, and not from what is kept in memory of a large app."""
    complete: bool
    """False while a large app is counted for the first time, or where the rules can only be asked of one device after
    the other: these were counted so far, so it is at least so many. Ask again, or for `exact`."""


class EstimateRequest(Request, frozen=True, kw_only=True):
    audience: Audience
    kind: Kind = "service"
    category: Key | None = None
    channels: Channels = field(default_factory=lambda: ["push", "inbox"])
    limits: Limits = Limits()
    exact: bool = False
    """Count device by device, however long it takes: about a minute a million. Else an answer comes within 5 s."""


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


class Share(Contract, frozen=True, kw_only=True):
    """A share of people, and between what it lies with 95 % confidence (Wilson) for who looks once."""

    value: float | None
    numerator: int
    denominator: int
    low: float
    high: float


class Difference(Contract, frozen=True, kw_only=True):
    """Between two shares. `low` and `high` hold with 95 % for who looks once, at a time chosen before (Newcombe)."""

    value: float | None
    low: float
    high: float
    anytime_low: float
    anytime_high: float
    """With 95 % at every look together: who stops as soon as 0 is outside these has not fooled themselves."""


class Group(Contract, frozen=True, kw_only=True):
    """Part of an experiment: people, whatever the number of their devices, and what was sent to them."""

    people: int
    """Those who could be sent to when the campaign was planned."""
    rates: dict[str, Share]
    """`open_rate`, `click_rate` and `conversion_rate`, of `people`."""
    by_channel: dict[str, Funnel]


class VariantMetrics(Group, frozen=True, kw_only=True):
    name: str
    against_first: dict[str, Difference]
    """The rates less those of the first variant; empty for itself."""


class ExperimentMetrics(Contract, frozen=True, kw_only=True):
    """What an experiment has shown until now."""

    variants: list[VariantMetrics]
    rest: Group | None
    """Those who wait for the winner, or have got it. It went out later, so it is not to be compared."""
    holdout: Group | None
    lift: Difference | None
    """Conversion rate of all who were meant to be sent to, less that of the holdout."""
    winner: str | None
    decided_at: Time | None


class PeopleMetrics(Contract, frozen=True, kw_only=True):
    """People, each counted once however many devices they have. Conversions are counted some ten seconds after they
    are reported, and anew when something that happened before is reported later."""

    targeted: int | None
    """Null until everybody is planned."""
    reached: int
    """A device of theirs has shown that it has it, or they saw it in their inbox."""
    opened: int
    """Direct opens: they tapped it, or read it in their inbox."""
    influenced: int
    """Influenced opens: they came to the app soon after it reached them, and never tapped it. Nobody is in both."""
    clicked: int
    converted: int
    """They did what it is to bring about, within its time; `converted_direct` and `converted_influenced` together."""
    converted_direct: int
    converted_influenced: int
    conversions: int
    """How often, by the last touch: each conversion is one campaign's."""
    revenue: dict[str, float]
    """By currency, of these conversions."""
    rates: dict[str, Rate]
    """`reach`, of those targeted; `direct_open_rate`, `influenced_open_rate` and `conversion_rate`, of those reached.
    Unknown are at most so many as were sent it on devices that cannot confirm, and have shown nothing."""


class Metrics(Contract, frozen=True, kw_only=True):
    campaign_id: str
    state: State
    as_of: Time
    total: Funnel
    by_channel: dict[str, Funnel]
    by_platform: dict[str, Funnel]
    """`other`: what is not told of a platform, as of one inbox item for all."""
    by_locale: dict[str, Funnel]
    """As devices told it when the campaign was planned; `other` beyond the first 50, and where none was told."""
    rates: dict[str, Rate]
    """`receipt_rate`, `open_rate`, `confirmed_open_rate`, `click_through_rate`."""
    people: PeopleMetrics
    experiment: ExperimentMetrics | None


class Cohort(Contract, frozen=True, kw_only=True):
    people: int
    came_back: dict[str, Share | None]
    """`1`, `7`, `30`: whose device was seen on that day after the launch or later; null while that day is to come."""


class Retention(Contract, frozen=True, kw_only=True):
    """Who came back after a campaign. Where few people are in a cohort the intervals are wide, and say nothing."""

    campaign_id: str
    as_of: Time
    """Up to five minutes ago."""
    launched_at: Time | None
    looked_at: int
    """People in the cohorts, and those sent it who have shown nothing and are in none."""
    sampled: bool
    """They were drawn by lot from more."""
    cohorts: dict[Literal["reached", "held_out", "not_sent"], Cohort]
    """Only those held out by an experiment are like the others in all else; who was not sent it for other reasons,
    such as having opted out, differs from them anyway."""


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
    external_id: str | None
    """What the app calls the person; null while they are anonymous, and once they are erased."""
    device_id: str | None
    state: str
    reason: str | None
    variant: str | None
    """Of an experiment: the group its person is in; `~rest` is sent the winner, `~holdout` nothing."""
    not_before: Time | None
    """When a planned delivery goes out at the earliest, where it waits for the end of quiet hours or its local time."""
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


class PeopleOverview(Contract, frozen=True, kw_only=True):
    """What people did, each counted once for each campaign; by when it was counted."""

    reached: int
    opened: int
    influenced: int
    clicked: int
    converted: int
    converted_direct: int
    converted_influenced: int
    conversions: int
    revenue: dict[str, float]
    rates: dict[str, Rate]
    """`direct_open_rate`, `influenced_open_rate` and `conversion_rate`, of those reached."""


class Overview(Contract, frozen=True, kw_only=True):
    """The app at a glance over `from`–`to`, and how many devices can be reached now."""

    as_of: Time
    devices_as_of: Time
    """When the devices were counted; what happened is as of `as_of`."""
    devices: int
    opt_in_rate: Rate
    stale: int
    """Reachable devices whose FCM address was not confirmed for 30 days; after 270 it counts as gone."""
    by_platform: dict[str, int]
    campaigns: dict[str, int]
    totals: Funnel
    rates: dict[str, Rate]
    people: PeopleOverview
    timeline: list[TimelinePoint]


class Counted(Contract, frozen=True, kw_only=True):
    value: str
    devices: int
    reachable: int
    """Of these, with push allowed and a live address."""


class Breakdown(Contract, frozen=True, kw_only=True):
    """Devices by one thing they say of themselves: the twenty most frequent answers, the rest, and who never said."""

    values: list[Counted]
    other: int
    unknown: int


class DeviceMetrics(Contract, frozen=True, kw_only=True):
    """The devices of an app that were not uninstalled. Counted when asked for, less often the more there are."""

    as_of: Time
    devices: int
    opt_in_rate: Rate
    stale: int
    """Reachable devices whose FCM address was not confirmed for 30 days."""
    by: dict[str, Breakdown]
    """`platform`, `app_version`, `os_version`, `locale`, `timezone`."""
