"""A population drawn from a seed."""

from collections import Counter

from sdk_contracts.sandbox.phones.habits import Moods, draw_population

POPULATION = list(draw_population(3, 1000))


def share(phones: int) -> float:
    return phones / len(POPULATION)


def test_the_same_seed_draws_the_same_phones_and_another_seed_others() -> None:
    assert list(draw_population(3, 50)) == POPULATION[:50]
    assert list(draw_population(4, 50)) != POPULATION[:50]


def test_all_platforms_places_and_kinds_of_people_are_there() -> None:
    platforms = Counter(habits.platform for habits in POPULATION)
    assert platforms["android"] > platforms["ios"] > platforms["web"] > 100
    assert len({habits.locale for habits in POPULATION}) >= 8
    assert 0.03 < share(sum(not habits.opted_in for habits in POPULATION)) < 0.15
    assert 0.05 < share(sum(not habits.consents for habits in POPULATION)) < 0.2
    assert 0.15 < share(sum(habits.tends_to_open == 0 for habits in POPULATION)) < 0.35
    assert 0.05 < share(sum(habits.wanders for habits in POPULATION)) < 0.2
    assert {topic for habits in POPULATION for topic in habits.topics} >= {"news", "news/sports", "offers"}


def test_some_persons_have_two_phones_none_has_three_and_some_stay_anonymous() -> None:
    phones = Counter(habits.external_id for habits in POPULATION)
    assert 50 < phones.pop(None) < 250
    assert set(phones.values()) == {1, 2}
    assert "demo-0001" in phones


def test_most_people_react_within_a_minute() -> None:
    moods = Moods(0, 0)
    reactions = [moods.reaction() for _ in range(2000)]
    assert 0.9 < sum(seconds < 60 for seconds in reactions) / 2000 < 0.99
