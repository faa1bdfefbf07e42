"""How many messages a second: halved when the provider asks for less, recovered slowly, ramped up after an outage.

Source: Firebase, "Best practices when sending FCM messages at scale" (ramp up over at least a minute).
"""

RAMP_SECONDS = 60.0
DOUBLINGS = 10
"""A ramp starts at a thousandth of the ceiling and doubles this often, each 6 s."""
RECOVERY_SECONDS = 30.0
"""How long it takes from half the rate at which trouble began back to all of it; from there it doubles each minute."""
SLOWEST = 1.0
FLOOR_SHARE = 0.01
"""What the first 429 says about a lane that hardly sends is no measure: it is not taken for the provider's limit."""
_BURST_SECONDS = 0.25
_LEAST_SECONDS = 0.1
_METER_SECONDS = 2.0


class Rate:
    """A pace at which messages are let go evenly, a quarter of a second's worth at once."""

    def __init__(self, ceiling: float) -> None:
        """`ceiling` in messages a second."""
        self._ceiling = ceiling
        self._knee = ceiling
        self._halved_at = float("-inf")
        self._ramp_at = float("-inf")
        self._level = 0.0
        self._level_at = float("-inf")
        self._seen = 0.0
        self._seen_at = float("-inf")

    def limit(self, now: float) -> float:
        """Messages a second that may be sent now."""
        quiet = now - self._halved_at
        if quiet <= RECOVERY_SECONDS:
            recovered = self._knee * (0.5 + 0.5 * max(0.0, quiet) / RECOVERY_SECONDS)
        else:
            recovered = self._knee * 2 ** min(64.0, (quiet - RECOVERY_SECONDS) / 60)
        climbed = (now - self._ramp_at) / RAMP_SECONDS
        ramped = self._ceiling * 2 ** (DOUBLINGS * min(0.0, climbed - 1))
        return max(min(self._ceiling, recovered, ramped), min(SLOWEST, self._ceiling))

    def seen(self, now: float) -> float:
        """Messages a second that really went, lately."""
        return self._decayed(now) / _METER_SECONDS

    def free(self, now: float) -> bool:
        return self.limit(now) >= self._ceiling

    def halve(self, started_at: float, now: float) -> bool:
        """A 429 came for what was sent at `started_at`; False where it knows nothing of the last halving: once a
        round."""
        if started_at < self._halved_at:
            return False
        self._knee = min(self.limit(now), max(self.seen(now), FLOOR_SHARE * self._ceiling))
        self._halved_at = now
        return True

    def ramp(self, now: float) -> None:
        """Begin anew from almost nothing."""
        self._ramp_at = now
        self._level, self._level_at = 0.0, now

    def take(self, want: int, now: float) -> int:
        """How many of `want` may go now: all, or at least a tenth of a second's worth, because slivers cost more."""
        self._refill(now)
        taken = min(want, int(self._level)) if self._level >= self._enough(want, now) else 0
        self._level -= taken
        self._seen, self._seen_at = self._decayed(now) + taken, now
        return taken

    def give_back(self, count: int) -> None:
        """Taken, but not used."""
        self._level += count
        self._seen = max(0.0, self._seen - count)

    def wait(self, want: int, now: float) -> float:
        """Seconds until `take` gives some of `want`."""
        self._refill(now)
        return max(0.0, self._enough(want, now) - self._level) / self.limit(now)

    def _enough(self, want: int, now: float) -> int:
        return min(want, max(1, int(self.limit(now) * _LEAST_SECONDS)))

    def _refill(self, now: float) -> None:
        limit = self.limit(now)
        elapsed = min(max(0.0, now - self._level_at), 60.0)
        self._level = min(max(1.0, limit * _BURST_SECONDS), self._level + elapsed * limit)
        self._level_at = max(self._level_at, now)

    def _decayed(self, now: float) -> float:
        """About how many went in the last two seconds."""
        return float(self._seen * 2 ** -min(64.0, max(0.0, now - self._seen_at) / _METER_SECONDS))
