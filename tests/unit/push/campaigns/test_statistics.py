"""Intervals against published figures, and against experiments whose effect is known."""

import random

import pytest

from push.campaigns.experiment import Experiment, Variant
from push.campaigns.statistics import Share, anytime_difference, difference, interval
from push.ledger.model import HOLDOUT
from tests.unit.push.making import content


def test_a_share_has_wilsons_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), 857–872, table I: method 3.
    for count, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert interval(Share(count, of)) == pytest.approx((low, high), abs=1e-4)
    assert interval(Share(0, 0)) == (0.0, 1.0)


def test_a_difference_has_simplys_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), 873–890, table II: method 10.
    for one, other, low, high in (
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
    ):
        assert difference(one, other) == pytest.approx((low, high), abs=1e-4)


def test_nothing_is_sure_of_nobody() -> None:
    assert anytime_difference(Share(0, 0), Share(5, 10), 100) == (-1.0, 1.0)
    low, high = anytime_difference(Share(0, 3), Share(0, 3), 100)
    assert low < -0.5
    assert high > 0.5


def simulated(seed: int, people: int, treated: float, held_out: float) -> tuple[Share, Share]:
    """An experiment with this true conversion rate of each side, drawn as ours are."""
    made = Experiment(
        variants=tuple(Variant(name=name, weight=1, content=content()) for name in "AB"), holdout_percent=30
    )
    drawn = random.Random(seed)
    counts = {True: [0, 0], False: [0, 0]}
    for number in range(people):
        out = made.group_of(f"cmp_{seed}", f"per_{number}") == HOLDOUT
        counts[out][0] += drawn.random() < (held_out if out else treated)
        counts[out][1] += 1
    return Share(*counts[False]), Share(*counts[True])


def test_a_known_effect_is_recovered() -> None:
    one, other = simulated(1, 40_000, treated=0.12, held_out=0.10)
    for low, high in (difference(one, other), anytime_difference(one, other, 40_000)):
        assert 0 < low < 0.02 < high


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(300):
        low, high = difference(*simulated(seed, 400, treated=0.25, held_out=0.20))
        held += low <= 0.05 <= high
    assert 0.92 <= held / 300 <= 0.985


def test_who_looks_again_and_again_is_fooled_by_one_interval_and_not_by_the_other() -> None:
    """Two variants that are alike, looked at after every 50 people: how often is a difference found?"""
    looks, tests = range(50, 2001, 50), 200
    fooled = {"once": 0, "anytime": 0}
    for seed in range(tests):
        drawn = random.Random(seed)
        done = [(drawn.random() < 0.5, drawn.random() < 0.2) for _ in range(looks[-1])]
        shares = []
        for look in looks:
            sides = [[did for first, did in done[:look] if first == side] for side in (True, False)]
            shares.append([Share(sum(side), len(side)) for side in sides])
        fooled["anytime"] += any(_apart(anytime_difference(*both, looks[-1])) for both in shares)
        fooled["once"] += any(_apart(_simply(*both)) for both in shares)
    assert fooled["anytime"] / tests <= 0.05
    assert fooled["once"] / tests > 0.15


def _apart(found: tuple[float, float]) -> bool:
    return not found[0] <= 0 <= found[1]


def _simply(one: Share, other: Share) -> tuple[float, float]:
    """95 % for one look, by the simplest formula, which is quick enough for thousands."""
    gap = one.value - other.value
    width = 1.96 * sum(share.value * (1 - share.value) / share.of for share in (one, other)) ** 0.5
    return gap - width, gap + width
