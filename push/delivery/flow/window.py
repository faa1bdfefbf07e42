"""How many messages may be under way at once: additive increase, multiplicative decrease (RFC 5681 §3.1)."""

START = 2_000
SMALLEST = 10
LARGEST = 4_000
STEP = 50.0
"""Messages by which a window grows for each window's worth of answers."""


class Window:
    def __init__(self, start: int = START, smallest: int = SMALLEST, largest: int = LARGEST) -> None:
        self._size = float(start)
        self._smallest = smallest
        self._largest = largest
        self._shrunk_at = float("-inf")

    @property
    def size(self) -> int:
        return int(self._size)

    def grow(self, answered: int, in_flight: int) -> None:
        """`answered` came back in time while `in_flight` were under way; a window that is not used does not grow."""
        if 2 * in_flight >= self._size:
            self._size = min(self._largest, self._size + STEP * answered / self._size)

    def shrink(self, started_at: float, now: float) -> bool:
        """Halve it; False where what was sent at `started_at` knows nothing of the last time: once a round."""
        if started_at < self._shrunk_at:
            return False
        self._size = max(self._smallest, self._size / 2)
        self._shrunk_at = now
        return True
