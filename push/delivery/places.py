"""Room for so many messages at once, given in the order in which it was asked for."""

import asyncio
from collections import deque


class Places:
    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, count: int, seconds: float | None = None) -> bool:
        """True once there is room for so many; False when there was none for so long. Without a limit it waits."""
        if not self._waiting and count <= self._free:
            self._free -= count
            return True
        if seconds == 0:
            return False
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, granted))
        try:
            await asyncio.wait([granted], timeout=seconds)
        except asyncio.CancelledError:
            if granted.done():
                self.give_back(count)
            raise
        finally:
            if not granted.done():
                self._waiting.remove((count, granted))
                granted.cancel()
                # It may have stood in the way of those behind it.
                self._grant()
        return not granted.cancelled()

    def give_back(self, count: int) -> None:
        self._free += count
        self._grant()

    def _grant(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            count, granted = self._waiting.popleft()
            self._free -= count
            granted.set_result(None)
