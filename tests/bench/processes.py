"""The processes a benchmark measures: each on its own, with the CPU it used."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from push.settings import Settings

_TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
BUSY = 0.85
"""From this share of a core, or of all of them, it is they that are waited for."""
LEAST = 0.03


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of the children it has waited for, plus those still running."""
    total = 0.0
    for each in (pid, *_children(pid)):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / _TICKS
    return total


def memory_mib(pid: int) -> float:
    """Resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_memory_mib(pid: int) -> float:
    """The most resident memory it ever had."""
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(said["VmHWM"].split()[0]) / 1024


class Usage(Struct, frozen=True):
    """What a stretch of time cost."""

    seconds: float
    cpu: dict[str, float]
    """CPU seconds by process."""
    others: float
    """Which share of all cores went to processes that are no part of this (0–1)."""

    def micros(self, process: str, count: int) -> float:
        """CPU microseconds for each of `count`."""
        return self.cpu[process] / max(count, 1) * 1e6

    def share(self, process: str) -> float:
        """Of one core."""
        return self.cpu[process] / self.seconds

    def bound(self) -> str:
        """What was waited for: all the cores, one process that can use only one, or neither."""
        shares = {name: self.share(name) for name in self.cpu if self.share(name) > LEAST}
        if self.others * CORES > LEAST:
            shares["others"] = self.others * CORES
        said = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        if sum(shares.values()) > BUSY * CORES:
            return f"bound by the cores ({said} of one)"
        if max(shares.values(), default=0) > BUSY:
            return f"bound by one process's core ({said})"
        return f"bound by waiting for answers ({said} of a core)"


class Watch:
    """From now on. `bench` is this process itself, with the children it has waited for."""

    def __init__(self, **pids: int) -> None:
        self._pids = pids
        self._started = self._now()

    def stop(self) -> Usage:
        (at, busy, own, cpu), (at_0, busy_0, own_0, cpu_0) = self._now(), self._started
        seconds = at - at_0
        used = {name: cpu[name] - cpu_0[name] for name in self._pids} | {"bench": own - own_0}
        others = max(0.0, (busy - busy_0 - sum(used.values())) / (seconds * CORES))
        return Usage(seconds, used, others)

    def _now(self) -> tuple[float, float, float, dict[str, float]]:
        cpu = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        return time.perf_counter(), _machine_seconds(), sum(os.times()[:4]), cpu


def _machine_seconds() -> float:
    """CPU time of everything on all cores, what a hypervisor took away included."""
    user, nice, system, _idle, _waiting, *rest = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + sum(rest)) / _TICKS


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread may end while it is looked at.
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


NO_QUOTA = {"FANFARE_FCM_PER_MINUTE": "60000000"}
"""For a worker whose own speed is asked for: left to itself it sends an app's messages at its project's default quota,
10,000 a second, and no faster."""


@contextmanager
def command(
    settings: Settings, *arguments: str, module: str = "push", environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """`python -m MODULE ARGUMENTS` with these settings until the block ends; its process id."""
    told = {
        "FANFARE_MONGO_URL": settings.mongo_url,
        "FANFARE_MONGO_DATABASE": settings.database,
        "FANFARE_SECRET_KEY": settings.secret_key,
        "FANFARE_FCM_URL": settings.fcm_url,
        "FANFARE_WEB_PUSH_HOSTS": ",".join(settings.web_push_hosts),
        "FANFARE_CA_FILE": settings.ca_file or "",
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **told, **(environment or {})},
            stdout=log,
            stderr=log,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)
