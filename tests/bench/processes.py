"""The processes a benchmark measures: each on its own, with the CPU it used."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from push.settings import Settings

_TICKS = os.sysconf("SC_CLK_TCK")


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


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


@contextmanager
def command(settings: Settings, *arguments: str, module: str = "push") -> Iterator[int]:
    """`python -m MODULE ARGUMENTS` with these settings until the block ends; its process id."""
    environment = {
        **os.environ,
        "FANFARE_MONGO_URL": settings.mongo_url,
        "FANFARE_MONGO_DATABASE": settings.database,
        "FANFARE_SECRET_KEY": settings.secret_key,
        "FANFARE_FCM_URL": settings.fcm_url,
        "FANFARE_WEB_PUSH_HOSTS": ",".join(settings.web_push_hosts),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], env=environment, stdout=log, stderr=log
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)
