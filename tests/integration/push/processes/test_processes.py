"""Processes know of each other, and what a silent one has begun is undone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from push.database import Database, Session
from push.processes.model import INSTALLATION, Kind
from push.processes.service import Processes
from push.processes.store import ProcessStore
from push.settings import Settings

LEASE = timedelta(seconds=1)


class Part:
    """As much of a process as matters here. Whoever does not `run` is silent from the beginning."""

    def __init__(self, settings: Settings, kind: Kind, lease: timedelta) -> None:
        self.database = Database(settings.mongo_url, settings.database)
        self.things = self.database.collection("things")
        self.store = ProcessStore(self.database)
        self.processes = Processes(self.database, self.store, kind, lease)

    async def put(self, session: Session | None = None) -> None:
        await self.things.update_one({"app_id": "app", "_id": 1}, {"$inc": {"n": 1}}, upsert=True, session=session)


@contextlib.asynccontextmanager
async def part(
    settings: Settings, kind: Kind = "worker", *, running: bool = True, lease: timedelta = LEASE
) -> AsyncIterator[Part]:
    each = Part(settings, kind, lease)
    await each.database.prepare()
    await each.processes.join()
    beating = asyncio.create_task(each.processes.run() if running else asyncio.sleep(0))
    try:
        yield each
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await each.processes.leave()
        each.database.close()


async def known(each: Part) -> int:
    return len(await each.store.all())


async def test_processes_are_known_while_they_live_and_gone_when_they_end(settings: Settings) -> None:
    lease = timedelta(seconds=6)
    async with part(settings, lease=lease) as first:
        async with part(settings, "api", lease=lease) as second:
            before = await first.processes.alive()
            assert [process.kind for process in before] == ["worker", "api"]
            async with asyncio.timeout(60):
                while {each.alive_until for each in await first.processes.alive()} & {b.alive_until for b in before}:
                    await asyncio.sleep(0.05)
            assert second.processes.live_workers == 1
        assert [process.kind for process in await first.processes.alive()] == ["worker"]


async def test_who_came_since_the_last_beat_is_counted_when_work_is_to_be_shared(settings: Settings) -> None:
    async with part(settings, running=False, lease=timedelta(minutes=1)) as first:
        assert first.processes.live_workers == 1
        async with part(settings, running=False, lease=timedelta(minutes=1)):
            assert first.processes.live_workers == 1
            await first.processes.look()
            assert first.processes.live_workers == 2
        await first.processes.look()
        assert first.processes.live_workers == 1


async def test_what_a_silent_process_has_begun_is_undone_and_it_begins_anew_when_it_wakes(settings: Settings) -> None:
    asleep, tries = asyncio.Event(), 0
    async with part(settings, running=False) as sleeper, part(settings) as other:

        async def write(session: Session) -> None:
            nonlocal tries
            tries += 1
            await sleeper.put(session)
            if tries == 1:
                await asleep.wait()

        sleeping = asyncio.create_task(sleeper.database.transaction(write))
        async with asyncio.timeout(30):
            while await known(other) > 1:
                await asyncio.sleep(0.05)
            await other.put()  # would wait for a minute else
        asleep.set()
        await sleeping
        assert tries == 2
        found = await other.things.find_one({"app_id": "app", "_id": 1})
        assert found is not None
        assert found["n"] == 2


async def test_a_process_that_slept_joins_again_with_its_next_beat(settings: Settings) -> None:
    async with part(settings, running=False) as sleeper, part(settings) as other:
        async with asyncio.timeout(30):
            while await known(other) > 1:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(30):
            while len(await other.processes.alive()) < 2:
                await sleeper.processes.become("worker")


async def test_a_write_that_waits_for_a_silent_process_goes_on_once_that_is_found_out(settings: Settings) -> None:
    holding, asleep = asyncio.Event(), asyncio.Event()
    async with part(settings, running=False) as sleeper, part(settings) as other:

        async def write(session: Session) -> None:
            await sleeper.put(session)
            holding.set()
            await asleep.wait()

        sleeping = asyncio.create_task(sleeper.database.transaction(write))
        await holding.wait()
        await other.put()  # it waits here; the database's clients are given four seconds
        asleep.set()
        await sleeping


async def test_a_process_that_was_heard_of_again_is_not_removed(settings: Settings) -> None:
    async with part(settings, lease=timedelta(minutes=1)) as one:
        before = (await one.store.all())[0]
        await asyncio.sleep(0.01)
        await one.processes.become("api")
        assert not await one.store.remove(before)
        assert await known(one) == 1


async def test_more_transactions_than_sessions_wait_for_each_other(settings: Settings) -> None:
    async with part(settings) as one:

        async def write(session: Session) -> None:
            await one.things.insert_one({"app_id": INSTALLATION}, session=session)

        await asyncio.gather(*(one.database.transaction(write) for _ in range(60)))
        assert await one.things.count_documents({"app_id": INSTALLATION}) == 60


async def test_a_transaction_whose_caller_is_cancelled_leaves_nothing_locked(settings: Settings) -> None:
    async with part(settings) as one:
        begun = asyncio.Event()

        async def write(session: Session) -> None:
            await one.put(session)
            begun.set()
            await asyncio.sleep(0.1)

        caller = asyncio.create_task(one.database.transaction(write))
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await one.database.at_rest()
        await one.put()
