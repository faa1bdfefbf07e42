"""The data directory of `fanfare up`: the master secret, the keys it made, and how to connect while it runs."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from push.command.ports import free_port
from push.errors import PushError
from push.settings import Settings, from_environment

T = TypeVar("T")

DEFAULT_DIRECTORY = ".fanfare"
_SHARED = (
    "FANFARE_MONGO_URL",
    "FANFARE_MONGO_DATABASE",
    "FANFARE_PUBLIC_URL",
    "FANFARE_FCM_URL",
    "FANFARE_WEB_PUSH_HOSTS",
    "FANFARE_WEBHOOK_HOSTS",
)


class AlreadyUp(PushError):
    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"`fanfare up` is running on {directory} already. Use that, or choose another directory with --data-dir."
        )


class RememberedKeys(Struct, frozen=True, kw_only=True):
    """The keys of an app that `up` made; the database keeps only their hashes."""

    app_id: str
    publishable_key: str
    secret_key: str


class Connection(Struct, frozen=True, kw_only=True):
    """What a client needs to connect: the fields of `connection.json`."""

    api_url: str
    dashboard_url: str | None
    mongo_url: str
    app_id: str
    publishable_key: str
    secret_key: str
    identity_secret: str
    vapid_public_key: str


class Home:
    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.database = self.directory / "database"
        self.logs = self.directory / "logs"
        self.connection_file = self.directory / "connection.json"
        self._environment_file = self.directory / "environment.json"
        self._secret_file = self.directory / "secret.key"
        self.sandbox = self.directory / "sandbox"
        self._ports_file = self.sandbox / "ports.json"
        self._keys_file = self.directory / "keys.json"

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Nobody else runs `up` here meanwhile; no `connection.json` of an earlier run is left. Raises AlreadyUp."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        with (self.directory / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyUp(self.directory) from error
            self._forget()
            try:
                yield
            finally:
                self._forget()

    def master_secret(self) -> str:
        """The one made here before, or a new one."""
        if not self._secret_file.exists():
            _write_private(self._secret_file, secrets.token_urlsafe(48).encode())
        return self._secret_file.read_text().strip()

    def keys(self) -> dict[str, RememberedKeys]:
        """By purpose: `app` or `demo`."""
        return _read(self._keys_file, dict[str, RememberedKeys]) or {}

    def remember(self, purpose: str, keys: RememberedKeys) -> None:
        _write_private(self._keys_file, msgspec.json.encode({**self.keys(), purpose: keys}))

    def sandbox_ports(self) -> tuple[int, int]:
        """The same each time where they can be had: phones of an earlier run have addresses on them."""
        self.sandbox.mkdir(exist_ok=True)
        before = _read(self._ports_file, tuple[int, int]) or (0, 0)
        ports = (free_port(before[0]) or free_port(0), free_port(before[1]) or free_port(0))
        _write_private(self._ports_file, msgspec.json.encode(ports))
        return ports

    def connection(self) -> Connection | None:
        """How to connect to what runs here now, if it does."""
        return _read(self.connection_file, Connection)

    def announce(self, connection: Connection, environ: Mapping[str, str]) -> None:
        """Everything answers: say how to connect, and let other commands here have the same settings."""
        shared = {name: environ[name] for name in _SHARED if name in environ}
        _write_private(self._environment_file, msgspec.json.encode(shared))
        _write_private(self.connection_file, msgspec.json.format(msgspec.json.encode(connection)) + b"\n")

    def settings(self, environ: Mapping[str, str]) -> Settings:
        """The environment's settings; what it leaves open comes from the `up` that runs here. Raises BadSetting."""
        known = _read(self._environment_file, dict[str, str]) or {}
        if self._secret_file.exists():
            known["FANFARE_SECRET_KEY"] = self.master_secret()
        return from_environment({**known, **environ})

    def _forget(self) -> None:
        self.connection_file.unlink(missing_ok=True)
        self._environment_file.unlink(missing_ok=True)


def home_of(environ: Mapping[str, str]) -> Home:
    return Home(Path(environ.get("FANFARE_DATA_DIR") or DEFAULT_DIRECTORY))


def _write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
