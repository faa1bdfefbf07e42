"""A human the app knows, or does not know yet."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from push.apps.model import QuietHours

Relation = Literal["employee", "customer", "family"]
Value = str | int | float | bool | datetime
"""Of an attribute."""


class CategoryPreference(Struct, frozen=True, kw_only=True):
    push: bool = True
    inbox: bool = True
    email: bool = True


class Consent(Struct, frozen=True, kw_only=True):
    """What the person said about promotion, when, how, and to which text."""

    promotion: bool
    at: datetime
    source: str | None = None
    text: str | None = None


class Preferences(Struct, frozen=True, kw_only=True):
    categories: dict[str, CategoryPreference] = {}
    consent: Consent | None = None
    quiet_hours: QuietHours | None = None


class Person(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    created_at: datetime
    external_id: str | None = None
    preferences: Preferences = Preferences()
    attributes: dict[str, Any] = {}
    """Each a Value; msgspec has no union of texts and times."""
    relations: tuple[Relation, ...] = ()
    """What they are to the organisation; may be several at once."""

    @property
    def anonymous(self) -> bool:
        return self.external_id is None


class Gate(Struct, frozen=True, kw_only=True, gc=False):
    """What of a person decides whether they may be sent to. Devices carry a copy, so planning reads one collection."""

    consent: bool = False
    muted: tuple[str, ...] = ()
    """`channel:category` pairs."""
    quiet_hours: QuietHours | None = None
    """Their own, where they have said."""


def gate_of(preferences: Preferences) -> Gate:
    muted = [
        f"{channel}:{name}"
        for name, preference in sorted(preferences.categories.items())
        for channel in ("push", "inbox", "email")
        if not getattr(preference, channel)
    ]
    return Gate(
        consent=preferences.consent is not None and preferences.consent.promotion,
        muted=tuple(muted),
        quiet_hours=preferences.quiet_hours,
    )


def merged(known: Preferences, anonymous: Preferences) -> Preferences:
    """The known person's word counts; what they never said is taken from the anonymous one. The latest consent wins."""
    consents = [c for c in (known.consent, anonymous.consent) if c is not None]
    return Preferences(
        categories={**anonymous.categories, **known.categories},
        consent=max(consents, key=lambda consent: consent.at) if consents else None,
        quiet_hours=known.quiet_hours or anonymous.quiet_hours,
    )
