"""An SDK in a process of its own, told what to do by lines of JSON on its standard input."""

import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from sdk_contracts.conformance.checklist import Unfit

PATIENCE_SECONDS = 60.0


class Failed(Exception):
    """The SDK says that a command did not succeed. `status` is the HTTP status, 0 without an answer."""

    def __init__(self, command: str, status: int, message: str) -> None:
        super().__init__(f"`{command}` failed with {status}: {message}")
        self.status = status


class Driver:
    """One run of an adapter, from `hello` to the end of its input."""

    def __init__(self, command: Sequence[str], storage: Path) -> None:
        self._storage = storage
        self._process = subprocess.Popen(  # noqa: S603 - what the caller of the suite asks for
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.capabilities = frozenset(self.do("hello")["capabilities"])

    def start(self, url: str, key: str = "ffp_suite") -> None:
        self.do("start", api=url, key=key, storage=str(self._storage))

    def do(self, what: str, **arguments: Any) -> Any:
        """Let the SDK do this; the answer is what it says of it. Raises Failed, and Unfit when it says no JSON."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(msgspec.json.encode({"do": what, **arguments}).decode() + "\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=PATIENCE_SECONDS)
        except (OSError, queue.Empty):
            line = None
        if line is None:
            raise Unfit(f"the adapter does not answer `{what}`; it may have ended ({self._process.poll()})")
        try:
            said = msgspec.json.decode(line)
        except msgspec.DecodeError:
            raise Unfit(f"the adapter answers `{what}` with what is no JSON: {line[:200]!r}") from None
        if "error" in said:
            raise Failed(what, said["error"].get("status", 0), said["error"].get("message", ""))
        return said["ok"]

    def kill(self) -> None:
        """As a phone kills an app: without a word."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)
