"""A database that stops in the middle of a transaction: callers hear of it in time, and nothing is half written."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pymongo.errors import DuplicateKeyError

from push import embedded
from push.database import DATABASE_AWAY, Database, Session
from push.embedded import EmbeddedDatabase

TIMEOUT_SECONDS = 2.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedDatabase]:
    with embedded.running(tmp_path) as running:
        yield running
        running.process.send_signal(signal.SIGCONT)


@pytest.fixture
async def database(server: EmbeddedDatabase) -> AsyncIterator[Database]:
    database = Database(server.url, "stops", timeout_seconds=TIMEOUT_SECONDS)
    database.collection("things")
    await database.prepare()
    yield database
    database.close()


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
async def test_who_is_in_the_middle_of_a_transaction_hears_of_an_outage_in_time(
    server: EmbeddedDatabase, database: Database, fault: signal.Signals
) -> None:
    things = database.collection("things")

    async def write(session: Session) -> None:
        await things.insert_one({"_id": 1, "app_id": "app"}, session=session)
        server.process.send_signal(fault)
        await things.insert_one({"_id": 2, "app_id": "app"}, session=session)

    started = time.monotonic()
    with pytest.raises(DATABASE_AWAY):
        await database.transaction(write)
    assert time.monotonic() - started < 2 * TIMEOUT_SECONDS


async def test_after_an_outage_in_a_transaction_all_goes_on_and_nothing_is_half_written(
    server: EmbeddedDatabase, database: Database
) -> None:
    things = database.collection("things")

    async def write(session: Session, *, stopping: bool) -> None:
        await things.insert_one({"_id": 1, "app_id": "app"}, session=session)
        if stopping:
            server.process.send_signal(signal.SIGSTOP)
        await things.insert_one({"_id": 2, "app_id": "app"}, session=session)

    with pytest.raises(DATABASE_AWAY):
        await database.transaction(lambda session: write(session, stopping=True))
    server.process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(20):
        while True:
            try:
                await database.transaction(lambda session: write(session, stopping=False))
                break
            except DATABASE_AWAY:
                assert await things.count_documents({"app_id": "app"}) in (0, 2)
                await asyncio.sleep(0.1)
            except DuplicateKeyError:
                break  # The last one's answer was lost, not what it wrote.
    assert await things.count_documents({"app_id": "app"}) == 2


async def test_two_who_change_the_same_thing_come_one_after_the_other(database: Database) -> None:
    things = database.collection("things")
    await things.insert_one({"_id": "n", "app_id": "app", "n": 0})

    async def add(session: Session) -> None:
        found = await things.find_one({"app_id": "app", "_id": "n"}, session=session)
        assert found is not None
        await things.update_one({"app_id": "app", "_id": "n"}, {"$set": {"n": found["n"] + 1}}, session=session)

    await asyncio.gather(*(database.transaction(add) for _ in range(5)))
    found = await things.find_one({"app_id": "app", "_id": "n"})
    assert found is not None
    assert found["n"] == 5
