"""What a change of preferences makes of those that were."""

from datetime import datetime
from typing import Any

import msgspec

from push.apps.model import QuietHours
from push.clock import CLOCK_SKEW, to_milliseconds
from push.errors import Invalid
from push.people.model import CategoryPreference, Consent, Preferences
from sdk_contracts.wire import people as wire

MOST_CATEGORIES = 200


def said(consent: wire.Consent, now: datetime) -> Consent:
    """What was said as it is kept: never later than now. Raises Invalid for a time that lies ahead."""
    if consent.at > now + CLOCK_SKEW:
        raise Invalid("/consent/at", "Consent cannot have been given in the future.")
    kept: Consent = _as(consent, Consent)
    return msgspec.structs.replace(kept, at=min(to_milliseconds(kept.at), now))


def standing(before: Consent | None, new: Consent) -> Consent:
    """Which of the two counts. A no counts at once; a yes that is older than the last word is only written down."""
    if before is not None and new.promotion and new.at < before.at:
        return before
    return new


def changed(
    before: Preferences,
    categories: dict[str, wire.CategoryPreference],
    quiet_hours: wire.QuietHours | None,
    consent: Consent | None,
) -> Preferences:
    """Raises Invalid where there would be too many categories."""
    named = {name: _as(each, CategoryPreference) for name, each in categories.items()}
    fields: dict[str, Any] = {"categories": {**before.categories, **named}}
    if len(fields["categories"]) > MOST_CATEGORIES:
        raise Invalid("/categories", f"A person has preferences about {MOST_CATEGORIES} categories at most.")
    if consent is not None:
        fields["consent"] = standing(before.consent, consent)
    if quiet_hours is not None:
        fields["quiet_hours"] = _as(quiet_hours, QuietHours)
    return msgspec.structs.replace(before, **fields)


def _as(struct: msgspec.Struct, kind: type[Any]) -> Any:
    return msgspec.convert(msgspec.to_builtins(struct, builtin_types=(datetime,)), kind)
