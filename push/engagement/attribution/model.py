"""What is whose doing: a function of what reached a person, what they tapped, and what they did.

The order in which it is reported makes no difference, so a late report is worked out again with the others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from push.campaigns.model import INFLUENCE, Conversion
from push.ledger.model import REVENUE_UNITS
from push.ledger.participants.model import Change, How, Participant

SESSION = "app_open"
"""The name of the event that says no more than that the person came to the app."""
LONGEST = timedelta(days=30)
"""No window of a campaign is longer."""
SESSIONS_KEPT = timedelta(days=8)
"""A day longer than the longest influence."""
OUTCOMES_KEPT = timedelta(days=120)
"""Longer than a late event is taken and the longest window, together."""
_MOST = 1e11
"""Of a currency. More is no price, and would not fit into a counter."""


class Outcome(Struct, frozen=True, kw_only=True):
    """Something a person did that may be a campaign's doing."""

    id: str
    """The event's key, so that it is one however often it is reported."""
    app_id: str
    person_id: str
    at: datetime
    name: str | None = None
    value: int | None = None
    """In REVENUE_UNITS."""
    currency: str | None = None
    campaign_id: str | None = None
    """Of a conversion that was reported by a delivery."""
    due_at: datetime | None = None
    """When it is looked at (again); None once that is done."""
    expires_at: datetime
    to: str | None = None
    """The one campaign whose doing it is by the last touch: its value is counted there."""

    @property
    def session(self) -> bool:
        return self.name == SESSION and self.campaign_id is None


def units(value: float | None) -> int | None:
    return round(value * REVENUE_UNITS) if value is not None and abs(value) <= _MOST else None


def credited(outcome: Outcome, people: Sequence[Participant], rules: Mapping[str, Conversion | None]) -> dict[str, How]:
    """The campaigns that this person's deed counts for."""
    found: dict[str, How] = {}
    for each in people:
        if (how := _how(outcome, each, rules.get(each.campaign_id))) is not None:
            found[each.campaign_id] = how
    return found


def last_touch(outcome: Outcome, people: Sequence[Participant], found: Mapping[str, How]) -> str | None:
    """The campaign that has its value: the one it was reported with, else the last that was tapped, else the last that
    reached them."""
    if outcome.campaign_id is not None:
        return outcome.campaign_id if outcome.campaign_id in found else None
    touched = [
        (how == "direct", each.tapped_at if how == "direct" else each.reached_at, each.campaign_id)
        for each in people
        if (how := found.get(each.campaign_id)) is not None
    ]
    return max(touched)[2] if touched else None


def _how(outcome: Outcome, person: Participant, rule: Conversion | None) -> How | None:
    own = outcome.campaign_id == person.campaign_id
    if (rule is None and not own) or (rule is not None and rule.event not in (None, outcome.name)):
        return None
    if outcome.session and (rule is None or rule.event is None):
        return None
    rule = rule or Conversion(window_seconds=int(LONGEST.total_seconds()))
    window, influence = timedelta(seconds=rule.window_seconds), timedelta(seconds=rule.influence_seconds)
    if _within(person.tapped_at, outcome.at, window):
        return "direct"
    if own:
        # The delivery says itself that it was used; only a window that is over speaks against it.
        known = [at for at in (person.tapped_at, person.reached_at) if at is not None and at <= outcome.at]
        return "direct" if not known or outcome.at - max(known) <= window else None
    return "influenced" if _within(person.reached_at, outcome.at, influence) else None


def _within(start: datetime | None, at: datetime, window: timedelta) -> bool:
    return start is not None and timedelta() <= at - start <= window


def after(person: Participant, outcomes: Sequence[Outcome], rule: Conversion | None, now: datetime) -> Participant:
    """The participant as these outcomes, all that are kept of the person, leave them.

    What rests on outcomes that are kept no more stays as it was found.
    """
    conversions = sorted(
        ((how == "influenced", each.at, how) for each in outcomes if (how := _how(each, person, rule)) is not None),
    )
    credited_at, credited = person.credited_at, person.credited
    if conversions:
        _, credited_at, credited = conversions[0]
    elif credited_at is not None and credited_at > now - OUTCOMES_KEPT:
        credited_at = credited = None
    return replace(
        person,
        credited_at=credited_at,
        credited=credited,
        influenced_at=_influenced(person, outcomes, rule, now),
        converted_at=_converted(person, outcomes, rule),
    )


def _influenced(
    person: Participant, outcomes: Sequence[Outcome], rule: Conversion | None, now: datetime
) -> datetime | None:
    if person.tapped_at is not None:
        return None
    influence = timedelta(seconds=rule.influence_seconds) if rule else INFLUENCE
    came = [each.at for each in outcomes if each.session and _within(person.reached_at, each.at, influence)]
    kept = person.influenced_at if person.influenced_at and person.influenced_at <= now - SESSIONS_KEPT else None
    return min(came, default=kept)


def _converted(person: Participant, outcomes: Sequence[Outcome], rule: Conversion | None) -> datetime | None:
    """In an experiment, who was held out is measured as all others are: from when the groups were drawn."""
    if person.converted_at is not None or rule is None or person.planned_at is None:
        return person.converted_at
    window = timedelta(seconds=rule.window_seconds)
    did = [
        each.at
        for each in outcomes
        if _within(person.planned_at, each.at, window)
        and (each.name == rule.event if rule.event is not None else not each.session)
    ]
    return min(did, default=None)


def changes(before: Participant, after: Participant) -> list[Change]:
    """What that makes of the campaign's numbers."""
    found: list[tuple[str, int]] = []
    for name in ("influenced", "converted"):
        was, is_now = getattr(before, f"{name}_at") is not None, getattr(after, f"{name}_at") is not None
        found.append((name, is_now - was))
    if before.credited != after.credited:
        found += [(f"credited_{how}", by) for how, by in ((before.credited, -1), (after.credited, 1)) if how]
    return [Change(after.campaign_id, after.variant, name, by) for name, by in found if by]


def worth(outcome: Outcome, campaign_id: str, by: int) -> list[Change]:
    """One conversion more, or less, in the campaign that has its value."""
    found = [] if outcome.session else [Change(campaign_id, None, "conversions", by)]
    if outcome.value and outcome.currency:
        found.append(Change(campaign_id, None, f"revenue.{outcome.currency}", by * outcome.value))
    return found
