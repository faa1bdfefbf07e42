"""Telling one visitor from another for a day, without keeping who they are.

A keyed hash of address, browser and placement, under a key that is random, the app's own, and gone with the day: from
then on nobody, who runs the server included, can say whose it was.
"""

import asyncio
import hashlib
import hmac
from datetime import date

from push.clock import Clock
from push.placements.model import Visitor
from push.placements.visits.store import VisitStore

_BYTES = 12
_REMEMBERED_APPS = 10_000


class Fingerprints:
    def __init__(self, store: VisitStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._salts: dict[str, tuple[date, bytes]] = {}
        self._asking = asyncio.Lock()

    async def of(self, app_id: str, placement_id: str, visitor: Visitor) -> str | None:
        """None where the address is not known, which makes one of all of them."""
        if visitor.address is None:
            return None
        told = "\0".join((placement_id, visitor.address, visitor.user_agent))
        digest = hmac.digest(await self._salt(app_id), told.encode(errors="replace"), hashlib.sha256)
        return digest[:_BYTES].hex()

    async def _salt(self, app_id: str) -> bytes:
        now = self._clock.now()
        if (salt := self._known(app_id, now.date())) is not None:
            return salt
        async with self._asking:
            # Whoever was first in the line has asked for all of them.
            if (salt := self._known(app_id, now.date())) is not None:
                return salt
            salt = await self._store.salt(app_id, now)
            if len(self._salts) >= _REMEMBERED_APPS:
                self._salts.clear()
            self._salts[app_id] = now.date(), salt
            return salt

    def _known(self, app_id: str, today: date) -> bytes | None:
        day, salt = self._salts.get(app_id, (date.min, b""))
        return salt if day == today else None
