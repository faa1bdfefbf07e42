"""Workers that are there at once: forked from a process that has loaded everything, each a whole worker of its own."""

import asyncio
import multiprocessing
import os
import re
import signal
import sys
from pathlib import Path
from types import ModuleType

import uvloop

from push.command.logs import log_as_lines
from push.settings import Settings
from push.worker import run
from tests.faults.wrong_clock import set_clock_wrong
from tests.fleet import Fleet

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.faults.forked"])
_STARTED = re.compile(r'"worker_id": ?"(wrk_\w+)"')


def _work(settings: Settings, log: Path, clock_off: tuple[float, ...]) -> None:
    if clock_off:
        set_clock_wrong(clock_off)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
    log_as_lines()
    uvloop.run(run(settings))


class ForkedWorker:
    """`fanfare worker` with these settings."""

    def __init__(self, settings: Settings, log: Path, clock_off: tuple[float, ...] = ()) -> None:
        """Its wall clock is off by so many seconds, by the next of them after each SIGUSR1."""
        self._process = _FORK.Process(target=_work, args=(settings, log, clock_off), daemon=True)
        self._log = log
        self.id = ""
        """What its leases say, once it is `ready`."""

    async def start(self) -> None:
        # A new process runs the main module first, and a test of the dashboard leaves a Streamlit script in its place.
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            await asyncio.to_thread(self._process.start)
        finally:
            sys.modules["__main__"] = main

    async def ready(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not (said := _STARTED.search(self.said())):
                assert self._process.is_alive(), self.said()
                await asyncio.sleep(0.005)
        self.id = said[1]

    def said(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def send(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    async def end(self, number: int = signal.SIGKILL) -> int | None:
        """Send the signal and wait; the exit status."""
        if self._process.pid is not None and self._process.is_alive():
            self.send(number)
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode


async def batches_held_by(fleet: Fleet, worker_id: str) -> int:
    """The batches whose lease is this worker's, also where it has lapsed."""
    held = fleet.engine.database.collection("batches").find({"app_id": fleet.app_id, "owner": worker_id}, {"_id": 1})
    return len(await held.to_list(None))
