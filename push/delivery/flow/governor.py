"""What one lane may send now: the breaker says whether, the window how many at once, the rate how many a second."""

import random
from typing import Literal

from msgspec import Struct

from push.delivery.flow.breaker import Breaker
from push.delivery.flow.rate import RAMP_SECONDS, Rate
from push.delivery.flow.window import Window

SLOW_SECONDS = 2.0
SLOW_TIMES = 4.0
"""Congested is what takes longer than 2 s and longer than four times the quickest lately."""
QUICKEST_FOR_SECONDS = 60.0
MOSTLY_BAD = 0.1
PROBE_SECONDS = 5.0
LONGEST_PUT_OFF_SECONDS = 60.0
Why = Literal["breaker", "window", "rate", "quota"]
State = Literal["open", "slowed", "stopped", "probing", "ramping"]


class Wait(Struct, frozen=True):
    """Nothing may go now."""

    why: Why
    seconds: float
    """Until it is worth asking again; 0 where that is when something comes back."""


class Tally(Struct, kw_only=True):
    """What came back for messages that were sent together."""

    sent: int
    good: int = 0
    """The provider said what it thinks of the message: it is well."""
    bad: int = 0
    """Not now, because it is in trouble."""
    throttled: int = 0
    """Not now, because we send too much."""
    asked: float | None = None
    """The shortest wait in seconds that was asked for."""


class Governor:
    def __init__(self, ceiling: float, rng: random.Random) -> None:
        """`ceiling` in messages a second."""
        self.breaker = Breaker(rng)
        self.window = Window()
        self.rate = Rate(ceiling)
        self.in_flight = 0
        self._random = rng
        self._ramped_until = float("-inf")
        self._room_again_at = float("-inf")
        self._quickest = self._quickest_before = float("inf")
        self._quickest_since = float("-inf")

    def state(self, now: float) -> State:
        """`open` at full rate, `slowed` below it; `stopped`, `probing`, `ramping` around an outage."""
        if self.breaker.state == "open":
            return "stopped"
        if self.breaker.state == "probing":
            return "probing"
        if now < self._ramped_until:
            return "ramping"
        return "open" if self.rate.free(now) else "slowed"

    def admit(self, want: int, now: float) -> int | Wait:
        """How many of `want` (at least 1) go now, at least one; each must be told to `finished` or `give_back`."""
        room = self.breaker.room(now)
        if room == 0:
            return Wait("breaker", max(self.breaker.until - now, 0.0) or PROBE_SECONDS)
        # As many fit as before when half a window is free at once: slivers cost more than they hasten.
        free = self.window.size - self.in_flight
        if free < min(want, max(1, self.window.size // 4)):
            return Wait("window", 0.0)
        fits = min(want, free, want if room is None else room)
        taken = self.rate.take(fits, now)
        if not taken:
            return Wait("rate", self.rate.wait(fits, now))
        self.in_flight += taken
        self.breaker.began(taken)
        return taken

    def give_back(self, count: int) -> None:
        """Admitted, but not sent."""
        self.in_flight -= count
        self.breaker.give_back(count)
        self.rate.give_back(count)

    def finished(self, tally: Tally, started_at: float, now: float) -> None:
        """What was admitted together at `started_at` is answered."""
        was_probing = self.breaker.state == "probing"
        refused = tally.bad + tally.throttled
        if tally.throttled:
            self.rate.halve(started_at, now)
        if tally.throttled or tally.bad > MOSTLY_BAD * tally.sent or self._slow(tally, started_at, now):
            self.window.shrink(started_at, now)
        else:
            self.window.grow(tally.good, self.in_flight)
        self.in_flight -= tally.sent
        self.breaker.give_back(tally.sent - tally.good - refused)
        self.breaker.answered(started_at, now, tally.good, refused, tally.asked)
        if was_probing and self.breaker.state == "closed":
            self.rate.ramp(now)
            self._ramped_until = now + RAMP_SECONDS
        elif self.breaker.state == "closed" and tally.good and now >= self._ramped_until:
            self.breaker.recovered()

    def put_off(self, count: int, now: float) -> float:
        """In how many seconds `count` messages that find no room had better come again.

        They queue up behind those who were put off before, at the pace of now, so that not all come back at once.
        """
        if self.breaker.room(now) == 0:
            ready = max(self.breaker.until - now, PROBE_SECONDS)
            return ready + self._random.uniform(0, RAMP_SECONDS / 2)
        since = min(max(self._room_again_at, now), now + LONGEST_PUT_OFF_SECONDS)
        self._room_again_at = since + count / min(self.rate.limit(now), max(1.0, 2 * self.rate.seen(now)))
        return max(1.0, since - now) * self._random.uniform(1, 1.2)

    def _slow(self, tally: Tally, started_at: float, now: float) -> bool:
        """Whether the answers took so long that fewer should be under way.

        One hung receiver says nothing about the others: where something failed, the failure is counted, not the time.
        """
        if tally.bad or tally.throttled or not tally.good:
            return False
        if now - self._quickest_since > QUICKEST_FOR_SECONDS:
            self._quickest_before, self._quickest, self._quickest_since = self._quickest, float("inf"), now
        took = now - started_at
        self._quickest = min(self._quickest, took)
        return took > max(SLOW_SECONDS, SLOW_TIMES * min(self._quickest, self._quickest_before))
