"""Processes that can be killed: the database, the stand-in FCM and workers, each on its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from tests.faults.forked import ForkedWorker
from tests.fleet import Fleet, fleet_of, provider_settings


class WorkerProcess:
    """`fanfare worker`, started with these settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {
            **os.environ,
            "FANFARE_MONGO_URL": self._settings.mongo_url,
            "FANFARE_MONGO_DATABASE": self._settings.database,
            "FANFARE_SECRET_KEY": self._settings.secret_key,
            "FANFARE_FCM_URL": self._settings.fcm_url,
            "FANFARE_LEASE_SECONDS": str(self._settings.lease_seconds),
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "push", "worker", env=environment, stdout=asyncio.subprocess.DEVNULL
        )

    async def end(self, number: int = signal.SIGKILL) -> int:
        """Send the signal and wait; the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()


@pytest.fixture
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def lease_seconds() -> float:
    """A lost worker's work is free after 2 s instead of 30, so that a kill does not hold a test up.

    Where nobody is killed it is longer: on a busy machine with a slow disk a short one lapses by itself.
    """
    return 2.0


@pytest.fixture
async def engine(settings: Settings, fcm: FcmStandIn, lease_seconds: float) -> AsyncIterator[Engine]:
    quick = msgspec.structs.replace(provider_settings(settings, fcm), lease_seconds=lease_seconds)
    async with open_engine(quick) as running:
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    async with fleet_of(engine, fcm) as new:
        yield new


@pytest.fixture
async def workers(engine: Engine) -> AsyncIterator[list[WorkerProcess]]:
    """Two workers that are not started yet; whatever runs at the end is killed."""
    both = [WorkerProcess(engine.settings) for _ in range(2)]
    yield both
    for worker in both:
        if worker.process is not None:
            await worker.end()


@pytest.fixture
async def forked(engine: Engine, tmp_path: Path) -> AsyncIterator[Iterator[ForkedWorker]]:
    """Workers without end, to be started one by one; whatever runs at the end is killed."""
    made: list[ForkedWorker] = []

    def each() -> Iterator[ForkedWorker]:
        while True:
            made.append(ForkedWorker(engine.settings, tmp_path / f"worker-{len(made)}.log"))
            yield made[-1]

    yield each()
    for worker in made:
        await worker.end()
