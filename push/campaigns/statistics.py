"""How sure a share or a difference of two is, given how few or many people it is of.

Wilson's interval (as scipy has it) for a share; Newcombe's for a difference, made of two of Wilson's (Statistics in
Medicine 17, 1998, method 10); and, for who looks again and again, a confidence sequence that holds at every look at
once (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52, 2024, section 2).
"""

import math

from msgspec import Struct

CONFIDENCE = 0.95


class Share(Struct, frozen=True):
    """So many of so many."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """Of nobody: 0."""
        return self.count / self.of if self.of else 0.0


Interval = tuple[float, float]


def interval(share: Share) -> Interval:
    """95 % for one look at a share. Of nobody, it may be anything."""
    if not share.of:
        return 0.0, 1.0
    # Loading it takes seconds and 80 MB, which only those need who look at an experiment.
    from scipy.stats import binomtest

    found = binomtest(share.count, share.of).proportion_ci(CONFIDENCE, method="wilson")
    return max(0.0, float(found.low)), min(1.0, float(found.high))


def difference(one: Share, other: Share) -> Interval:
    """95 % for one look at `one - other`."""
    (low, high), (other_low, other_high) = interval(one), interval(other)
    gap = one.value - other.value
    return (
        max(-1.0, gap - math.hypot(one.value - low, other_high - other.value)),
        min(1.0, gap + math.hypot(high - one.value, other.value - other_low)),
    )


def anytime_difference(one: Share, other: Share, expected: int) -> Interval:
    """95 % for all looks at `one - other` together, tightest once `expected` people are counted.

    Few people count as if one more had done it and one more had not, so that nothing is sure after nobody has.
    """
    people = one.of + other.of
    if not one.of or not other.of:
        return -1.0, 1.0
    alpha = 1 - CONFIDENCE
    tuned = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / max(expected, 1)
    spread = people * (_variance(one) / one.of + _variance(other) / other.of)
    grown = people * tuned + 1
    width = math.sqrt(spread * 2 * grown / (people**2 * tuned) * math.log(math.sqrt(grown) / alpha))
    gap = one.value - other.value
    return max(-1.0, gap - width), min(1.0, gap + width)


def _variance(share: Share) -> float:
    value = (share.count + 1) / (share.of + 2)
    return value * (1 - value)
