"""What a rule comes to, in words to be read out. Each is a part of a sentence that says how it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from push.audience.meaning import Facts, known
from push.audience.rules import PERSON, RELATION, TAG, Rule

_SHOWN = 5
_DEVICE = {
    "device.platform": "the device's platform",
    "device.locale": "the device's language",
    "device.timezone": "the device's time zone",
    "device.app_version": "the version of the app",
    "device.last_seen_at": "when the device was last seen",
    "device.created_at": "when the device was registered",
}
_ORDER = {"gt": "above", "gte": "at least", "lt": "below", "lte": "at most"}
_STEPS = {"received": "receive", "opened": "open", "clicked": "click", "converted": "convert after"}
_STEPS_DONE = {"received": "received", "opened": "opened", "clicked": "clicked", "converted": "converted after"}


def told(rule: Rule, facts: Facts, holds: bool) -> str:
    """Of one rule that is not made of others."""
    if rule.all:
        return "it is for everybody"
    if rule.external_ids:
        return "they are named" if holds else f"they are not among the {len(rule.external_ids):,} who are named"
    if rule.campaign_id is not None or rule.event is not None:
        return _behaviour(rule, holds)
    if facts.device is None and not (rule.field or "").startswith(PERSON):
        return "they have no device"
    if rule.device_ids:
        return "the device is named" if holds else f"the device is not among the {len(rule.device_ids):,} named"
    if rule.topics:
        topics = _listed(rule.topics)
        return f"the device follows {topics}" if holds else f"the device does not follow {topics}, nor what lies above"
    return _field(rule, facts, holds)


def _field(rule: Rule, facts: Facts, holds: bool) -> str:
    field = rule.field or ""
    actual = known(field, facts)
    if rule.op == "exists":
        return f"{_subject(field)} is {'known' if actual else 'not known'}"
    so = holds if rule.op != "ne" else not holds
    is_not = ("begins" if so else "does not begin") if rule.op == "prefix" else "is" if so else "is not"
    said = f"{_subject(field)} {is_not} {_wanted(rule)}"
    if rule.op in ("eq", "in", "ne") and so and len(actual) <= 1 and rule.op != "in":
        return said
    shown = _listed([_value(_raw(field, each, facts)) for each in actual]) if actual else "not known"
    return f"{said}: it is {shown}"


def _subject(field: str) -> str:
    if field == RELATION:
        return "what they are to us"
    if field.startswith(PERSON):
        return f"their {field.removeprefix(PERSON)}"
    return f"the device's tag {field.removeprefix(TAG)}" if field.startswith(TAG) else _DEVICE[field]


def _wanted(rule: Rule) -> str:
    value: Any = rule.value
    match rule.op:
        case "eq" | "ne":
            return _value(value)
        case "in":
            return f"one of {_listed([_value(each) for each in value])}"
        case "prefix":
            return f"with {value}"
        case "within_days":
            days = f"{abs(value):,} days"
            return f"within the last {days}" if value > 0 else f"within the next {days}"
    return f"{_ORDER[rule.op or '']} {_value(value)}"


def _behaviour(rule: Rule, holds: bool) -> str:
    did = holds is (rule.did is not None)
    within = f" within the last {rule.within_days:,} days" if rule.within_days is not None else ""
    if rule.event is not None:
        return f"{rule.event} {'happened' if did else 'did not happen'}{within}"
    step = rule.did or rule.did_not or ""
    done = f"they {_STEPS_DONE[step]}" if did else f"they did not {_STEPS[step]}"
    return f"{done} the campaign {rule.campaign_id}{within}"


def _raw(field: str, value: Any, facts: Facts) -> Any:
    """As the device says it, where it was made comparable."""
    if field in ("device.app_version", "device.locale") and facts.device is not None:
        return getattr(facts.device, field.removeprefix("device."))
    return value


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown} and {len(values) - _SHOWN:,} more"
