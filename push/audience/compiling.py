"""A rule as a question to the database: whom to read, so that nobody is missed whom the rule may mean.

The embedded server uses an index only where the query is exactly what begins it, and all are good at one field. So a
rule is bound to one field that has an index, where it can be. Where it cannot, the database looks at all, and sifts out
most of whom the rule does not mean before they are sent over. Whatever else it says is looked at in what comes.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from push.audience import values
from push.audience.rules import PERSON, RELATION, Rule, followed
from push.database import Document

_ASKED_IN_FULL = 100
"""Names that each of many documents is held against."""
Persons = Callable[[Rule], Collection[str] | None]
"""The ids of all whom a rule about persons means, where they are known and few."""
_BEST_FIRST = ("_id", "person_id", "topics")


_MADE_COMPARABLE = ("device.app_version", "device.locale")
_ALWAYS_THERE = ("device.timezone", RELATION)
"""Kept also where nothing is known."""


class Bound(Struct, frozen=True):
    """All devices meant have one of these values in this field."""

    field: str
    values: frozenset[str]

    def query(self) -> Document:
        return {self.field: {"$in": sorted(self.values)}}


def bound(rule: Rule, persons: Persons) -> Bound | None:
    """None where anybody may be meant."""
    if rule.and_:
        found = [each for part in rule.and_ if (each := bound(part, persons)) is not None]
        return min(found, key=lambda each: (_BEST_FIRST.index(each.field), len(each.values)), default=None)
    if rule.or_:
        return _any([bound(part, persons) for part in rule.or_])
    if rule.topics:
        return Bound("topics", frozenset(followed(rule.topics)))
    if rule.device_ids:
        return Bound("_id", frozenset(rule.device_ids))
    if rule.not_ is not None:
        return None
    known = persons(rule)
    return None if known is None else Bound("person_id", frozenset(known))


def _any(bounds: Sequence[Bound | None]) -> Bound | None:
    known = [each for each in bounds if each is not None]
    if len(known) < len(bounds) or len({each.field for each in known}) != 1:
        return None
    return Bound(known[0].field, frozenset().union(*(each.values for each in known)))


def sifted(rule: Rule, now: datetime, *, persons: bool = False) -> Document | None:
    """What all devices that the rule means meet; or all `persons`, of rules about their fields.

    None where that is nothing. Names of fields are of letters, digits, `_` and `-`, and values are held against with
    `$in` and `$gt` to `$lte` only, so that neither is ever taken for an operator.
    """
    if rule.parts and rule.not_ is None:
        found = [sifted(part, now, persons=persons) for part in rule.parts]
        known = [each for each in found if each is not None]
        if rule.or_ and len(known) < len(found):
            return None
        return {"$or" if rule.or_ else "$and": known} if known else None
    named = (("topics", followed(rule.topics)), ("external_id", rule.external_ids), ("_id", rule.device_ids))
    for field, names in named:
        if 0 < len(names) <= _ASKED_IN_FULL:
            return {field: {"$in": list(names)}}
    if rule.field is None or rule.field in _MADE_COMPARABLE or rule.field.startswith(PERSON) is not persons:
        return None
    condition = _condition(rule, now)
    return None if condition is None else {path(rule.field): condition}


def path(field: str) -> str:
    """Where a field is kept."""
    if field == RELATION:
        return "relations"
    return field.replace(PERSON, "attributes.", 1) if field.startswith(PERSON) else field.removeprefix("device.")


def _condition(rule: Rule, now: datetime) -> Document | None:
    value = rule.value
    match rule.op:
        case "eq" | "in":
            given = value if isinstance(value, tuple) else (value,)
            times = [values.time(each) for each in given if isinstance(each, str)]
            return {"$in": [*given, *(each for each in times if each is not None)]}
        case "gt" | "gte" | "lt" | "lte":
            return {f"${rule.op}": values.time(value) if isinstance(value, str) else value}
        case "within_days":
            assert isinstance(value, int)
            other = now - timedelta(days=value)
            return {"$gte": min(now, other), "$lte": max(now, other)}
        case "prefix" | "exists" if value is not False and rule.field not in _ALWAYS_THERE:
            return {"$exists": True}
    return None


def narrowed(rule: Rule) -> Document:
    """The query that finds exactly the devices of a rule which means all, or followers of topics."""
    return {"topics": {"$in": followed(rule.topics)}} if rule.topics else {}


def left_out(rule: Rule | None) -> Document:
    """The query that leaves out the devices which a plain rule means."""
    if rule is None:
        return {}
    if rule.all:
        return {"_id": {"$exists": False}}
    if rule.topics:
        return {"topics": {"$nin": followed(rule.topics)}}
    if rule.device_ids:
        return {"_id": {"$nin": list(rule.device_ids)}}
    return {"external_id": {"$nin": list(rule.external_ids)}}
