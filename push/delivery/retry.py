"""What becomes of a recipient after one try: the rule, without any doing."""

import random

from push.senders.model import Held, LaneDown, TryLater

MAX_TRIES = 10
FIRST_DELAY_SECONDS = 10.0
MAX_DELAY_SECONDS = 3600.0
THROTTLED_DELAY_SECONDS = 60.0
LANE_DOWN_DELAY_SECONDS = 60.0


def delay_seconds(outcome: TryLater | LaneDown | Held, tries: int, rng: random.Random) -> float:
    """How long to wait before the next try, at most an hour.

    What the provider asks for is honoured, and up to a tenth more so that not all come back at once. Otherwise it
    is exponential with full jitter and at least 10 s (the provider's own guidance for 5xx), or 60 s after a 429
    without `Retry-After`. `tries` counts those made, from 1.
    """
    if isinstance(outcome, Held):
        return outcome.after_seconds
    if isinstance(outcome, LaneDown):
        return LANE_DOWN_DELAY_SECONDS * rng.uniform(1, 1.1)
    if outcome.after_seconds is not None:
        return min(outcome.after_seconds, MAX_DELAY_SECONDS) * rng.uniform(1, 1.1)
    if outcome.throttled:
        return THROTTLED_DELAY_SECONDS * rng.uniform(1, 2)
    return rng.uniform(FIRST_DELAY_SECONDS, min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**tries))


def exhausted(outcome: TryLater | LaneDown | Held, tries: int) -> bool:
    """What was not even sent costs no try: the lane is mended or recovers, or the message expires."""
    return isinstance(outcome, TryLater) and tries >= MAX_TRIES
