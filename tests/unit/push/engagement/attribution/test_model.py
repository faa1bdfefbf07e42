"""Whose doing it is: rules that hold for any history of taps, arrivals and deeds."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from push.campaigns.model import Conversion
from push.engagement.attribution.model import (
    OUTCOMES_KEPT,
    SESSION,
    Outcome,
    after,
    changes,
    credited,
    last_touch,
    units,
    worth,
)
from push.ledger.participants.model import Participant

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = some.integers(-48, 48)
MOMENTS = HOURS.map(lambda hours: NOON + timedelta(hours=hours))
NAMES = some.sampled_from([None, "order", "look", SESSION])
CAMPAIGNS = ("cmp_a", "cmp_b", "cmp_c")
RULES = some.none() | some.builds(
    Conversion,
    event=some.sampled_from([None, "order"]),
    window_seconds=some.sampled_from([3600, 86_400]),
    influence_seconds=some.sampled_from([3600, 43_200]),
)


@some.composite
def participants(draw: some.DrawFn) -> list[Participant]:
    return [
        Participant(
            campaign_id=campaign,
            person_id="per_1",
            reached_at=draw(MOMENTS),
            opened_at=draw(some.none() | MOMENTS),
            clicked_at=draw(some.none() | MOMENTS),
        )
        for campaign in CAMPAIGNS
    ]


@some.composite
def deeds(draw: some.DrawFn) -> list[Outcome]:
    return [
        Outcome(
            id=f"out_{number}",
            app_id="app_1",
            person_id="per_1",
            at=draw(MOMENTS),
            name=draw(NAMES),
            campaign_id=draw(some.sampled_from([None, None, *CAMPAIGNS])),
            value=5,
            currency="EUR",
            expires_at=NOON + OUTCOMES_KEPT,
        )
        for number in range(draw(some.integers(0, 4)))
    ]


rules = some.fixed_dictionaries(dict.fromkeys(CAMPAIGNS, RULES))


@given(participants(), deeds(), rules)
def test_the_value_goes_to_one_campaign_whose_doing_it_is_and_no_tap_loses_to_an_arrival(
    people: list[Participant], outcomes: list[Outcome], rules: dict[str, Conversion | None]
) -> None:
    for outcome in outcomes:
        found = credited(outcome, people, rules)
        to = last_touch(outcome, people, found)
        assert to is None or to in found
        assert to is not None or not found or outcome.campaign_id is not None
        if to is not None and outcome.campaign_id is None and "direct" in found.values():
            assert found[to] == "direct"
        for person in people:
            if found.get(person.campaign_id) == "influenced":
                assert person.reached_at is not None
                assert person.reached_at <= outcome.at


@given(participants(), deeds(), rules)
def test_it_is_the_same_in_any_order_and_nothing_changes_when_it_is_worked_out_again(
    people: list[Participant], outcomes: list[Outcome], rules: dict[str, Conversion | None]
) -> None:
    for person in people:
        rule = rules[person.campaign_id]
        first, *others = [after(person, list(told), rule, NOON) for told in permutations(outcomes)]
        assert all(other == first for other in others)
        again = after(first, outcomes, rule, NOON)
        assert again == first
        assert changes(first, again) == []
        assert first.influenced_at is None or first.tapped_at is None


@given(participants(), deeds(), rules)
def test_a_tap_that_is_told_later_is_counted_as_if_it_had_been_told_first(
    people: list[Participant], outcomes: list[Outcome], rules: dict[str, Conversion | None]
) -> None:
    for person in people:
        rule = rules[person.campaign_id]
        before_the_tap = after(replace(person, opened_at=None, clicked_at=None), outcomes, rule, NOON)
        told = replace(before_the_tap, opened_at=person.opened_at, clicked_at=person.clicked_at)
        assert after(told, outcomes, rule, NOON) == after(person, outcomes, rule, NOON)


def test_money_is_whole_numbers_and_what_is_no_price_is_not_added_up() -> None:
    assert units(0.1) == 1000
    assert units(None) is None
    assert units(1e15) is None
    outcome = Outcome(
        id="out_1", app_id="app_1", person_id="per_1", at=NOON, value=1000, currency="EUR", expires_at=NOON
    )  # fmt: skip
    assert [(each.name, each.by) for each in worth(outcome, "cmp_a", -1)] == [
        ("conversions", -1),
        ("revenue.EUR", -1000),
    ]
