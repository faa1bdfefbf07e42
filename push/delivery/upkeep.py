"""What time alone makes due: addresses lapse, dead letters expire, journals and timelines are folded.

Every worker sees to it; twice does no harm."""

import asyncio

import structlog

from push.apps.service import Apps
from push.clock import Clock
from push.database import DATABASE_AWAY
from push.delivery.expiring import Expiring
from push.devices.churn.store import FOLDED_AT_ONCE
from push.devices.model import LAPSES_AFTER
from push.devices.store import DeviceStore
from push.ledger.service import Ledger

log = structlog.get_logger()
EVERY_SECONDS = 60.0
MAX_ADDRESSES = 1000
"""At a time; the rest at the next look, and planning skips them anyway."""


class Upkeep:
    def __init__(self, apps: Apps, devices: DeviceStore, letters: Expiring, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._apps = apps
        self._devices = devices
        self._letters = letters
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. What fails is tried again at the next look."""
        while True:
            try:
                for app in await self._apps.all():
                    await self.of_app(app.id)
            except DATABASE_AWAY as error:
                log.warning("upkeep_put_off", error=type(error).__name__)
            except Exception:
                log.exception("upkeep_failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def of_app(self, app_id: str) -> None:
        """One look."""
        await self._letters.of_app(app_id)
        while await self._devices.churn.fold(app_id) == FOLDED_AT_ONCE:
            pass
        await self._ledger.roll_up(app_id)
        now = self._clock.now()
        lapsed = await self._devices.retire_lapsed(app_id, now - LAPSES_AFTER, now, MAX_ADDRESSES)
        if lapsed:
            log.info("addresses_lapsed", app_id=app_id, count=lapsed)
