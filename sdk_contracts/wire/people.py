"""What a person wants and agreed to."""

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from sdk_contracts.wire.common import Contract, Integer, Key, Request, Scalar, Text, Time, Token, in_our_times
from sdk_contracts.wire.content import Channel
from sdk_contracts.wire.devices import Device, DeviceRegistration

ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](?!\n)$")]


class CategoryPreference(Request, frozen=True, kw_only=True):
    push: bool = True
    inbox: bool = True
    email: bool = True


class Consent(Request, frozen=True, kw_only=True):
    """Whether the person agreed to promotion, since when, how they said so and to which text."""

    promotion: bool
    at: Time
    source: Text | None = None
    text: Text | None = None

    def __post_init__(self) -> None:
        in_our_times(self.at)


class QuietHours(Request, frozen=True, kw_only=True):
    """Wall-clock hours, in the person's own time zone, in which promotion waits."""

    from_: ClockTime = field(name="from")
    to: ClockTime


class PreferencesChange(Request, frozen=True, kw_only=True):
    """What to change; categories that are not named stay as they are."""

    categories: Annotated[dict[Key, CategoryPreference], Meta(max_length=100)] = {}
    consent: Consent | None = None
    quiet_hours: QuietHours | None = None


class Preferences(Contract, frozen=True, kw_only=True):
    """A person's preferences. A category that is absent is not muted anywhere."""

    categories: dict[str, CategoryPreference]
    consent: Consent | None
    quiet_hours: QuietHours | None


Relation = Literal["employee", "customer", "family"]
"""What somebody is to the organisation."""
AttributeText = Annotated[str, Meta(max_length=512, pattern=r"^[^\x00]*$")]
AttributeValue = AttributeText | Integer | float | bool | None
"""Null takes the attribute away."""


class PersonChange(Request, frozen=True, kw_only=True):
    """What a backend knows of a person; what is not named stays as it is."""

    attributes: Annotated[dict[Key, AttributeValue], Meta(max_length=100)] = {}
    relations: Annotated[list[Relation], Meta(max_length=3)] | None = None
    """All of them: they take the place of those there were."""
    categories: Annotated[dict[Key, CategoryPreference], Meta(max_length=100)] = {}
    consent: Consent | None = None
    quiet_hours: QuietHours | None = None


class PersonExport(Contract, frozen=True, kw_only=True):
    """All that is kept of a person, as it is stored; fields may be added at any time."""

    exported_at: Time
    people: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    """With their addresses, and those that were uninstalled."""
    consents: list[dict[str, Any]]
    """Every word that was said about promotion."""
    mailboxes: list[dict[str, Any]]
    promotions: list[dict[str, Any]]
    """What counts towards the most that may be sent in a day."""
    inbox: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    events: list[dict[str, Any]]
    doings: list[dict[str, Any]]
    """What they did by themselves: when first and last, and how often."""


class Person(Contract, frozen=True, kw_only=True):
    """What is known of a person, and the devices they use."""

    person_id: str
    external_id: str
    attributes: dict[str, Scalar]
    """A date is a time in UTC."""
    relations: list[Relation]
    categories: dict[str, CategoryPreference]
    consent: Consent | None
    """What counts now; every word that was ever said stands in the export."""
    quiet_hours: QuietHours | None
    devices: list[Device]
    created_at: Time


class ConsentSaid(Contract, frozen=True, kw_only=True):
    """One word of a person about promotion."""

    promotion: bool
    at: Time
    recorded_at: Time
    source: str | None
    text: str | None


class PersonDelivery(Contract, frozen=True, kw_only=True):
    """What became of one campaign for a person, on one device or in their inbox."""

    delivery_id: str
    campaign_id: str
    campaign_name: str | None
    """Null when the campaign is gone."""
    campaign_type: Literal["campaign", "transactional"] | None
    channel: Channel
    device_id: str | None
    state: str
    reason: str | None
    variant: str | None
    not_before: Time | None
    steps: dict[str, Time]


class ImportedDevice(DeviceRegistration, frozen=True, kw_only=True):
    """A device as another system knew it. One that has registered here itself stays as it says."""

    created_at: Time | None = None
    last_seen_at: Time | None = None

    def __post_init__(self) -> None:
        in_our_times(self.created_at)
        in_our_times(self.last_seen_at)


class ImportedPerson(PersonChange, frozen=True, kw_only=True):
    """One line of an import: a person, devices of theirs, or devices of somebody who is not known."""

    external_id: Token | None = None
    devices: Annotated[list[ImportedDevice], Meta(max_length=20)] = []

    def __post_init__(self) -> None:
        named = self.attributes or self.relations or self.categories or self.consent or self.quiet_hours
        if self.external_id is None and (named or not self.devices):
            raise ValueError("Expected an `external_id`, or nothing but `devices`")


class ImportProblem(Contract, frozen=True, kw_only=True):
    """A line that was left out."""

    line: int
    """From 1."""
    pointer: str
    detail: str


class ImportCounts(Contract, frozen=True, kw_only=True):
    people_created: int
    people_known: int
    devices_created: int
    devices_known: int
    """Were here already, and stay as they describe themselves."""
    failed: int
    """Lines that were left out."""


class Import(Contract, frozen=True, kw_only=True):
    """An import and how far it has come."""

    id: str
    format: Literal["ndjson", "csv"]
    state: Literal["running", "interrupted", "done"]
    """An interrupted one goes on when the same is sent again under the same Idempotency-Key."""
    lines: int
    """Stored so far."""
    counts: ImportCounts
    errors: list[ImportProblem]
    """The first 1,000."""
    started_at: Time
    finished_at: Time | None


class TraceStep(Contract, frozen=True, kw_only=True):
    """One decision about a person and a campaign, or one thing that happened."""

    step: str
    """`audience`, `variant`, `planned`, `redriven`, `accepted`, `received`, `displayed`, `opened`, `clicked`,
    `dismissed`, `converted`, `acknowledged`, `skipped`, `failed`, `dead`."""
    words: str
    """In plain English, to be read out."""
    at: Time | None
    reason: str | None
    channel: str | None
    device_id: str | None
    delivery_id: str | None


class Trace(Contract, frozen=True, kw_only=True):
    """Why a person did or did not get a campaign, step by step."""

    campaign_id: str
    external_id: str
    state: str
    """Of the campaign."""
    meant: bool
    """Whether it is, or was, for this person."""
    variant: str | None
    """Of its experiment: the group they are in."""
    steps: list[TraceStep]
