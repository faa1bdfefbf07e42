"""The sandbox in a process of its own, for benchmarks and for tests that must not share its loop."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class State(Struct, frozen=True, kw_only=True):
    """What `--state-file` holds once both stand-ins listen."""

    pid: int
    fcm_url: str
    web_push_url: str
    environment: dict[str, str]
    """For Fanfare's API and worker."""


class DidNotStart(Exception):
    def __init__(self, output: str) -> None:
        super().__init__(f"The sandbox did not start: {output}")


@contextmanager
def sandbox_process(*options: object) -> Iterator[State]:
    """`python -m sdk_contracts.sandbox` with `options` until the block ends. Raises DidNotStart."""
    with tempfile.TemporaryDirectory(prefix="fanfare-sandbox-") as directory:
        state_file, log_file = Path(directory, "state.json"), Path(directory, "log")
        command = [sys.executable, "-m", "sdk_contracts.sandbox", "--state-file", state_file, *options]
        with log_file.open("wb") as log:
            process = subprocess.Popen([*map(str, command)], stdout=log, stderr=log)  # noqa: S603 - ourselves
        try:
            yield _state(process, state_file, log_file)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _state(process: "subprocess.Popen[bytes]", state_file: Path, log_file: Path) -> State:
    deadline = time.monotonic() + START_SECONDS
    while not state_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(log_file.read_text(errors="replace"))
        time.sleep(0.05)
    return msgspec.json.decode(state_file.read_bytes(), type=State)
