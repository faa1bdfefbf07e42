"""A share of the bucket that all workers draw from, taken in grants: a few database calls a second and lane."""

import asyncio
from datetime import datetime
from typing import Protocol

from msgspec import Struct

GRANT_SECONDS = 0.25
"""A grant holds at most this much of the quota, or what is wanted at once."""
SMALL_GRANT = 100
GRANT_LASTS_SECONDS = 1.0
BURST_SECONDS = 2.0
"""What gathers in a bucket nobody draws from: 2 s of a minute are three per cent."""


class Taken(Struct, frozen=True):
    """What a bucket gave."""

    granted: int
    wait_seconds: float = 0.0
    """Where it gave nothing: until it will have enough."""


class Buckets(Protocol):
    async def take(
        self, app_id: str, name: str, want: int, per_second: float, size: float, now: datetime, least: int = 1
    ) -> Taken: ...


class Quota:
    """One worker's grants. `per_second` is what all workers together may send for this app and provider."""

    def __init__(self, buckets: Buckets, app_id: str, name: str, per_second: float) -> None:
        self._buckets = buckets
        self._app_id = app_id
        self._name = name
        self._per_second = per_second
        self._turn = asyncio.Lock()
        self._left = 0
        self._granted_at = float("-inf")
        self._used = 0
        """Of the last grant."""

    async def take(self, want: int, now: datetime) -> Taken:
        """Up to `want` (at least 1) that may be sent now."""
        async with self._turn:
            at = now.timestamp()
            fresh = 0 <= at - self._granted_at <= GRANT_LASTS_SECONDS
            if not self._left or not fresh:
                # A lane that runs asks for more, and so seldom; one that idles hoards nothing.
                ahead = max(SMALL_GRANT, 2 * self._used if fresh else 0)
                ask = max(want, min(ahead, int(self._per_second * GRANT_SECONDS)))
                size = max(1.0, self._per_second * BURST_SECONDS)
                taken = await self._buckets.take(self._app_id, self._name, ask, self._per_second, size, now)
                if not taken.granted:
                    return taken
                self._left, self._granted_at, self._used = taken.granted, at, 0
            given = min(want, self._left)
            self._left -= given
            self._used += given
            return Taken(given)
