"""A person goes: from every collection, at once where they can be seen or sent to, within minutes everywhere."""

import asyncio
import contextlib
import time

import structlog

from push.apps.model import Principal
from push.apps.service import Apps
from push.audit.model import Details
from push.audit.service import Audit
from push.clock import Clock
from push.database import DATABASE_AWAY, Database, Session
from push.errors import PersonNotFound
from push.people.store import PeopleStore
from push.privacy.model import KEPT_UP, LOOK_AGAIN, Erasure, nobody
from push.privacy.store import PrivacyStore

log = structlog.get_logger()
_POLL_SECONDS = 30.0
_PATIENCE_SECONDS = 5.0
"""How long whoever asked waits for the ledger; what is left then goes soon after."""


class Erasing:
    def __init__(
        self, database: Database, store: PrivacyStore, people: PeopleStore, apps: Apps, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._people = people
        self._apps = apps
        self._audit = audit
        self._clock = clock

    async def erase(self, actor: Principal, external_id: str) -> None:
        """From now on nobody knows this person, and nothing is sent to them.

        The person, their devices, inbox, preferences and consents are gone when this returns; so are they from the
        ledger, but for deliveries that are being sent this moment, which follow within minutes. Raises PersonNotFound.
        """
        app_id = actor.app_id
        found = await self._people.by_external_id(app_id, external_id)
        if found is None:
            raise PersonNotFound(external_id)
        person_id, action_id = found.id, nobody("era")

        async def begin(session: Session) -> Erasure:
            # Held, so that a device that logs in this moment comes before or finds nobody.
            if await self._people.hold(app_id, person_id, session) is None:
                raise PersonNotFound(external_id)
            now = self._clock.now()
            erasure = Erasure(
                id=person_id,
                app_id=app_id,
                external_id=external_id,
                device_ids=tuple(await self._store.devices_of(app_id, person_id, session)),
                started_at=now,
                due_at=now + LOOK_AGAIN,
            )
            await self._store.add(erasure, session)
            await self._store.remove(app_id, person_id, erasure.device_ids, session)
            devices: Details = {"devices": len(erasure.device_ids)}
            await self._audit.record(actor, "person.erased", action_id, devices, session=session)
            return erasure

        erasure = await self._database.transaction(begin)
        await self._store.unname(erasure)
        await self._sweep(erasure, time.monotonic() + _PATIENCE_SECONDS)
        log.info("person_erased", app_id=app_id, erasure=action_id)

    async def run(self) -> None:
        """Finish what was begun, here or by a process that died, until cancelled."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            with contextlib.suppress(*DATABASE_AWAY):
                for app in await self._apps.all():
                    await self.finish(app.id)

    async def finish(self, app_id: str) -> int:
        """Look again at what is due; answers how many were."""
        looked = 0
        while True:
            now = self._clock.now()
            erasure = await self._store.claim(app_id, now, now + LOOK_AGAIN)
            if erasure is None:
                return looked
            looked += 1
            if now - erasure.started_at < 2 * KEPT_UP:
                # Whoever began may have died before they came to it.
                await self._store.unname(erasure)
            if await self._sweep(erasure) and now - erasure.started_at >= KEPT_UP:
                await self._store.forget(erasure)

    async def _sweep(self, erasure: Erasure, until: float = float("inf")) -> bool:
        """Remove what is there. True when there was nothing."""
        clean = True
        while True:
            removed, changed, left = await self._database.transaction(lambda session: self._step(erasure, session))
            clean = clean and not (removed or changed or left)
            if not changed or time.monotonic() > until:
                return clean

    async def _step(self, erasure: Erasure, session: Session) -> tuple[int, int, int]:
        removed = await self._store.remove(erasure.app_id, erasure.id, erasure.device_ids, session)
        changed, left = await self._store.depersonalise(erasure, session)
        return removed, changed, left
