"""A rule as it comes in, looked at and made ready to be kept. Says where it is wrong."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from push.audience import values
from push.audience.rules import PERSON, RELATION, TAG, Audience, Rule
from push.errors import Invalid
from sdk_contracts.wire.audience import DEEPEST, MOST_RULES
from sdk_contracts.wire.audience import Audience as AudienceContract
from sdk_contracts.wire.audience import Rule as RuleContract
from sdk_contracts.wire.common import AttributeType

Types = Mapping[str, AttributeType]
_KINDS = (
    "all", "segment_id", "topics", "external_ids", "device_ids", "field", "campaign_id", "event", "and", "or", "not"
)  # fmt: skip
_EQUAL, _ORDER = ("eq", "ne", "in"), ("gt", "gte", "lt", "lte")
_OPS: dict[str, tuple[str, ...]] = {
    "platform": _EQUAL,
    "relation": (*_EQUAL, "exists"),
    "string": (*_EQUAL, "exists", "prefix"),
    "version": (*_EQUAL, *_ORDER, "exists"),
    "number": (*_EQUAL, *_ORDER, "exists"),
    "bool": ("eq", "ne", "exists"),
    "date": (*_EQUAL, *_ORDER, "exists", "within_days"),
    "time": (*_ORDER, "within_days"),
    "tag": (*_EQUAL, *_ORDER, "exists", "prefix"),
    "any": (*_EQUAL, *_ORDER, "exists", "prefix", "within_days"),
}
_DEVICE = {
    "device.platform": "platform",
    "device.locale": "string",
    "device.timezone": "string",
    "device.app_version": "version",
    "device.last_seen_at": "time",
    "device.created_at": "time",
}
_CHOICES = {"platform": ("android", "ios", "web"), "relation": ("customer", "employee", "family")}
_LONGEST_DAYS = 3650


def to_audience(contract: AudienceContract, types: Types | None = None, pointer: str = "/audience") -> Audience:
    """`types` are those of the attributes of the app's people. Raises Invalid."""
    reading = _Reading(types or {})
    include = reading.rule(contract.include, f"{pointer}/include", 1)
    exclude = None if contract.exclude is UNSET else reading.rule(contract.exclude, f"{pointer}/exclude", 1)
    return Audience(include=include, exclude=exclude)


def to_rule(contract: RuleContract, types: Types, pointer: str = "/rule") -> Rule:
    """Raises Invalid."""
    return _Reading(types).rule(contract, pointer, 1)


class _Reading:
    def __init__(self, types: Types) -> None:
        self._types = types
        self._rules = 0

    def rule(self, contract: RuleContract, pointer: str, depth: int) -> Rule:
        self._rules += 1
        if depth > DEEPEST:
            raise Invalid(pointer, f"Rules lie {DEEPEST} deep within each other at most.")
        if self._rules > MOST_RULES:
            raise Invalid(pointer, f"These are more than {MOST_RULES} rules; a segment may hold some of them.")
        given = {name: value for name, value in _fields(contract).items() if value is not UNSET}
        kinds = [name for name in _KINDS if name in given]
        if len(kinds) != 1:
            raise Invalid(pointer, f"A rule says exactly one of {', '.join(_KINDS)}.")
        kind = kinds[0]
        if kind in ("and", "or"):
            self._only(given, pointer, kind)
            parts = [self.rule(part, f"{pointer}/{kind}/{at}", depth + 1) for at, part in enumerate(given[kind])]
            return Rule(and_=tuple(parts)) if kind == "and" else Rule(or_=tuple(parts))
        if kind == "not":
            self._only(given, pointer, kind)
            return Rule(not_=self.rule(given["not"], f"{pointer}/not", depth + 1))
        if kind == "field":
            self._only(given, pointer, "field", "op", "value")
            self._check_field(given, pointer)
        elif kind in ("campaign_id", "event"):
            self._only(given, pointer, kind, "did", "did_not", "within_days")
            _check_behaviour(given, pointer, kind)
        else:
            self._only(given, pointer, kind)
        return msgspec.convert(msgspec.to_builtins(given), Rule)

    def _only(self, given: Mapping[str, Any], pointer: str, *names: str) -> None:
        for name in given:
            if name not in names:
                raise Invalid(f"{pointer}/{name}", f"This does not go with {names[0]}.")

    def _check_field(self, given: Mapping[str, Any], pointer: str) -> None:
        for name in ("op", "value"):
            if name not in given:
                raise Invalid(f"{pointer}/{name}", "A rule about a field has field, op and value.")
        field, op, value = given["field"], given["op"], given["value"]
        kind = self._kind_of(field)
        if op not in _OPS[kind]:
            raise Invalid(f"{pointer}/op", f"{field} can be asked for with {', '.join(_OPS[kind])}.")
        if (wrong := _wrong(kind, op, value)) is not None:
            raise Invalid(f"{pointer}/value", f"{field} {op} takes {wrong}.")

    def _kind_of(self, field: str) -> str:
        if field == RELATION:
            return "relation"
        if field.startswith(PERSON):
            return self._types.get(field.removeprefix(PERSON), "any")
        return "tag" if field.startswith(TAG) else _DEVICE[field]


def _fields(contract: RuleContract) -> dict[str, Any]:
    """As they are named on the wire."""
    return {each.encode_name: getattr(contract, each.name) for each in msgspec.structs.fields(contract)}


def _check_behaviour(given: Mapping[str, Any], pointer: str, kind: str) -> None:
    said = [name for name in ("did", "did_not") if name in given]
    if len(said) != 1:
        raise Invalid(pointer, f"A rule about {kind} says did or did_not, one of the two.")
    if (given[said[0]] == "happened") is not (kind == "event"):
        wanted = "happened" if kind == "event" else "received, opened, clicked or converted"
        raise Invalid(f"{pointer}/{said[0]}", f"With {kind} this is {wanted}.")


def _wrong(kind: str, op: str, value: Any) -> str | None:
    """What it should be, where it is not."""
    if op == "exists":
        return None if isinstance(value, bool) else "true or false"
    if op == "within_days":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 < abs(value) <= _LONGEST_DAYS
        return None if fits else f"a whole number of days up to {_LONGEST_DAYS}, negative for those to come"
    if op == "prefix":
        return None if isinstance(value, str) and value else "a text"
    if op == "in":
        fits = isinstance(value, list) and all(_is(kind, op, each) for each in value)
        return None if fits else f"a list of {_called(kind, op)}"
    return None if not isinstance(value, list) and _is(kind, op, value) else _called(kind, op)


def _is(kind: str, op: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "platform" | "relation":
            return value in _CHOICES[kind]
        case "string":
            return isinstance(value, str)
        case "version":
            return isinstance(value, str) and values.version(value) is not None
        case "number":
            return number
        case "bool":
            return isinstance(value, bool)
        case "date" | "time":
            return isinstance(value, str) and values.time(value) is not None
    if op not in _ORDER:
        return True
    return number or (kind == "any" and isinstance(value, str) and values.time(value) is not None)


def _called(kind: str, op: str) -> str:
    match kind:
        case "platform" | "relation":
            return ", ".join(_CHOICES[kind])
        case "string":
            return "texts" if op == "in" else "a text"
        case "version":
            return "versions like 2.10.1"
        case "number" | "tag":
            return "numbers" if op == "in" else "a number"
        case "bool":
            return "true or false"
    return "times of RFC 3339, or days like 2026-05-04"
