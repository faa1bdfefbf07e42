"""A rule that cannot be meant is refused, and it is said where it is wrong."""

from typing import Any

import msgspec
import pytest

from push.audience.composing import to_rule
from push.audience.rules import Audience, Rule
from push.errors import Invalid
from sdk_contracts.wire.audience import Rule as RuleContract
from sdk_contracts.wire.common import AttributeType

TYPES: dict[str, AttributeType] = {"city": "string", "age": "number", "vip": "bool", "since": "date"}


def read(rule: Any) -> Rule:
    return to_rule(msgspec.convert(rule, RuleContract), TYPES)


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"all": True}
    for _ in range(depth - 1):
        rule = {"not": rule}
    return rule


GOOD = [
    {"all": True},
    {"segment_id": "seg_1"},
    {"topics": ["news"]},
    {"external_ids": ["ada"]},
    {"device_ids": ["dev_1"]},
    leaf("person.city", "in", ["York", "Leeds"]),
    leaf("person.vip", "eq", False),
    leaf("person.since", "within_days", -30),
    leaf("person.since", "gte", "2026-05-04"),
    leaf("person.never_heard_of", "gt", "2026-05-04T10:00:00Z"),
    leaf("person.relation", "eq", "family"),
    leaf("device.app_version", "lt", "2.10.1"),
    leaf("device.tags.plan", "prefix", "g"),
    {"campaign_id": "cmp_1", "did_not": "opened", "within_days": 7},
    {"event": "purchase", "did": "happened"},
    {"and": [{"or": [{"all": True}, {"not": {"topics": ["a/b"]}}]}, leaf("device.platform", "eq", "ios")]},
    nested(10),
    {"or": [{"all": True}] * 100},
]
BAD = [
    ({}, ""),
    ({"all": True, "topics": ["news"]}, ""),
    ({"all": True, "within_days": 3}, "/within_days"),
    ({"op": "eq", "value": 1}, ""),
    ({"field": "person.city", "value": 1}, "/op"),
    ({"field": "person.city", "op": "eq"}, "/value"),
    (leaf("person.city", "eq", 5), "/value"),
    (leaf("person.city", "gt", "York"), "/op"),
    (leaf("person.age", "in", [5, "6"]), "/value"),
    (leaf("person.age", "in", 5), "/value"),
    (leaf("person.age", "eq", True), "/value"),
    (leaf("person.age", "eq", [5]), "/value"),
    (leaf("person.vip", "gt", True), "/op"),
    (leaf("person.since", "eq", "yesterday"), "/value"),
    (leaf("person.since", "eq", "0001-01-01"), "/value"),
    (leaf("person.since", "within_days", 1.5), "/value"),
    (leaf("person.since", "within_days", True), "/value"),
    (leaf("person.since", "within_days", 10**6), "/value"),
    (leaf("person.since", "exists", "yes"), "/value"),
    (leaf("person.relation", "eq", "friend"), "/value"),
    (leaf("person.relation", "gt", "family"), "/op"),
    (leaf("device.platform", "eq", "windows"), "/value"),
    (leaf("device.app_version", "gt", "newest"), "/value"),
    (leaf("device.last_seen_at", "gt", 1_700_000_000), "/value"),
    (leaf("device.last_seen_at", "eq", "2026-05-04"), "/op"),
    (leaf("device.tags.visits", "gt", "7"), "/value"),
    (leaf("device.tags.plan", "prefix", ""), "/value"),
    ({"campaign_id": "cmp_1"}, ""),
    ({"campaign_id": "cmp_1", "did": "opened", "did_not": "opened"}, ""),
    ({"campaign_id": "cmp_1", "did": "happened"}, "/did"),
    ({"event": "purchase", "did_not": "opened"}, "/did_not"),
    ({"event": "purchase", "did": "happened", "value": 3}, "/value"),
    ({"and": [{"all": True}, {"or": [{}]}]}, "/and/1/or/0"),
    (nested(11), "/not" * 10),
    ({"or": [{"and": [{"all": True}] * 99}] * 3}, "/or/1/and/98"),
]  # fmt: skip


@pytest.mark.parametrize("rule", GOOD, ids=str)
def test_a_good_rule_is_kept_and_given_back_as_it_came(rule: dict[str, Any]) -> None:
    kept = read(rule)
    stored = msgspec.json.decode(msgspec.json.encode(kept))
    assert stored == rule
    assert msgspec.convert(stored, Rule) == kept


@pytest.mark.parametrize(("rule", "pointer"), BAD, ids=str)
def test_a_bad_rule_is_refused_where_it_is_wrong(rule: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(rule)
    assert refused.value.pointer == f"/rule{pointer}"


@pytest.mark.parametrize(
    "field",
    ["person.$where", "person.a.b", "person.", "person.a\0", "device.tags.$gt", "device.tags.a.b", "device.gate",
     "city", "person.a\n", "device.tags", "$or", "device.address.token"],
)  # fmt: skip
def test_no_field_is_an_operator_or_a_path(field: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(leaf(field, "eq", "x"))


@pytest.mark.parametrize("value", [{"$gt": ""}, ["a", {"$gt": ""}], [["a"]], None, "a\0b", [], ["a"] * 1001, 2**53])
def test_no_value_is_an_operator(value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(leaf("device.tags.plan", "in", value))


@pytest.mark.parametrize("kept", [{"all": True}, {"topics": ["a"]}, {"external_ids": ["a"]}, {"device_ids": ["a"]}])
def test_what_was_kept_before_there_were_other_rules_is_understood(kept: dict[str, Any]) -> None:
    audience = msgspec.convert({"include": kept, "exclude": kept}, Audience)
    assert msgspec.json.decode(msgspec.json.encode(audience)) == {"include": kept, "exclude": kept}
