"""What a person wants and agreed to."""

from typing import Annotated

from msgspec import Meta, field

from sdk_contracts.wire.common import Contract, Key, Request, Text, Time, in_our_times

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
