"""A rule about people as rows that a person fills in, in groups, and back. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from dashboard.needs import Need
from sdk_contracts.wire.audience import Rule

What = Literal[
    "device.platform", "device.locale", "device.app_version", "device.timezone", "device.last_seen_at",
    "device.created_at", "person.relation", "person", "tag", "topics", "segment", "campaign", "event",
]  # fmt: skip
"""What a row is about."""
Op = Literal[
    "eq", "ne", "in", "not_in", "prefix", "gt", "gte", "lt", "lte", "within_days", "exists", "missing", "did",
    "did_not", "is", "is_not",
]  # fmt: skip
Join = Literal["and", "or"]
WHATS: tuple[What, ...] = get_args(What)
JOINS: tuple[Join, ...] = get_args(Join)
FIXED: tuple[What, ...] = WHATS[:7]
"""Fields that every app has."""
CHOICES: dict[str, tuple[str, ...]] = {
    "device.platform": ("android", "ios", "web"),
    "person.relation": ("customer", "employee", "family"),
}
LISTS = frozenset({"in", "not_in"})
"""What these compare with are several values."""
OPPOSITES: dict[str, Op] = {"is": "is_not", "in": "not_in"}
DEEDS = ("received", "opened", "clicked", "converted")
_KNOWN: tuple[Op, ...] = ("exists", "missing")
_ANY: tuple[Op, ...] = ("eq", "ne", "in", "not_in", "prefix", "gt", "gte", "lt", "lte", "within_days", *_KNOWN)
_BY_TYPE: dict[str, tuple[Op, ...]] = {
    "string": ("eq", "ne", "in", "not_in", "prefix", *_KNOWN),
    "number": ("eq", "ne", "gt", "gte", "lt", "lte", *_KNOWN),
    "bool": ("eq", "ne", *_KNOWN),
    "date": ("within_days", "eq", "gt", "gte", "lt", "lte", *_KNOWN),
}
_OPS: dict[What, tuple[Op, ...]] = {
    "device.platform": ("eq", "ne", "in", "not_in"),
    "device.locale": ("prefix", "eq", "ne", "in", "not_in"),
    "device.app_version": ("lt", "lte", "eq", "ne", "gte", "gt"),
    "device.timezone": ("eq", "ne", "in", "not_in", "prefix"),
    "device.last_seen_at": ("within_days", "lt", "gte"),
    "device.created_at": ("within_days", "lt", "gte"),
    "person.relation": ("eq", "ne", "in", "not_in"),
    "topics": ("is", "is_not"),
    "segment": ("is", "is_not"),
    "campaign": ("did", "did_not"),
    "event": ("did", "did_not"),
}
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOPIC = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2}))?")
_MOST_DAYS = 3650


class Row(Struct, frozen=True, kw_only=True):
    """One condition, as typed."""

    what: What = "device.platform"
    name: str = ""
    """Of the attribute, tag or event."""
    op: Op = "eq"
    value: str = ""
    names: tuple[str, ...] = ()
    """Topics, or the values of `in`."""
    id: str = ""
    """Of the segment or campaign."""
    deed: str = "opened"
    days: int | None = None
    """The last so many; none: ever."""

    def needs(self) -> list[Need]:
        key = self._need()
        return [Need(key, step="audience")] if key else []

    def _need(self) -> str | None:
        match self.what:
            case "topics":
                if not self.names or not all(map(_TOPIC.fullmatch, self.names)):
                    return "need.row_topic"
            case "segment" | "campaign":
                return None if self.id else f"need.row_{self.what}"
            case "person" | "tag" | "event":
                if not _KEY.fullmatch(self.name):
                    return "need.row_name"
        if self.what in {"topics", "event"} or self.op in _KNOWN:
            return None
        if self.op == "within_days":
            return None if self.days and abs(self.days) <= _MOST_DAYS else "need.row_days"
        if self.what in {"device.last_seen_at", "device.created_at"}:
            return None if _DAY.fullmatch(self.value) else "need.row_day"
        return None if (self.names if self.op in LISTS else self.value) else "need.row_value"

    def rule(self) -> Rule:
        """Ask `needs` first."""
        match self.what:
            case "topics":
                return _unless(self.op == "is_not", Rule(topics=list(self.names)))
            case "segment":
                return _unless(self.op == "is_not", Rule(segment_id=self.id))
            case "campaign":
                return _behaviour({"campaign_id": self.id}, self.op, self.deed, self.days)
            case "event":
                return _behaviour({"event": self.name}, self.op, "happened", self.days)
        if self.op in _KNOWN:
            return Rule(field=self.field, op="exists", value=self.op == "exists")
        value: Any = self.days if self.op == "within_days" else self._value()
        op = "in" if self.op == "not_in" else self.op
        return _unless(self.op == "not_in", msgspec.convert({"field": self.field, "op": op, "value": value}, Rule))

    @property
    def field(self) -> str:
        return {"person": f"person.{self.name}", "tag": f"device.tags.{self.name}"}.get(self.what, self.what)

    def _value(self) -> Any:
        read = str if self.what in FIXED else scalar
        return [read(name) for name in self.names] if self.op in LISTS else read(self.value)


class Group(Struct, frozen=True, kw_only=True):
    join: Join = "and"
    rows: tuple[Row, ...] = (Row(value="android"),)

    def rule(self) -> Rule:
        return _joined(self.join, [row.rule() for row in self.rows])


class Conditions(Struct, frozen=True, kw_only=True):
    join: Join = "and"
    groups: tuple[Group, ...] = (Group(),)

    def needs(self) -> list[Need]:
        found = [need for group in self.groups for row in group.rows for need in row.needs()]
        return list({need.key: need for need in found}.values())

    def rule(self) -> Rule:
        return _joined(self.join, [group.rule() for group in self.groups])


def ops_of(what: What, type_: str | None = None) -> tuple[Op, ...]:
    """`type_` is that of an attribute, where the app has said it."""
    return _BY_TYPE.get(type_ or "", _ANY) if what in {"person", "tag"} else _OPS[what]


def conditions_of(rule: Rule) -> Conditions | None:
    """The rows that say the same, or None where it takes more than rows in groups."""
    join, parts = _parts(rule)
    groups = []
    for part in parts:
        inner, leaves = _parts(part)
        rows = [row_of(leaf) for leaf in leaves]
        if any(row is None or row.op not in ops_of(row.what) for row in rows):
            return None
        groups.append(Group(join=inner, rows=tuple(row for row in rows if row is not None)))
    found = Conditions(join=join, groups=tuple(groups))
    if len(groups) > 1 and all(len(group.rows) == 1 for group in groups):
        found = Conditions(groups=(Group(join=join, rows=tuple(group.rows[0] for group in groups)),))
    return found if not found.needs() and found.rule() == rule else None


def row_of(rule: Rule) -> Row | None:
    if rule.not_ is not UNSET:
        inner = row_of(rule.not_)
        opposite = OPPOSITES.get(inner.op) if inner is not None else None
        return msgspec.structs.replace(inner, op=opposite) if inner is not None and opposite else None
    if rule.topics is not UNSET:
        return Row(what="topics", op="is", names=tuple(rule.topics))
    if rule.segment_id is not UNSET:
        return Row(what="segment", op="is", id=rule.segment_id)
    deed = rule.did if rule.did is not UNSET else rule.did_not
    how: Op = "did" if rule.did is not UNSET else "did_not"
    days = _or_none(rule.within_days)
    if rule.campaign_id is not UNSET and deed is not UNSET:
        return Row(what="campaign", id=rule.campaign_id, op=how, deed=deed, days=days)
    if rule.event is not UNSET:
        return Row(what="event", name=rule.event, op=how, days=days)
    return _field_row(rule) if rule.field is not UNSET else None


def _field_row(rule: Rule) -> Row | None:
    field, value = str(rule.field), rule.value
    what, name = _about(field)
    op: Op = rule.op if rule.op is not UNSET else "eq"
    if op == "exists":
        return Row(what=what, name=name, op="exists" if value else "missing")
    if op == "within_days":
        return Row(what=what, name=name, op=op, days=value) if isinstance(value, int) else None
    show = str if what in FIXED else typed
    if isinstance(value, list):
        return Row(what=what, name=name, op=op, names=tuple(show(each) for each in value))
    return Row(what=what, name=name, op=op, value=show(value)) if value is not UNSET else None


def _about(field: str) -> tuple[What, str]:
    for fixed in FIXED:
        if field == fixed:
            return fixed, ""
    return ("person", field.removeprefix("person.")) if field.startswith("person.") else (
        "tag", field.removeprefix("device.tags.")
    )  # fmt: skip


def scalar(text: str) -> str | int | float | bool:
    """What somebody means who types it: a number, true or false, or a text, which quotes make of anything."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def typed(value: Any) -> str:
    """The other way about."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if scalar(value) == value and isinstance(scalar(value), str) else f'"{value}"'
    return str(value)


def _parts(rule: Rule) -> tuple[Join, list[Rule]]:
    if rule.or_ is not UNSET:
        return "or", rule.or_
    return ("and", rule.and_) if rule.and_ is not UNSET else ("and", [rule])


def _joined(join: Join, rules: list[Rule]) -> Rule:
    if len(rules) == 1:
        return rules[0]
    return Rule(or_=rules) if join == "or" else Rule(and_=rules)


def _unless(not_: bool, rule: Rule) -> Rule:
    return Rule(not_=rule) if not_ else rule


def _behaviour(about: Mapping[str, str], op: str, deed: str, days: int | None) -> Rule:
    said: dict[str, Any] = {**about, op: deed}
    return msgspec.convert(said | ({"within_days": days} if days else {}), Rule)


def _or_none(days: int | UnsetType) -> int | None:
    return None if days is UNSET else days
