"""Count visits, and say so only once they are stored (group commit, as for events)."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence

from push.clock import Clock
from push.database import Session
from push.errors import Overloaded
from push.ledger.service import Ledger
from push.placements.model import Visit
from push.placements.visits.store import VisitStore

_GROUP = 500
_QUEUED = 20_000


class _Waiting:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Recorder:
    """What comes while one group is being committed makes up the next."""

    def __init__(self, store: VisitStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()

    async def count(self, visit: Visit) -> None:
        """Returns once it is stored for good. Raises Overloaded, DatabaseAway."""
        if len(self._waiting) >= _QUEUED:
            raise Overloaded
        waiting = _Waiting(visit)
        self._waiting.append(waiting)
        self._arrived.set()
        await waiting.stored

    async def run(self) -> None:
        """Commit groups until cancelled."""
        while True:
            await self._arrived.wait()
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            if not self._waiting:
                self._arrived.clear()
            by_app: dict[str, list[_Waiting]] = defaultdict(list)
            for waiting in group:
                by_app[waiting.visit.app_id].append(waiting)
            for app_id, members in by_app.items():
                await self._commit(app_id, members)

    async def _commit(self, app_id: str, members: Sequence[_Waiting]) -> None:
        visits = [member.visit for member in members]
        try:
            # The ledger's pens: whoever holds one counts alone with it.
            await self._ledger.write(lambda session, pen: self._store_group(app_id, visits, session, pen))
        except Exception as error:  # noqa: BLE001
            # Whatever it is, those who came are told to come again: nothing was counted.
            for member in members:
                if not member.stored.done():
                    member.stored.set_exception(error)
            return
        for member in members:
            if not member.stored.done():
                member.stored.set_result(None)

    async def _store_group(self, app_id: str, visits: Sequence[Visit], session: Session, pen: str) -> None:
        now = self._clock.now()
        tallies: dict[str, Counter[str]] = defaultdict(Counter)
        for visit in visits:
            tallies[visit.placement_id][visit.what] += 1
        seen = [(visit.placement_id, visit.fingerprint) for visit in visits if visit.fingerprint is not None]
        for placement_id in await self._store.newcomers(app_id, seen, now, session):
            tallies[placement_id]["unique"] += 1
        await self._store.fold(app_id, tallies, now, session, pen)
