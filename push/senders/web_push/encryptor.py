"""Where encryption runs, so that it does not hold up the event loop.

`cryptography` keeps Python's lock through most of it, so threads do not help: many messages go to processes, chunk by
chunk; a few are not worth the journey and go to a thread.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, wait

from push.senders.web_push.encryption import Sealed, encrypt_all

FEW = 16
"""Up to here, about 2 ms of work, a thread does."""


class Encryptor:
    """Encrypts for all apps of a worker. The processes start with the first large batch and end with their parent."""

    def __init__(self, processes: int | None = None) -> None:
        self._count = processes or os.cpu_count() or 1
        self._starting: asyncio.Future[ProcessPoolExecutor] | None = None

    async def encrypt(self, messages: Sequence[Sealed]) -> list[bytes | None]:
        """A body each, None where the keys of a subscription are of no use."""
        processes = self._ready() if len(messages) > FEW else None
        if processes is not None:
            try:
                return await asyncio.get_running_loop().run_in_executor(processes, encrypt_all, messages)
            except BrokenExecutor:
                # One was killed from outside: the next chunk starts others, this one is done here.
                self._starting = None
        return await asyncio.to_thread(encrypt_all, messages)

    async def warm(self) -> ProcessPoolExecutor:
        """Wait until the processes run."""
        self._ready()
        assert self._starting is not None
        return await self._starting

    async def close(self) -> None:
        if self._starting is not None:
            processes = await self._starting
            self._starting = None
            await asyncio.to_thread(processes.shutdown, cancel_futures=True)

    def _ready(self) -> ProcessPoolExecutor | None:
        """The processes, or None while they start: nobody waits for that."""
        if self._starting is None:
            self._starting = asyncio.get_running_loop().run_in_executor(None, _start, self._count)
        return self._starting.result() if self._starting.done() else None


def _start(count: int) -> ProcessPoolExecutor:
    # Forking a process with threads is not safe.
    processes = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_live_with_parent)
    wait([processes.submit(encrypt_all, []) for _ in range(count)])
    return processes


def _live_with_parent() -> None:
    """A signal to the whole group is for the parent to act on; when it is killed, end as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
