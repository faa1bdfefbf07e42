"""The embedded database: a MongoDB-compatible server as a child process, on loopback, with its data in a directory.

The server (`secantusd-rs` of the SecantusDB package) is GPL-2.0: it is only ever run as a process of its own.
"""

import contextlib
import ctypes
import importlib.metadata
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from push.errors import PushError

PROGRAMME = "secantusd-rs"
START_SECONDS = 60.0
"""After a crash the server replays its journal first."""
STOP_SECONDS = 15.0
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
PR_SET_PDEATHSIG = 1


class EmbeddedDatabaseMissing(PushError):
    def __init__(self) -> None:
        super().__init__(
            "The embedded database is not installed here (pip install 'fanfare[embedded]'; CPython 3.11 to 3.13 on "
            "Linux or macOS). Set FANFARE_MONGO_URL to a MongoDB 7 or newer instead."
        )


class EmbeddedDatabaseFailed(PushError):
    """It did not start; the message says why."""


class EmbeddedDatabaseInUse(EmbeddedDatabaseFailed):
    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"The data in {directory} is in use by another running server. Stop that one, or choose another "
            "directory with --data-dir (FANFARE_DATA_DIR)."
        )


class EmbeddedDatabase:
    """A running server. `url` is what everything else needs to know of it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.url = f"mongodb://127.0.0.1:{port}/?directConnection=true"

    def stop(self) -> None:
        """Asks, then insists: what was acknowledged is on disk either way."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(directory: Path, port: int = 0) -> EmbeddedDatabase:
    """Starts the server on `directory` and waits until it answers; port 0 picks a free one.

    Raises EmbeddedDatabaseMissing, EmbeddedDatabaseInUse or EmbeddedDatabaseFailed.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = directory / "server.log"
    # A file of our own keeps the server from picking up a stranger's from the working directory or the home.
    config = directory / "server.toml"
    config.touch()
    # Without --sync-on-commit a kill loses the last acknowledged writes. The oplog serves change streams only; logged,
    # its upkeep costs as much as the writing of the data does, and a stream that a crash ends is begun anew.
    command = [
        str(programme()), "--config", str(config), "--host", "127.0.0.1", "--port", str(port),
        "--storage-path", str(directory / "data"), "--sync-on-commit", "--oplog-nonlogged", "--log-file-max", "128MB",
        "--cache-size", "512M", "--log-level", "WARNING",
    ]  # fmt: skip
    with log.open("ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - one system call, no lock, no memory
        )  # fmt: skip
    try:
        return EmbeddedDatabase(process, _wait_for_port(process, log, said_before, directory))
    except BaseException:
        process.kill()
        process.wait()
        raise


@contextlib.contextmanager
def running(directory: Path, port: int = 0) -> Iterator[EmbeddedDatabase]:
    """Runs the server for the length of the block."""
    database = start(directory, port)
    try:
        yield database
    finally:
        database.stop()


def programme() -> Path:
    """Where the server's executable is. Raises EmbeddedDatabaseMissing."""
    try:
        files = importlib.metadata.files("SecantusDB") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    named_so = [Path(str(file.locate())) for file in files if file.name == PROGRAMME]
    found = [path.resolve() for path in named_so if path.is_file()]
    if not found:
        raise EmbeddedDatabaseMissing
    # The package also has a small script of that name, which only finds and runs the real one.
    return max(found, key=lambda path: path.stat().st_size)


def _wait_for_port(process: subprocess.Popen[bytes], log: Path, said_before: int, directory: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # Asked first: what has ended has said all it had to say.
        ended = process.poll() is not None
        said = log.read_bytes()[said_before:].decode(errors="replace")
        if (found := LISTENING.search(said)) and _answers(port := int(found[1])):
            return port
        if ended:
            if "already being managed by another process" in said:
                raise EmbeddedDatabaseInUse(directory)
            last = said.strip().splitlines()[-1:] or ["it said nothing"]
            raise EmbeddedDatabaseFailed(f"The embedded database stopped at once: {last[0]} (see {log})")
        time.sleep(0.02)
    raise EmbeddedDatabaseFailed(f"The embedded database did not answer within {START_SECONDS:.0f} s (see {log})")


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def die_with_parent() -> Callable[[], object] | None:
    """For Popen's preexec_fn: even kill -9 of the parent leaves no child behind. Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
