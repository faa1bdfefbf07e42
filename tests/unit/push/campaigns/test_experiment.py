"""Who gets which variant: by weight, the same on every device, and moved by nothing that does not concern them."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.campaigns.experiment import Experiment, Variant, Winner
from push.ids import new_id
from push.ledger.model import HOLDOUT, REST
from tests.unit.push.making import campaign, content

PEOPLE = [f"per_{number:024d}" for number in range(20_000)]


def experiment(*weights: float, **fields: Any) -> Experiment:
    variants = (
        Variant(name=chr(65 + place), weight=weight, content=content(f"Text {place}"))
        for place, weight in enumerate(weights or (1, 1))
    )
    return Experiment(variants=tuple(variants), **fields)


def groups(made: Experiment, campaign_id: str = "cmp_1") -> Counter[str]:
    return Counter(made.group_of(campaign_id, person) for person in PEOPLE)


@pytest.mark.parametrize("weights", [(1, 1), (1, 3), (5, 3, 1, 1), (0.1,) * 10])
def test_people_are_shared_out_by_weight(weights: tuple[float, ...]) -> None:
    found = groups(experiment(*weights))
    for place, weight in enumerate(weights):
        assert found[chr(65 + place)] == pytest.approx(len(PEOPLE) * weight / sum(weights), rel=0.1)
    assert found.total() == len(PEOPLE)


def test_a_holdout_and_a_sample_are_as_large_as_they_were_to_be() -> None:
    found = groups(experiment(1, 1, holdout_percent=10, winner=Winner(metric="opened", after_minutes=60)))
    assert found[HOLDOUT] == pytest.approx(2_000, rel=0.1)
    assert found[REST] == pytest.approx(18_000 * 0.8, rel=0.05)
    assert found["A"] == pytest.approx(1_800, rel=0.1)


@given(st.text(min_size=1), st.text(min_size=1), st.floats(0.1, 90))
def test_a_person_has_one_variant_and_a_holdout_moves_nobody_to_another(
    campaign_id: str, person: str, held_out: float
) -> None:
    first = experiment(2, 1).group_of(campaign_id, person)
    assert experiment(2, 1).group_of(campaign_id, person) == first
    assert experiment(2, 1, holdout_percent=held_out).group_of(campaign_id, person) in (first, HOLDOUT)


def test_campaigns_draw_anew() -> None:
    made = experiment(1, 1)
    both = sum(made.group_of("cmp_1", person) == made.group_of("cmp_2", person) for person in PEOPLE)
    assert both == pytest.approx(len(PEOPLE) / 2, rel=0.05)


def test_the_best_rate_wins_and_the_first_of_equals() -> None:
    made = experiment(1, 1, 1)
    assert made.best({"A": 0.1, "B": 0.3, "C": 0.2}) == "B"
    assert made.best({"B": 0.3, "C": 0.3}) == "B"
    assert made.best({}) == "A"


def test_each_group_is_told_its_own_and_the_rest_what_won() -> None:
    sent = campaign(experiment=experiment(1, 1), won="B", id=new_id("cmp"))
    told = {group: sent.as_told(group).content.translations["en"].title for group in ("A", "B", REST)}
    assert told == {"A": "Text 0", "B": "Text 1", REST: "Text 1"}
    assert sent.as_told(None) is sent
    assert not sent.fits_all
