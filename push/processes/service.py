"""Say that this process lives, and free what those held that do not any more.

Who is killed in a transaction leaves the rows it wrote locked until the database gives the transaction up, a minute
later. So each process names its sessions beforehand, and whoever finds it silent for a lease ends them.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from msgspec.structs import replace

from push.database import DATABASE_AWAY, Database
from push.ids import new_id
from push.processes.model import Kind, Process
from push.processes.store import ProcessStore

log = structlog.get_logger()


class Processes:
    def __init__(self, database: Database, store: ProcessStore, kind: Kind, lease: timedelta) -> None:
        """`lease` is how long a process that is not heard of counts as alive."""
        self._database = database
        self._store = store
        self._kind = kind
        self._lease = lease
        self._this: Process | None = None
        self.live_workers = 0
        """How many there were at the last look, this process among them if it is one."""

    async def join(self) -> None:
        """Before the first transaction. Raises DatabaseAway."""
        now = self._database.clock.now()
        self._this = Process(
            id=new_id("prc"),
            kind=self._kind,
            started_at=now,
            alive_until=now + self._lease,
            sessions=tuple(self._database.session_ids),
        )
        await self._beat()

    async def become(self, kind: Kind) -> None:
        """What it is for shows when the process has opened everything. Raises one of DATABASE_AWAY."""
        self._kind = kind
        await self._beat()

    async def run(self) -> None:
        """Until cancelled. A process that slept through its lease joins again with its next beat; what it had begun
        was undone, and its lease on work is lost."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                await self._beat()
            except DATABASE_AWAY as error:
                log.warning("heartbeat_missed", error=type(error).__name__)
            except Exception:
                log.exception("heartbeat_failed")

    async def look(self) -> None:
        """Count again who is there, before work is shared: between two beats some may have come. None is buried."""
        with contextlib.suppress(*DATABASE_AWAY):
            await self._looked()

    async def leave(self) -> None:
        """Nothing is left to be freed."""
        if self._this is not None:
            with contextlib.suppress(*DATABASE_AWAY):
                await self._store.remove(self._this)

    async def alive(self) -> list[Process]:
        """The longest at it first."""
        now = self._database.clock.now()
        alive = [process for process in await self._store.all() if not process.lapsed(now)]
        return sorted(alive, key=lambda process: process.started_at)

    async def _beat(self) -> None:
        """Set the clock by the database's, be alive for another lease, and look after the others."""
        assert self._this is not None
        now = await self._database.sync_clock()
        self._this = replace(self._this, kind=self._kind, alive_until=now + self._lease)
        await self._store.put(self._this)
        for process in await self._looked():
            if process.lapsed(now):
                await self._bury(process)

    async def _looked(self) -> list[Process]:
        known, now = await self._store.all(), self._database.clock.now()
        self.live_workers = sum(each.kind == "worker" and not each.lapsed(now) for each in known)
        return known

    async def _bury(self, process: Process) -> None:
        """Several may do so at once, or again should one die here: only the removal is told by one."""
        await self._database.end_sessions(process.sessions)
        if await self._store.remove(process):
            log.warning("process_lost", process_id=process.id, kind=process.kind, last_alive=process.alive_until)
