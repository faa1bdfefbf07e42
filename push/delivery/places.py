"""Room for so many messages at once, shared by those who have some to send."""

import asyncio
from collections import Counter
from typing import NamedTuple

from push.delivery.turns import Turn


class _Waiting(NamedTuple):
    turn: Turn
    size: int
    granted: asyncio.Future[None]


class Places:
    """Of those who wait the app that has least goes first, and of its campaigns the one that has least; among equals
    who asked first. Nobody passes them because less would fit, so whoever needs much has it in the end."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[_Waiting] = []
        self._taken: Counter[str | Turn] = Counter()
        """By app, and by app and campaign."""

    async def take(self, turn: Turn, count: int, seconds: float | None = None) -> bool:
        """True once there is room for so many; False when there was none for so long. Without a limit it waits."""
        if not self._waiting and count <= self._free:
            self._take(turn, count)
            return True
        if seconds == 0:
            return False
        waiting = _Waiting(turn, count, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._grant()
        try:
            await asyncio.wait([waiting.granted], timeout=seconds)
        except asyncio.CancelledError:
            if waiting.granted.done():
                self.give_back(turn, count)
            raise
        finally:
            if not waiting.granted.done():
                self._waiting.remove(waiting)
                waiting.granted.cancel()
                # It may have stood in the way of those behind it.
                self._grant()
        return not waiting.granted.cancelled()

    def give_back(self, turn: Turn, count: int) -> None:
        self._free += count
        for holder in (turn[0], turn):
            self._taken[holder] -= count
            if not self._taken[holder]:
                del self._taken[holder]
        self._grant()

    def _take(self, turn: Turn, count: int) -> None:
        self._free -= count
        self._taken.update({turn[0]: count, turn: count})

    def _grant(self) -> None:
        while self._waiting:
            first = min(self._waiting, key=self._has)
            if first.size > self._free:
                return
            self._waiting.remove(first)
            self._take(first.turn, first.size)
            first.granted.set_result(None)

    def _has(self, waiting: _Waiting) -> tuple[int, int]:
        return self._taken[waiting.turn[0]], self._taken[waiting.turn]
