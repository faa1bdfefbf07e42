"""What a rule means: a yes or no about one person and one of their devices, worked out the plain way.

Whatever asks many at once, by queries, sets or columns, has to come to the same.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from push.audience import values
from push.audience.rules import PERSON, RELATION, TAG, Op, Rule, followed
from push.devices.model import Device
from push.people.model import Value

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Facts(Struct, frozen=True, kw_only=True):
    """What rules may ask of one person, and of one of their devices. Without a device nothing of it is so."""

    now: datetime
    device: Device | None = None
    external_id: str | None = None
    attributes: Mapping[str, Value] = {}
    relations: Sequence[str] = ()
    did: Mapping[tuple[str, str], datetime] = {}
    """When they last did this with a campaign, by (campaign, `received`, `opened`, `clicked` or `converted`)."""
    happened: Mapping[str, datetime] = {}
    """When they last did this by themselves, by the name of the event."""


def matches(rule: Rule, facts: Facts) -> bool:
    """Segments are put in place of their names before. Raises ValueError where one was not."""
    if rule.all:
        return True
    if rule.and_:
        return all(matches(part, facts) for part in rule.and_)
    if rule.or_:
        return any(matches(part, facts) for part in rule.or_)
    if rule.not_ is not None:
        return not matches(rule.not_, facts)
    if rule.external_ids:
        return facts.external_id in rule.external_ids
    if rule.device_ids:
        return facts.device is not None and facts.device.id in rule.device_ids
    if rule.topics:
        return facts.device is not None and not set(followed(rule.topics)).isdisjoint(facts.device.topics)
    if rule.field is not None:
        return holds(rule, known(rule.field, facts), facts.now)
    if rule.segment_id is not None:
        raise ValueError(f"Nobody has said what {rule.segment_id} means.")
    return _behaved(rule, facts)


def known(field: str, facts: Facts) -> tuple[Any, ...]:
    """What is known: nothing, one value, or several relations."""
    if field.startswith(PERSON):
        return known_of_person(field, facts.attributes, facts.relations)
    return known_of_device(field, facts.device)


def known_of_person(field: str, attributes: Mapping[str, Value], relations: Sequence[str]) -> tuple[Any, ...]:
    if field == RELATION:
        return tuple(relations)
    value = attributes.get(field.removeprefix(PERSON))
    return () if value is None else (value,)


def known_of_device(field: str, device: Device | None) -> tuple[Any, ...]:
    if device is None:
        return ()
    if field.startswith(TAG):
        value: Any = device.tags.get(field.removeprefix(TAG))
    else:
        value = getattr(device, field.removeprefix("device."))
        if value is not None and field == "device.app_version":
            value = values.version(value)
        elif value is not None and field == "device.locale":
            value = values.locale(value)
    return () if value is None else (value,)


def holds(rule: Rule, actual: Sequence[Any], now: datetime) -> bool:
    """Whether it is so of what is known of the rule's field. What is of another kind than asked for is never so."""
    wanted, op = rule.value, rule.op
    if op == "exists":
        return bool(actual) is wanted
    if op == "ne":
        return not any(_compared("eq", each, wanted, rule.field) for each in actual)
    if op == "within_days":
        assert isinstance(wanted, int)
        return any(isinstance(each, datetime) and within(each, wanted, now) for each in actual)
    if op == "in":
        assert isinstance(wanted, tuple)
        return any(_compared("eq", each, one, rule.field) for each in actual for one in wanted)
    assert op is not None
    return any(_compared(op, each, wanted, rule.field) for each in actual)


def within(moment: datetime, days: int, now: datetime) -> bool:
    """In the last so many days; of a negative number, in the days to come."""
    other = now - timedelta(days=days)
    return min(now, other) <= moment <= max(now, other)


def _compared(op: Op, actual: Any, wanted: Any, field: str | None) -> bool:
    if field == "device.app_version":
        wanted = values.version(wanted)
    elif field == "device.locale":
        wanted = values.locale(wanted)
    else:
        wanted = values.like(actual)(wanted)
    if wanted is None:
        return False
    if op == "eq":
        return bool(actual == wanted)
    if op == "prefix":
        return isinstance(actual, str) and actual.startswith(wanted)
    return not isinstance(actual, str | bool) and _ORDER[op](actual, wanted)


def _behaved(rule: Rule, facts: Facts) -> bool:
    step = rule.did or rule.did_not or ""
    if rule.campaign_id is not None:
        last = facts.did.get((rule.campaign_id, step))
    else:
        last = facts.happened.get(rule.event or "")
    did = last is not None and (rule.within_days is None or within(last, rule.within_days, facts.now))
    return did is (rule.did is not None)
