"""A rule kept under a name, and rules that name such."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from push.audience.rules import Rule

DEEPEST = 30
"""How deep rules lie with their segments in their places: the database takes documents 100 deep."""
MOST_RULES = 1000
"""With the segments in their places."""


class Segment(Struct, frozen=True, kw_only=True):
    """What it means when a campaign is launched is what that campaign means, whatever becomes of it later."""

    id: str
    app_id: str
    name: str
    rule: Rule
    created_at: datetime
    changed_at: datetime
    last_used_at: datetime | None = None
    """When a campaign last went out to it."""


class Uses(Struct, frozen=True, kw_only=True):
    """What names a segment."""

    campaigns: int = 0
    """All that do, also those that are over."""
    segments: int = 0
    open: tuple[str, ...] = ()
    """The names of some that are not over, and so keep it from being deleted."""


class TooLarge(Exception):
    """With its segments in their places a rule is too large or too deep, or one of them names itself."""


def put_in_place(rule: Rule, meanings: Mapping[str, Rule]) -> Rule:
    """The rule with each segment's own in the place of its name. Raises TooLarge; KeyError for one not among them."""
    return _Placing(meanings).rule(rule, 1)


class _Placing:
    def __init__(self, meanings: Mapping[str, Rule]) -> None:
        self._meanings = meanings
        self._rules = 0

    def rule(self, rule: Rule, depth: int) -> Rule:
        self._rules += 1
        if depth > DEEPEST or self._rules > MOST_RULES:
            raise TooLarge
        if rule.segment_id is not None:
            # Deeper than the name stands, so that one that names itself comes to an end.
            return self.rule(self._meanings[rule.segment_id], depth + 1)
        if rule.and_:
            return replace(rule, and_=tuple(self.rule(part, depth + 1) for part in rule.and_))
        if rule.or_:
            return replace(rule, or_=tuple(self.rule(part, depth + 1) for part in rule.or_))
        return replace(rule, not_=self.rule(rule.not_, depth + 1)) if rule.not_ is not None else rule
