"""Doing what an idempotency key names once, whoever asks how often, from whichever process."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import Struct

from push.apps.idempotency.store import IdempotencyStore, Reservation
from push.apps.vault import Vault
from push.clock import Clock
from push.database import DATABASE_AWAY
from push.errors import PushError
from push.ids import new_id

LEASE_SECONDS = 15.0
WORK_SECONDS = 10.0
"""Shorter than the lease, so that whoever works still holds the key when done."""
WAIT_SECONDS = 10.0
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25


class KeyReused(PushError):
    """The idempotency key belongs to another request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request; take a new one.")


class StillRunning(PushError):
    """The first request with this key has not been answered yet."""

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still being worked on; ask again.")


class Attempt(Struct, frozen=True):
    """One go at a request."""

    resource_id: str
    """The id for what is made; the same at every attempt under one key."""
    again: bool = False
    """An earlier attempt was lost halfway: what it made may be there."""


Effect = Callable[[Attempt], Awaitable[bytes]]


class Idempotency:
    def __init__(self, store: IdempotencyStore, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def once(self, app_id: str, key: str, request: bytes, prefix: str, effect: Effect) -> bytes:
        """The answer of `effect`, which has run to its end once for this key (48 hours), or runs now.

        `effect` must make its resource under the attempt's id (`prefix_…`), and treat one that is there as made.
        What it refuses with a PushError leaves the key free. Raises KeyReused, StillRunning, what `effect` raises.
        """
        reservation_id, holder = hashlib.sha256(f"{app_id} {key}".encode()).hexdigest(), new_id("try")
        fingerprint, pause = hashlib.sha256(request).hexdigest(), _FIRST_PAUSE
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            now = self._clock.now()
            until = now + timedelta(seconds=LEASE_SECONDS)
            mine = Reservation(
                id=reservation_id,
                app_id=app_id,
                fingerprint=fingerprint,
                resource_id=new_id(prefix),
                holder=holder,
                until=until,
                created_at=now,
            )
            if await self._store.reserve(mine):
                return await self._work(mine, effect, again=False)
            current = await self._store.get(app_id, reservation_id)
            if current is not None and current.fingerprint != fingerprint:
                raise KeyReused
            if current is not None and current.answer is None and current.until <= now:
                current = await self._store.take_over(app_id, reservation_id, holder, now, until)
            if current is not None and current.answer is not None:
                return self._vault.open(current.answer, reservation_id)
            if current is not None and current.holder == holder:
                return await self._work(current, effect, again=True)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        raise StillRunning

    async def _work(self, reservation: Reservation, effect: Effect, *, again: bool) -> bytes:
        try:
            async with asyncio.timeout(WORK_SECONDS):
                answer = await effect(Attempt(reservation.resource_id, again))
                await self._store.answer(reservation, self._vault.seal(answer, reservation.id))
        except DATABASE_AWAY:
            await self._let_go(reservation)
            raise
        except PushError:
            await self._store.forget(reservation)
            raise
        except TimeoutError:
            await self._let_go(reservation)
            raise
        return answer

    async def _let_go(self, reservation: Reservation) -> None:
        """Nobody knows how far the effect came: the next one goes on under the same resource id."""
        with contextlib.suppress(TimeoutError, *DATABASE_AWAY):
            async with asyncio.timeout(0.5):
                await self._store.let_go(reservation, self._clock.now())
