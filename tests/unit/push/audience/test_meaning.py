"""What rules mean, one by one."""

from datetime import timedelta
from typing import Any

import pytest

from push.audience.meaning import Facts, matches
from push.audience.rules import Rule
from push.audience.values import version
from tests.unit.push.making import NOON, device

PHONE = device(
    platform="ios",
    locale="en-GB",
    timezone="Europe/London",
    app_version="2.10.0",
    created_at=NOON - timedelta(days=40),
    last_seen_at=NOON - timedelta(days=3),
    tags={"plan": "gold", "visits": 7, "beta": True},
    topics=("news",),
)
ADA = Facts(
    now=NOON,
    device=PHONE,
    external_id="ada",
    attributes={"city": "York", "age": 36, "vip": False, "since": NOON - timedelta(days=10)},
    relations=("customer", "employee"),
    did={("cmp_a", "opened"): NOON - timedelta(days=5)},
    happened={"purchase": NOON - timedelta(days=20)},
)
NOBODY = Facts(now=NOON)


def field(name: str, op: Any, value: Any) -> Rule:
    return Rule(field=name, op=op, value=value)


IN = [
    Rule(all=True),
    Rule(topics=("news/sports",)),
    Rule(external_ids=("bob", "ada")),
    Rule(device_ids=(PHONE.id,)),
    field("person.city", "eq", "York"),
    field("person.city", "prefix", "Yo"),
    field("person.city", "in", ("Leeds", "York")),
    field("person.age", "gte", 36),
    field("person.age", "eq", 36.0),
    field("person.vip", "eq", False),
    field("person.since", "within_days", 10),
    field("person.since", "gt", "2026-04-20"),
    field("person.unheard_of", "exists", False),
    field("person.unheard_of", "ne", "x"),
    field("person.relation", "eq", "employee"),
    field("person.relation", "in", ("family", "customer")),
    field("person.relation", "ne", "family"),
    field("device.platform", "ne", "android"),
    field("device.locale", "eq", "EN_gb"),
    field("device.locale", "prefix", "en"),
    field("device.timezone", "prefix", "Europe/"),
    field("device.app_version", "gt", "2.9"),
    field("device.app_version", "eq", "2.10"),
    field("device.last_seen_at", "within_days", 3),
    field("device.created_at", "lt", "2026-05-01T00:00:00+02:00"),
    field("device.tags.plan", "eq", "gold"),
    field("device.tags.visits", "lt", 7.5),
    field("device.tags.beta", "exists", True),
    Rule(campaign_id="cmp_a", did="opened", within_days=5),
    Rule(campaign_id="cmp_a", did_not="opened", within_days=4),
    Rule(campaign_id="cmp_a", did_not="clicked"),
    Rule(event="purchase", did="happened"),
    Rule(event="purchase", did_not="happened", within_days=7),
    Rule(event="refund", did_not="happened"),
]
OUT = [
    Rule(topics=("newsletter",)),
    Rule(external_ids=("bob",)),
    field("person.city", "eq", "york"),
    field("person.city", "gt", "A"),
    field("person.age", "eq", "36"),
    field("person.age", "eq", True),
    field("person.vip", "eq", 0),
    field("person.vip", "lt", 1),
    field("person.since", "within_days", 9),
    field("person.since", "within_days", -9),
    field("person.relation", "ne", "customer"),
    field("person.unheard_of", "lt", 5),
    field("device.app_version", "lt", "2.9"),
    field("device.app_version", "in", ("2.1", "2.10.1")),
    field("device.tags.beta", "eq", 1),
    field("device.tags.visits", "prefix", "7"),
    field("device.tags.unheard_of", "exists", True),
    Rule(campaign_id="cmp_b", did="opened"),
    Rule(event="purchase", did="happened", within_days=19),
]


@pytest.mark.parametrize("rule", IN)
def test_it_is_so_and_the_contrary_is_not(rule: Rule) -> None:
    assert matches(rule, ADA)
    assert not matches(Rule(not_=rule), ADA)


@pytest.mark.parametrize("rule", OUT)
def test_it_is_not_so_and_the_contrary_is(rule: Rule) -> None:
    assert not matches(rule, ADA)
    assert matches(Rule(not_=rule), ADA)


@pytest.mark.parametrize("rule", [each for each in IN + OUT if not each.all])
def test_of_somebody_unknown_only_what_is_said_of_the_unknown_is_so(rule: Rule) -> None:
    about_the_unknown = rule.op == "ne" or (rule.op == "exists" and rule.value is False) or rule.did_not is not None
    assert matches(rule, NOBODY) is about_the_unknown


def test_rules_are_put_together() -> None:
    ios, gold, bob = (
        field("device.platform", "eq", "ios"),
        field("device.tags.plan", "eq", "gold"),
        Rule(external_ids=("bob",)),
    )
    assert matches(Rule(and_=(ios, gold)), ADA)
    assert not matches(Rule(and_=(ios, bob)), ADA)
    assert matches(Rule(or_=(bob, gold)), ADA)
    assert not matches(Rule(or_=(bob, Rule(not_=ios))), ADA)


def test_the_days_to_come_are_a_negative_number() -> None:
    renews = Facts(now=NOON, attributes={"renews": NOON + timedelta(days=6)})
    assert matches(field("person.renews", "within_days", -7), renews)
    assert not matches(field("person.renews", "within_days", -5), renews)
    assert not matches(field("person.renews", "within_days", 7), renews)


def test_a_segment_that_nobody_put_in_its_place_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="seg_1"):
        matches(Rule(segment_id="seg_1"), ADA)


def test_versions_are_compared_number_by_number() -> None:
    told = ["1.9", "2.0-beta", "2.0-rc.1", "2", "2.0.1", "2.10", "10.0"]
    assert sorted(told, key=lambda each: version(each) or ()) == told
    assert version("2") == version("v2.0.0") == version("2.0+45") == version("2.0 (45)")
    assert version("beta") is None
