"""One lane as a whole, in made-up time: what a provider sees of us."""

import heapq
import random
from collections import Counter
from collections.abc import Callable

from push.delivery.flow.breaker import PROBES
from push.delivery.flow.governor import Governor, Tally, Wait
from push.delivery.flow.rate import RAMP_SECONDS

CEILING = 1_000.0
LATENCY = 0.1


class World:
    """A provider, and messages that come again when they were put off: a simulation by events."""

    def __init__(self, answer: Callable[[float], str], latency: Callable[[float], float] = lambda now: LATENCY) -> None:
        self.governor = Governor(CEILING, random.Random(7))
        self.answer = answer
        self.latency = latency
        self.now = 0.0
        self.asked: Counter[int] = Counter()
        self.accepted: Counter[int] = Counter()
        self.windows: list[tuple[float, int]] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, when: float, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (when, self._number, what))

    def batch(self, count: int, when: float) -> None:
        self.at(when, lambda: self._send(count))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()

    def _send(self, count: int) -> None:
        admitted = self.governor.admit(count, self.now)
        if isinstance(admitted, Wait):
            wait = max(admitted.seconds, self.governor.put_off(count, self.now))
            self.batch(count, self.now + wait)
            return
        self.asked[int(self.now)] += admitted
        started, answer = self.now, self.answer(self.now)
        self.at(self.now + self.latency(self.now), lambda: self._answered(admitted, started, answer))
        if count > admitted:
            self.batch(count - admitted, self.now + 0.05)

    def _answered(self, count: int, started: float, answer: str) -> None:
        tally = Tally(sent=count)
        if answer == "ok":
            tally.good = count
            self.accepted[int(self.now)] += count
        elif answer == "throttled":
            tally.throttled = count
        else:
            tally.bad = count
        self.governor.finished(tally, started, self.now)
        self.windows.append((self.now, self.governor.window.size))
        if answer != "ok":
            self.batch(count, self.now + self.governor._random.uniform(10, 20))


def test_ten_minutes_of_outage_see_a_few_probes_and_end_without_a_spike_and_without_a_loss() -> None:
    world = World(lambda now: "down" if 30 <= now < 630 else "ok")
    for n in range(120):
        world.batch(500, n / 2)
    world.run(4_000)
    assert sum(world.accepted.values()) == 120 * 500
    during = sum(count for second, count in world.asked.items() if 60 <= second < 630)
    assert during <= 12 * PROBES
    first = min(second for second in world.accepted if second >= 630)
    assert first <= 630 + 70
    for second in range(round(RAMP_SECONDS)):
        ramped = CEILING * 2 ** (10 * (second + 2 - RAMP_SECONDS) / RAMP_SECONDS)
        assert world.accepted[first + second] <= PROBES + max(2, 1.5 * ramped)
    assert max(count for second, count in world.asked.items() if second >= 630) <= 1.3 * CEILING
    assert max(world.accepted) <= first + 600


def test_a_provider_that_says_429_above_its_limit_is_soon_asked_for_hardly_more() -> None:
    limit, seen = 200, Counter[int]()

    def answer(now: float) -> str:
        seen[int(now * 4)] += 1
        return "throttled" if world.asked[int(now)] > limit else "ok"

    world = World(answer)
    for n in range(200):
        world.batch(200, n / 2)
    world.run(400)
    late = [world.asked[second] for second in range(30, 95)]
    assert sum(late) / len(late) <= 2 * limit
    assert sum(world.accepted[second] for second in range(30, 95)) >= 0.3 * limit * 65


def test_slow_answers_shrink_the_window_and_quick_ones_let_it_grow_again() -> None:
    world = World(lambda now: "ok", lambda now: 5.0 if 50 <= now < 100 else LATENCY)
    for n in range(300):
        world.batch(400, n / 2)
    world.run(2_000)
    before = [size for now, size in world.windows if now < 50]
    slow = [size for now, size in world.windows if 70 <= now < 105]
    assert min(slow) < min(before) / 4
    assert sum(world.accepted.values()) == 300 * 400


def test_whoever_is_put_off_comes_back_at_the_rate_of_the_lane_and_not_all_at_once() -> None:
    governor = Governor(CEILING, random.Random(7))
    governor.rate.ramp(0.0)
    now = 20.0
    returns = sorted(governor.put_off(50, now) for _ in range(20))
    assert returns[0] >= 1
    assert returns[-1] - returns[0] > 10


def test_what_came_back_unsent_leaves_no_trace() -> None:
    governor = Governor(CEILING, random.Random(7))
    admitted = governor.admit(200, 1.0)
    assert admitted == 200
    governor.give_back(50)
    governor.finished(Tally(sent=150, good=150), 1.0, 1.1)
    assert governor.in_flight == 0
    assert governor.state(1.1) == "open"


def test_the_state_says_what_is_going_on() -> None:
    governor = Governor(CEILING, random.Random(7))
    governor.admit(200, 1.0)
    governor.finished(Tally(sent=200, bad=200), 1.0, 1.1)
    assert governor.state(1.1) == "stopped"
    now = governor.breaker.until
    probes = governor.admit(500, now)
    assert probes == PROBES
    assert governor.state(now) == "probing"
    governor.finished(Tally(sent=PROBES, good=PROBES), now, now + 0.1)
    assert governor.state(now + 0.2) == "ramping"
    assert governor.state(now + RAMP_SECONDS + 1) == "open"
    governor.admit(10, now + 100)
    governor.finished(Tally(sent=10, good=9, throttled=1), now + 100, now + 100.1)
    assert governor.state(now + 100.2) == "slowed"
