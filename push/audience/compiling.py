"""A rule as a question to the database: whom to read, so that nobody is missed whom the rule may mean.

The embedded server uses an index only where the query is exactly what begins it, and all are good at one field. So a
rule is narrowed to one field; whatever else it says is looked at in each device that is read.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from push.audience.rules import Rule, followed
from push.database import Document

Persons = Callable[[Rule], Collection[str] | None]
"""The ids of all whom a rule about persons means, where they are known and few."""
_BEST_FIRST = ("_id", "person_id", "topics")


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
