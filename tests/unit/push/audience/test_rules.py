"""Topics, and what of a rule narrows down who has to be read."""

from hypothesis import given
from hypothesis import strategies as st

from push.audience.compiling import bound
from push.audience.matching import Matcher
from push.audience.rules import Rule, covering, followed
from tests.unit.push.making import device

NAMES = st.text("ab-_", min_size=1, max_size=2)
TOPICS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
NEWS, ADA, PHONE = Rule(topics=("news",)), Rule(external_ids=("ada",)), Rule(device_ids=("dev_1",))
IOS = Rule(field="device.platform", op="eq", value="ios")


def persons(rule: Rule) -> list[str] | None:
    return [f"per_{name}" for name in rule.external_ids] or None


def values(rule: Rule) -> tuple[str, set[str]] | None:
    found = bound(rule, persons)
    return (found.field, set(found.values)) if found else None


def test_no_exclusion_excludes_nobody() -> None:
    assert not Matcher(None)(device())
    assert not Matcher(None).person("per_1", "ada")


def test_who_is_not_known_is_never_meant_by_name() -> None:
    assert not Matcher(Rule(external_ids=("ann",)))(device(external_id=None))
    assert not Matcher(Rule(external_ids=("ann",))).person("per_1", None)


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


def test_of_what_must_all_be_so_the_narrowest_is_asked_for() -> None:
    assert values(Rule(and_=(IOS, NEWS, ADA))) == ("person_id", {"per_ada"})
    assert values(Rule(and_=(NEWS, Rule(or_=(PHONE, Rule(device_ids=("dev_2",))))))) == ("_id", {"dev_1", "dev_2"})
    assert values(Rule(and_=(IOS, IOS))) is None


def test_of_what_may_be_so_all_is_asked_for_or_nothing_is_narrowed() -> None:
    assert values(Rule(or_=(NEWS, Rule(topics=("news/sports",))))) == ("topics", {"news", "news/sports"})
    assert values(Rule(or_=(NEWS, ADA))) is None
    assert values(Rule(or_=(NEWS, IOS))) is None


def test_what_is_not_to_be_so_narrows_nothing() -> None:
    assert values(Rule(not_=ADA)) is None
    assert values(Rule(and_=(NEWS, Rule(not_=ADA)))) == ("topics", {"news"})
    assert values(Rule(all=True)) is None
