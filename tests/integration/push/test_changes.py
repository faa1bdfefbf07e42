"""Streams of changes, which wake those who wait: none goes silent when the database was killed."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from push import embedded
from push.database import DATABASE_AWAY, Database
from push.engine import Engine

SECONDS = 60
PROBE = "is it there? "


async def following(queue: asyncio.Queue[str]) -> str:
    """What is heard next, probes left out."""
    while (name := await queue.get()).startswith(PROBE):
        pass
    return name


@contextlib.asynccontextmanager
async def heard(database: Database) -> AsyncIterator[asyncio.Queue[str]]:
    """What is heard of the collection from now on, in the end `away`."""
    things = database.collection("things")
    queue: asyncio.Queue[str] = asyncio.Queue()

    async def hear() -> None:
        try:
            async for name in database.changed_ids("things"):
                queue.put_nowait(name)
        except DATABASE_AWAY:
            queue.put_nowait("away")

    hearing = asyncio.create_task(hear())
    try:
        # It listens once it hears one of these.
        while queue.empty():
            await things.insert_one({"_id": f"{PROBE}{secrets.token_hex(4)}"})
            await asyncio.sleep(0.2)
        yield queue
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_a_stream_ends_when_the_database_is_killed_and_the_next_one_hears_everything(tmp_path: Path) -> None:
    server = embedded.start(tmp_path)
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    database = Database(server.url, "test", timeout_seconds=10)
    try:
        things = database.collection("things")
        async with asyncio.timeout(SECONDS), heard(database) as queue:
            # The more it counts before it is killed, the longer a stream that was taken up again would be silent.
            for number in range(50):
                await things.insert_one({"_id": f"before{number}"})
            assert [await following(queue) for _ in range(50)] == [f"before{number}" for number in range(50)]
            server.process.kill()
            server.process.wait()
            server = embedded.start(tmp_path, port)
            assert await following(queue) == "away"
        async with asyncio.timeout(SECONDS), heard(database) as queue:
            await things.insert_one({"_id": "after"})
            assert await following(queue) == "after"
            kept = {each["_id"] async for each in things.find()}
            assert kept >= {"after", *(f"before{number}" for number in range(50))}
    finally:
        database.close()
        server.stop()


async def test_a_stream_outlasts_moments_in_which_nothing_happens(engine: Engine) -> None:
    things = engine.database.collection("things")
    async with asyncio.timeout(SECONDS), heard(engine.database) as queue:
        for name in ("first", "second", "third"):
            # Longer than the server waits for a change before it answers that there was none.
            await asyncio.sleep(0.6)
            await things.insert_one({"_id": name})
            assert await following(queue) == name
