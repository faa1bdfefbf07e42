"""Rows about people become a rule of the API, and a rule becomes rows where rows can say it."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import words
from dashboard.conditions import WHATS, Conditions, Group, Op, Row, conditions_of, ops_of, scalar, typed
from dashboard.draft import Aim
from push.audience.composing import to_rule
from sdk_contracts.wire.audience import Rule

PLATFORM = Row(what="device.platform", op="eq", value="ios")
ROWS = [
    (PLATFORM, {"field": "device.platform", "op": "eq", "value": "ios"}),
    (
        Row(what="device.platform", op="in", names=("ios", "web")),
        {"field": "device.platform", "op": "in", "value": ["ios", "web"]},
    ),
    (Row(what="device.app_version", op="lt", value="2"), {"field": "device.app_version", "op": "lt", "value": "2"}),
    (
        Row(what="device.last_seen_at", op="within_days", days=30),
        {"field": "device.last_seen_at", "op": "within_days", "value": 30},
    ),
    (
        Row(what="device.created_at", op="gte", value="2026-05-04"),
        {"field": "device.created_at", "op": "gte", "value": "2026-05-04"},
    ),
    (Row(what="person", name="orders", op="gte", value="3"), {"field": "person.orders", "op": "gte", "value": 3}),
    (Row(what="person", name="vip", op="eq", value="true"), {"field": "person.vip", "op": "eq", "value": True}),
    (Row(what="person", name="code", op="eq", value='"7"'), {"field": "person.code", "op": "eq", "value": "7"}),
    (Row(what="person", name="city", op="missing"), {"field": "person.city", "op": "exists", "value": False}),
    (Row(what="person.relation", op="ne", value="family"), {"field": "person.relation", "op": "ne", "value": "family"}),
    (
        Row(what="tag", name="plan", op="in", names=("gold", "silver")),
        {"field": "device.tags.plan", "op": "in", "value": ["gold", "silver"]},
    ),
    (
        Row(what="device.locale", op="not_in", names=("de", "fr")),
        {"not": {"field": "device.locale", "op": "in", "value": ["de", "fr"]}},
    ),
    (Row(what="topics", op="is", names=("news",)), {"topics": ["news"]}),
    (Row(what="topics", op="is_not", names=("news",)), {"not": {"topics": ["news"]}}),
    (Row(what="segment", op="is", id="seg_0"), {"segment_id": "seg_0"}),
    (
        Row(what="campaign", op="did", id="cmp_1", deed="opened", days=7),
        {"campaign_id": "cmp_1", "did": "opened", "within_days": 7},
    ),
    (Row(what="event", op="did_not", name="bought"), {"event": "bought", "did_not": "happened"}),
]  # fmt: skip


def as_rule(wire: Any) -> Rule:
    return msgspec.convert(wire, Rule)


@pytest.mark.parametrize(("row", "wire"), ROWS)
def test_a_row_says_what_the_rule_says_and_the_engine_takes_it(row: Row, wire: Any) -> None:
    assert row.needs() == []
    assert msgspec.to_builtins(row.rule()) == wire
    to_rule(row.rule(), {})
    assert conditions_of(as_rule(wire)) == Conditions(groups=(Group(rows=(row,)),))


def test_groups_of_rows_come_back_as_they_were() -> None:
    rows = tuple(row for row, _ in ROWS)
    for join in ("and", "or"):
        one = Conditions(groups=(Group(join=join, rows=rows),))
        assert conditions_of(one.rule()) == one
        two = Conditions(join=join, groups=(Group(join="or", rows=rows[:2]), Group(join="and", rows=rows[2:5])))
        assert conditions_of(two.rule()) == two
        mixed = Conditions(join=join, groups=(Group(join="or", rows=rows[:2]), Group(rows=rows[2:3])))
        assert conditions_of(mixed.rule()) == mixed


@pytest.mark.parametrize(
    "wire",
    [
        {"not": {"field": "device.platform", "op": "eq", "value": "ios"}},
        {"and": [{"or": [{"and": [{"topics": ["a"]}, {"topics": ["b"]}]}, {"topics": ["c"]}]}, {"topics": ["d"]}]},
        {"and": [{"external_ids": ["ada"]}, {"topics": ["news"]}]},
        {"field": "device.app_version", "op": "in", "value": ["1.0", "2.0"]},
    ],
)
def test_what_rows_cannot_say_stays_a_rule(wire: Any) -> None:
    assert conditions_of(as_rule(wire)) is None


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (Row(what="device.locale", op="prefix"), "need.row_value"),
        (Row(what="device.locale", op="in"), "need.row_value"),
        (Row(what="device.last_seen_at", op="within_days"), "need.row_days"),
        (Row(what="device.created_at", op="lt", value="May"), "need.row_day"),
        (Row(what="person", name="two words", op="eq", value="1"), "need.row_name"),
        (Row(what="event", op="did"), "need.row_name"),
        (Row(what="topics", op="is", names=("a//b",)), "need.row_topic"),
        (Row(what="segment", op="is"), "need.row_segment"),
        (Row(what="campaign", op="did"), "need.row_campaign"),
    ],
)
def test_what_a_row_lacks_is_named(row: Row, missing: str) -> None:
    found = Aim("rows", rows=Conditions(groups=(Group(rows=(PLATFORM, row)),))).needs()
    assert [(need.key, need.step) for need in found] == [(missing, "audience")]
    assert words.say("zh", missing)


@given(st.one_of(st.booleans(), st.integers(-(10**14), 10**14), st.text(max_size=20)))
def test_what_is_shown_of_a_value_is_read_as_that_value(value: Any) -> None:
    read = scalar(typed(value))
    assert (read, type(read)) == (value, type(value))


def test_every_choice_has_words() -> None:
    needed = [*(f"what.{what}" for what in WHATS), *(f"op.{op}" for op in get_args(Op))]
    assert [key for key in needed if key not in words.TABLE] == []
    assert all(ops_of(what) for what in WHATS)
