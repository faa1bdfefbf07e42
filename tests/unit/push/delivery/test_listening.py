"""A worker is told of work while it has little to do, and looks for itself while it has much."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from push.clock import SyncedClock
from push.database import Database
from push.delivery import listening
from push.delivery.listening import Listening

LOOK = 0.1


class Streams:
    """A database, as far as Listening knows one."""

    def __init__(self, telling_is_dear: bool) -> None:
        self.telling_is_dear = telling_is_dear
        self.open: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    async def changes(self, collection: str, *_: object) -> AsyncIterator[dict[str, Any]]:
        queue = self.open[collection] = asyncio.Queue[dict[str, Any]]()
        try:
            while True:
                yield await queue.get()
        finally:
            del self.open[collection]


class Worker:
    def __init__(self, streams: Streams) -> None:
        self.busy_since: float | None = None
        self.told: list[tuple[str, str, str]] = []
        self.listening = Listening(
            cast(Database, streams),
            SyncedClock(),
            lambda: self.busy_since,
            self._teller("launch"),
            self._teller("batch"),
        )

    def _teller(self, what: str) -> Callable[[str, str], None]:
        return lambda app_id, campaign_id: self.told.append((what, app_id, campaign_id))


@contextlib.asynccontextmanager
async def listens(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    monkeypatch.setattr(listening, "_BUSY_SECONDS", 2 * LOOK)
    worker = Worker(streams)
    running = asyncio.create_task(worker.listening.run())
    try:
        await asyncio.sleep(3 * LOOK)
        yield worker
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert streams.open == {}


async def test_who_has_little_to_do_is_told_of_what_is_due_and_seldom_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    streams, now = Streams(telling_is_dear=True), datetime.now(UTC)
    async with listens(streams, monkeypatch) as worker:
        assert streams.open.keys() == {"campaigns", "batches"}
        assert worker.listening.looks_seconds(1) == 1.0
        streams.open["campaigns"].put_nowait({"app_id": "a", "due_at": now})
        streams.open["batches"].put_nowait({"app_id": "b", "campaign_id": "c", "due_at": now})
        streams.open["batches"].put_nowait({"app_id": "b", "campaign_id": "d", "due_at": now + timedelta(hours=1)})
        await asyncio.sleep(LOOK)
        assert sorted(worker.told) == [("batch", "b", "c"), ("launch", "a", "")]


async def test_who_has_much_to_do_looks_for_itself_and_is_told_again_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = Streams(telling_is_dear=True)
    async with listens(streams, monkeypatch) as worker:
        worker.busy_since = time.monotonic()
        await asyncio.sleep(6 * LOOK)
        assert streams.open == {}
        assert worker.listening.looks_seconds(1) == 0.1
        # Each app is asked for by itself.
        assert worker.listening.looks_seconds(1000) == 1.0
        worker.busy_since = None
        while not streams.open:
            # It looks as often until it has listened for a while: nothing is written in between unseen.
            assert worker.listening.looks_seconds(1) == 0.1
            await asyncio.sleep(LOOK / 10)
        await asyncio.sleep(5 * LOOK)
        assert streams.open.keys() == {"campaigns", "batches"}
        assert worker.listening.looks_seconds(1) == 1.0


async def test_one_short_thing_after_the_other_is_not_much(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams(telling_is_dear=True)
    async with listens(streams, monkeypatch) as worker:
        before = dict(streams.open)
        for _ in range(10):
            worker.busy_since = time.monotonic()
            await asyncio.sleep(LOOK / 2)
            assert streams.open == before


async def test_where_telling_costs_little_it_goes_on_whatever_there_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams(telling_is_dear=False)
    async with listens(streams, monkeypatch) as worker:
        before = dict(streams.open)
        worker.busy_since = time.monotonic()
        await asyncio.sleep(6 * LOOK)
        assert streams.open == before
        assert worker.listening.looks_seconds(1) == 1.0
