"""Child processes: started, waited for, watched, and stopped in the right order."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from msgspec import Struct

from push.embedded import die_with_parent
from push.errors import PushError

GRACE_SECONDS = 20.0
"""How long a child may take to finish what it holds before it is killed."""
_LAST_LINES = 12


class ChildDied(PushError):
    def __init__(self, name: str, code: int, log: Path) -> None:
        lines = log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
        super().__init__(
            "\n  ".join([f"The {name} stopped by itself (exit code {code}). Its last words ({log}):", *lines])
        )
        self.name = name


class NotAnswering(PushError):
    def __init__(self, name: str, url: str, seconds: float, log: Path) -> None:
        super().__init__(f"The {name} did not answer at {url} within {seconds:.0f} s. What it said is in {log}.")


class Child(Struct, frozen=True):
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Supervisor:
    """Stops its children, the last started first, when its block ends."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal must reach us alone, who stop everything in order.
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - one system call, no lock, no memory
            )
        return self.adopt(Child(name, process, log))

    def adopt(self, child: Child) -> Child:
        """Watches a process that somebody else started and stops."""
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raises ChildDied."""
        for child in self._children:
            if (code := child.process.poll()) is not None:
                raise ChildDied(child.name, code, child.log)

    def wait_until_answering(self, child: Child, url: str, seconds: float) -> None:
        """Waits for a 200. Raises ChildDied, NotAnswering."""
        deadline = time.monotonic() + seconds
        while not answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise NotAnswering(child.name, url, seconds, child.log)
            time.sleep(0.1)

    def watch(self) -> None:
        """Returns never: raises ChildDied, or whatever the signal handlers raise."""
        while True:
            self.check()
            time.sleep(0.3)

    def stop(self) -> None:
        """The last started goes first, so that nobody loses what it stands on while it finishes."""
        for child in reversed(self._children):
            stop(child.process)
        self._children.clear()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks with SIGTERM, insists with SIGKILL after the grace, and takes along what the child may have left behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(url: str) -> bool:
    """Whether a GET gets a 200 within a second; proxies of the environment are for other addresses."""
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
