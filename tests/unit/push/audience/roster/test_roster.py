"""A roster comes to the same numbers as asking one device after the other, for whomever and whatever is asked."""

from collections.abc import Iterable
from random import Random

import numpy as np
import pytest

from push.audience.crowds import speaks_of_persons, wanted
from push.audience.meaning import matches
from push.audience.roster import columns
from push.audience.roster.asking import Asking, NotKept
from push.audience.roster.columns import Codes, Field, Fingerprints, Index, Sets, Varied, fingerprints
from push.audience.roster.counting import count
from push.audience.roster.roster import Roster
from push.audience.rules import Audience, Rule
from push.audience.tally import Answer, Counted, Question, Tally
from push.people.model import gate_of
from sdk_contracts.wire.campaigns import Estimate
from tests.unit.push.audience.roster.crowd import APP, NOW, Crowd, a_crowd, a_request, an_audience, capped, stored


def roster_of(*crowds: Crowd, roster: Roster | None = None) -> Roster:
    """Of the last one, which the others became."""
    roster = roster or Roster()
    before = Crowd({}, {})
    for crowd in crowds:
        roster.take_devices([stored(device) for device in crowd.devices.values()])
        roster.take_people([stored(person) for person in crowd.people.values()])
        roster.drop_devices(set(before.devices) - set(crowd.devices))
        roster.drop_people(set(before.people) - set(crowd.people))
        before = crowd
    return roster


def one_by_one(crowd: Crowd, question: Question, enough: Iterable[str]) -> Estimate:
    tally = Tally(question)
    include, exclude = question.audience.include, question.audience.exclude
    for device in crowd.devices.values():
        facts = crowd.facts(crowd.people[device.person_id], device)
        if device.uninstalled_at is None and matches(include, facts) and not (exclude and matches(exclude, facts)):
            tally.device(device)
    owners = {device.person_id for device in crowd.devices.values() if device.uninstalled_at is None}
    for person in crowd.people.values():
        facts = crowd.facts(person, None)
        sought = person.id not in owners and speaks_of_persons(include)
        if sought and matches(include, facts) and not (exclude and matches(exclude, facts)):
            tally.person(person.id, gate_of(person.preferences))
    tally.letters(crowd.people.values())
    tally.enough_for(set(enough))
    return said(tally)


def said(numbers: Counted) -> Estimate:
    return Answer(numbers, NOW).estimate(exact=True)


def by_roster(roster: Roster, crowd: Crowd, question: Question, enough: Iterable[str]) -> Estimate:
    return said(count(roster, question, doings(crowd, question), fingerprints(enough), complete=True))


def doings(crowd: Crowd, question: Question) -> dict[bytes, Fingerprints]:
    """Who did what the rules ask for."""
    found = {}
    for name, rule in wanted(question.audience.rules).items():
        people = [each for each in crowd.people.values() if matches(rule, crowd.facts(each, None))]
        found[name] = fingerprints(person.id for person in people)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_roster_comes_to_what_counting_one_by_one_does(seed: int) -> None:
    chance = Random(seed)
    for _ in range(60):
        crowd, enough = a_crowd(chance), capped(chance)
        question = Question(APP, an_audience(chance), a_request(chance), NOW)
        assert by_roster(roster_of(crowd), crowd, question, enough) == one_by_one(crowd, question, enough)


@pytest.mark.parametrize("seed", range(10))
def test_after_people_and_devices_change_come_and_go_it_still_does(seed: int) -> None:
    chance = Random(seed)
    for _ in range(40):
        crowds, enough = [a_crowd(chance) for _ in range(3)], capped(chance)
        question = Question(APP, an_audience(chance), a_request(chance), NOW)
        assert by_roster(roster_of(*crowds), crowds[-1], question, enough) == one_by_one(crowds[-1], question, enough)


class Narrow(dict[str, Field]):
    """Fields that keep so many different values by code."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, name: str, field: Field) -> None:
        field.column = Codes(self._most)
        super().__setitem__(name, field)


@pytest.mark.parametrize("seed", range(10))
def test_where_values_are_too_many_for_codes_numbers_are_kept_and_texts_are_not(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, answered = Random(seed), 0
    monkeypatch.setattr(columns, "MOST_VALUES", 3)
    for _ in range(60):
        roster = Roster()
        roster.tags, roster.attributes = Narrow(chance.randrange(4)), Narrow(chance.randrange(4))
        crowds, enough = [a_crowd(chance) for _ in range(2)], capped(chance)
        question = Question(APP, an_audience(chance), a_request(chance), NOW)
        roster_of(*crowds, roster=roster)
        try:
            found = by_roster(roster, crowds[-1], question, enough)
        except NotKept:
            fields = [*roster.tags.values(), *roster.attributes.values()]
            assert any(isinstance(each.column, Varied) for each in fields)
        else:
            answered += 1
            assert found == one_by_one(crowds[-1], question, enough)
    assert answered > 20


def test_who_is_not_read_yet_is_left_out_of_a_part() -> None:
    crowd = a_crowd(Random(5))
    roster = Roster()
    roster.take_devices([stored(device) for device in crowd.devices.values()])
    first = next(iter(crowd.devices.values())).person_id
    roster.take_people([stored(crowd.people[first])])
    rule = Rule(field="person.nothing", op="ne", value="x")
    asked = Question(APP, Audience(include=rule), a_request(Random(1)), NOW)
    there = {device.person_id for device in crowd.devices.values() if device.uninstalled_at is None}
    assert count(roster, asked, {}, None, complete=False).people == 1
    assert count(roster, asked, {}, None, complete=True).people == len(there) > 1


def test_of_who_is_erased_nothing_is_left() -> None:
    crowd = a_crowd(Random(3))
    roster = roster_of(crowd, Crowd({}, {}))
    devices, people = roster.devices.count, roster.people.count
    assert not roster.there.first(devices).any()
    assert not roster.external.first(devices).any()
    assert not roster.topics.having(["news", "news/sports", "news/sports/ice", "club", "newspaper"], devices).any()
    for field in roster.tags.values():
        assert isinstance(field.column, Codes)
        assert not field.column.at.first(devices).any()
    for field in roster.attributes.values():
        assert isinstance(field.column, Codes)
        assert not field.column.at.first(people).any()


@pytest.mark.parametrize("rule", [Rule(campaign_id="cmp_1", did="opened"), Rule(event="bought", did_not="happened")])
def test_what_people_did_has_to_be_found_out_beforehand(rule: Rule) -> None:
    with pytest.raises(NotKept):
        Asking(Roster(), NOW, {}).mask(rule)


def test_each_id_has_its_row_however_many_there_are() -> None:
    index, keys = Index(), fingerprints(f"dev_{number}" for number in range(70_000))
    for start in range(0, len(keys), 7_000):
        assert (index.rows(keys[start : start + 7_000]) == np.arange(start, start + 7_000)).all()
    assert (index.rows(keys) == np.arange(70_000)).all()
    assert (index.find(keys[::-1]) == np.arange(70_000)[::-1]).all()
    assert index.find(fingerprints(["dev_strange"]))[0] == -1
    assert index.count == 70_000
    assert index.size < 3_000_000


def test_the_same_new_id_twice_in_a_page_is_one_row() -> None:
    index = Index()
    assert list(index.rows(fingerprints(["per_1", "per_2", "per_1"]))) == [0, 1, 0]


def test_topics_that_were_left_give_their_place_back() -> None:
    sets = Sets()
    rows = np.arange(100)
    sets.put(rows, [["a", "b"]] * 100, new=True)
    for number in range(50):
        sets.put(rows, [["a", f"t{number}"]] * 100, new=False)
    assert sets.having(["t49"], 100).all()
    assert not sets.having(["b", "t48"], 100).any()
    assert sets.size < 20_000
