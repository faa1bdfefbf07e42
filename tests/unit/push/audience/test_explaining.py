"""Why somebody is in an audience or out of it, in words that can be read out."""

from typing import Any

import pytest

from push.audience.explaining import explain
from push.audience.meaning import Facts
from push.audience.rules import Audience, Rule
from tests.unit.push.audience.test_meaning import ADA, IN, OUT, PHONE, field
from tests.unit.push.making import NOON, device

PERSON = Facts(
    now=NOON, external_id="ada", attributes=ADA.attributes, relations=ADA.relations, did=ADA.did, happened=ADA.happened
)
IOS, GOLD = field("device.platform", "eq", "ios"), field("device.tags.plan", "eq", "gold")


def words(include: Rule, exclude: Rule | None = None, devices: Any = (PHONE,)) -> str:
    return explain(Audience(include=include, exclude=exclude), PERSON, devices).words


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(all=True), "In, because it is for everybody."),
        (Rule(external_ids=("bob", "eve")), "Out, because they are not among the 2 who are named."),
        (Rule(topics=("offers",)), "Out, because the device does not follow offers, nor what lies above."),
        (field("person.city", "eq", "York"), "In, because their city is York."),
        (field("person.city", "in", ("Leeds", "Hull")),
         "Out, because their city is not one of Leeds, Hull: it is York."),
        (field("person.city", "prefix", "Yo"), "In, because their city begins with Yo: it is York."),
        (field("device.locale", "prefix", "de"),
         "Out, because the device's language does not begin with de: it is en-GB."),
        (field("person.city", "ne", "York"), "Out, because their city is York."),
        (field("person.city", "ne", "Hull"), "In, because their city is not Hull: it is York."),
        (field("person.none", "gt", 3), "Out, because their none is not above 3: it is not known."),
        (field("person.none", "exists", False), "In, because their none is not known."),
        (field("person.vip", "eq", True), "Out, because their vip is not true: it is false."),
        (field("person.since", "within_days", 9),
         "Out, because their since is not within the last 9 days: it is 2026-04-24 12:00 UTC."),
        (field("device.app_version", "lt", "2.9"),
         "Out, because the version of the app is not below 2.9: it is 2.10.0."),
        (field("person.relation", "eq", "family"),
         "Out, because what they are to us is not family: it is customer, employee."),
        (Rule(campaign_id="cmp_a", did="opened", within_days=5),
         "In, because they opened the campaign cmp_a within the last 5 days."),
        (Rule(campaign_id="cmp_a", did_not="clicked"), "In, because they did not click the campaign cmp_a."),
        (Rule(event="purchase", did_not="happened"), "Out, because purchase happened."),
    ],
    ids=str,
)  # fmt: skip
def test_one_rule_is_told(rule: Rule, said: str) -> None:
    assert words(rule) == said


@pytest.mark.parametrize("rule", IN + OUT)
def test_every_rule_can_be_told_whatever_is_known(rule: Rule) -> None:
    for devices in ((PHONE,), ()):
        for person in (PERSON, Facts(now=NOON)):
            found = explain(Audience(include=rule), person, devices)
            assert found.reasons
            assert found.words.startswith("In, because " if found.meant else "Out, because ")


def test_of_rules_that_must_all_hold_the_one_that_fails_is_told() -> None:
    rule = Rule(and_=(GOLD, Rule(not_=IOS), Rule(external_ids=("bob",))))
    found = explain(Audience(include=rule), PERSON, [PHONE])
    assert [(each.pointer, each.holds) for each in found.reasons] == [("/include/and/1/not", True)]
    assert found.words == "Out, because the device's platform is ios."
    assert words(Rule(and_=(GOLD, IOS))) == "In, because the device's tag plan is gold; the device's platform is ios."


def test_of_rules_of_which_one_is_enough_that_one_is_told_or_none_is() -> None:
    assert words(Rule(or_=(Rule(external_ids=("bob",)), GOLD, IOS))) == "In, because the device's tag plan is gold."
    found = explain(Audience(include=Rule(or_=(Rule(not_=GOLD), Rule(external_ids=("bob",))))), PERSON, [PHONE])
    assert [each.pointer for each in found.reasons] == ["/include/or/0/not", "/include/or/1"]


def test_who_is_left_out_is_told_by_what() -> None:
    assert words(GOLD, IOS) == "Out, because those are left out of whom this is so: the device's platform is ios."
    assert words(Rule(external_ids=("bob",)), IOS) == "Out, because they are not among the 1 who are named."


def test_one_device_of_several_is_enough() -> None:
    android = device(platform="android")
    found = explain(Audience(include=IOS), PERSON, [android, PHONE])
    assert (found.meant, found.device_id, found.devices) == (True, PHONE.id, (PHONE.id,))
    found = explain(Audience(include=Rule(all=True), exclude=GOLD), PERSON, [PHONE, android])
    assert (found.meant, found.devices) == (True, (android.id,))


def test_who_has_no_device_is_in_only_where_the_rule_speaks_of_persons() -> None:
    assert words(Rule(all=True), devices=()) == "Out, because they have no device."
    assert words(field("person.city", "eq", "York"), devices=()) == "In, because their city is York."
    assert words(Rule(and_=(IOS, Rule(external_ids=("ada",)))), devices=()) == "Out, because they have no device."
