"""A rule asked as a question to the database and as a yes or no about one device means the same."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from push.audience.compiling import narrowed
from push.audience.matching import Matcher
from push.audience.rules import Rule, covering, followed
from push.devices.model import Device
from tests.unit.push.making import device

NAMES = st.text("ab-_", min_size=1, max_size=2)
TOPICS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PEOPLE = {name: f"per_{name}" for name in ("ann", "bob", "eve")}
IDS = [f"dev_{number}" for number in range(4)]
RULES = st.one_of(
    st.just(Rule(all=True)),
    st.lists(TOPICS, min_size=1, max_size=3).map(lambda names: Rule(topics=tuple(names))),
    st.lists(st.sampled_from(list(PEOPLE)), min_size=1).map(lambda names: Rule(external_ids=tuple(names))),
    st.lists(st.sampled_from(IDS), min_size=1).map(lambda ids: Rule(device_ids=tuple(ids))),
)


@st.composite
def devices(draw: st.DrawFn) -> Device:
    external_id = draw(st.none() | st.sampled_from(list(PEOPLE)))
    person_id = PEOPLE[external_id] if external_id else f"per_nobody_{draw(st.integers(0, 3))}"
    topics = tuple(draw(st.lists(TOPICS, max_size=4)))
    return device(id=draw(st.sampled_from(IDS)), external_id=external_id, person_id=person_id, topics=topics)


def meets(document: dict[str, Any], query: dict[str, Any]) -> bool:
    """What MongoDB says to `{field: {"$in": […]}}`, which is all that rules ask."""
    for name, condition in query.items():
        (operator, wanted), *others = condition.items()
        assert (operator, others) == ("$in", [])
        value = document[name]
        if not any(each in wanted for each in (value if isinstance(value, list) else [value])):
            return False
    return True


@given(RULES, devices())
def test_whom_the_database_finds_is_whom_the_rule_means(rule: Rule, phone: Device) -> None:
    people = [PEOPLE[name] for name in rule.external_ids]
    document = {**msgspec.to_builtins(phone), "_id": phone.id, "topics": list(phone.topics)}
    assert meets(document, narrowed(rule, people)) == Matcher(rule)(phone)


@given(devices())
def test_no_exclusion_excludes_nobody(phone: Device) -> None:
    assert not Matcher(None)(phone)
    assert not Matcher(None).names(phone.external_id)


@given(RULES, st.sampled_from(list(PEOPLE)))
def test_a_person_without_device_is_meant_where_they_are_named(rule: Rule, name: str) -> None:
    assert Matcher(rule).names(name) is (rule.all or name in rule.external_ids)


def test_who_is_not_known_is_never_meant_by_name() -> None:
    assert not Matcher(Rule(external_ids=("ann",)))(device(external_id=None))
    assert not Matcher(Rule(external_ids=("ann",))).names(None)


def test_a_topic_reaches_its_followers_and_those_of_each_one_above() -> None:
    assert covering("news/sports/football") == ["news", "news/sports", "news/sports/football"]


def test_a_name_that_only_begins_the_same_is_another_topic() -> None:
    rule = Matcher(Rule(topics=("newsletter/weekly",)))
    assert not rule(device(topics=("news",)))
    assert not rule(device(topics=("newsletter/weekly/tips",)))
    assert rule(device(topics=("newsletter",)))


@given(st.lists(TOPICS, max_size=5))
def test_who_follows_a_topic_gets_all_that_lies_below(topics: list[str]) -> None:
    for topic in topics:
        for above in covering(topic):
            assert (topic == above) or topic.startswith(above + "/")
            assert above in followed(topics)
