"""What many viewers look at in the same moment is asked for once, and drawn once.

Twenty people who watch one campaign ask every few seconds. Within a moment all with the same key get the same answer,
which never changes afterwards; and the same numbers make the same chart.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
MOMENT = 1.5
"""Seconds."""
MOST_ANSWERS = 500
MOST_CHARTS = 100


class Answers:
    """By who asks and what. One asks, the others wait for it; what fails is told to each and kept for nobody."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, Hashable], tuple[float, Any]] = OrderedDict()
        self._asking: dict[tuple[str, Hashable], threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, who: str, what: Hashable, ask: Callable[[], T]) -> T:
        name = who, what
        with self._lock:
            asking = self._asking.setdefault(name, threading.Lock())
        with asking:
            known: tuple[float, T] | None = self._known.get(name)
            began = time.monotonic()
            if known is not None and began - known[0] < MOMENT:
                return known[1]
            answer = ask()
            with self._lock:
                self._known[name] = began, answer
                self._known.move_to_end(name)
                while len(self._known) > MOST_ANSWERS:
                    old, _ = self._known.popitem(last=False)
                    self._asking.pop(old, None)
        return answer

    def forget(self, who: str) -> None:
        """After they changed something: they see it at once."""
        with self._lock:
            for name in [each for each in self._known if each[0] == who]:
                del self._known[name]


ANSWERS = Answers()


class Charts:
    """Finished charts by what they show. One draws, the others wait for it: they all get new numbers at once."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Any] = OrderedDict()
        self._drawing: dict[bytes, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, shown: object, draw: Callable[[], T]) -> T:
        """`shown` is all that the chart depends on, as JSON can say it."""
        name = msgspec.json.encode(shown)
        with self._lock:
            drawing = self._drawing.setdefault(name, threading.Lock())
        with drawing:
            with self._lock:
                if name in self._known:
                    self._known.move_to_end(name)
                    known: T = self._known[name]
                    return known
            drawn = draw()
            with self._lock:
                self._known[name] = drawn
                while len(self._known) > MOST_CHARTS:
                    old, _ = self._known.popitem(last=False)
                    self._drawing.pop(old, None)
        return drawn


CHARTS = Charts()
