"""A breaker: a provider that is away is asked by a few probes only, until it answers again."""

import random
from collections import deque
from typing import Literal

WINDOW_SECONDS = 10.0
ENOUGH_ANSWERS = 20
BAD_SHARE = 0.5
FIRST_OPEN_SECONDS = 10.0
LONGEST_OPEN_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 3600.0
PROBES = 5
State = Literal["closed", "open", "probing"]


class Breaker:
    """Closed until half of what was answered lately was "not now"; then open, then a few probes, then closed."""

    def __init__(self, rng: random.Random) -> None:
        self.state: State = "closed"
        self.until = float("-inf")
        """While it is open: when the first probe may go."""
        self._random = rng
        self._answers: deque[tuple[float, int, int]] = deque()
        self._open_seconds = FIRST_OPEN_SECONDS
        self._opened_at = float("-inf")
        self._probing = 0
        self._good = self._bad = 0

    def lately(self, now: float) -> tuple[int, int]:
        """Good and bad answers that still count."""
        fresh = [answer for answer in self._answers if answer[0] >= now - WINDOW_SECONDS]
        return sum(answer[1] for answer in fresh), sum(answer[2] for answer in fresh)

    def room(self, now: float) -> int | None:
        """How many may go now: None is no limit of the breaker's."""
        if self.state == "open" and now >= self.until:
            self.state, self._probing, self._good, self._bad = "probing", 0, 0, 0
        if self.state == "closed":
            return None
        return max(0, PROBES - self._probing) if self.state == "probing" else 0

    def began(self, count: int) -> None:
        if self.state == "probing":
            self._probing += count

    def give_back(self, count: int) -> None:
        """Of what began, this many were not sent after all."""
        if self.state == "probing":
            self._probing = max(0, self._probing - count)

    def answered(self, started_at: float, now: float, good: int, bad: int, asked: float | None) -> None:
        """`asked` is the shortest wait in seconds that any of the bad answers named.

        What was sent before the breaker opened says nothing about how the provider is now.
        """
        if self.state == "closed":
            if started_at >= self._opened_at:
                self._watch(now, good, bad, asked)
        elif self.state == "probing" and started_at >= self.until:
            self._judge(now, good, bad, asked)

    def recovered(self) -> None:
        """All is well again: the next outage begins with a short wait."""
        self._open_seconds = FIRST_OPEN_SECONDS

    def _watch(self, now: float, good: int, bad: int, asked: float | None) -> None:
        self._answers.append((now, good, bad))
        while self._answers[0][0] < now - WINDOW_SECONDS:
            self._answers.popleft()
        failed = sum(answer[2] for answer in self._answers)
        total = failed + sum(answer[1] for answer in self._answers)
        if bad and total >= ENOUGH_ANSWERS and failed >= BAD_SHARE * total:
            self._open(now, asked)

    def _judge(self, now: float, good: int, bad: int, asked: float | None) -> None:
        self._good += good
        self._bad += bad
        answered = self._good + self._bad
        complete = 0 < self._probing <= answered
        if 2 * self._bad >= PROBES or (complete and 2 * self._bad >= answered):
            self._open(now, asked)
        elif complete:
            self.state, self._opened_at = "closed", now
            self._answers.clear()

    def _open(self, now: float, asked: float | None) -> None:
        seconds = max(self._open_seconds, min(asked or 0.0, LONGEST_ASKED_SECONDS))
        self.state, self._opened_at = "open", now
        self.until = now + seconds * self._random.uniform(1, 1.1)
        self._open_seconds = min(LONGEST_OPEN_SECONDS, 2 * self._open_seconds)
        self._answers.clear()
