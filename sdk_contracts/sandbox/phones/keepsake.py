"""What phones remember between two runs: who they are, so that a restarted sandbox is the same population."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct


class Installation(Struct):
    """One phone's installation of the app."""

    installation_id: str
    device_token: str
    """Its device key."""
    uninstalled: bool = False


class Kept(Struct):
    app_id: str
    seed: int
    installations: dict[int, Installation]
    """By the phone's number."""


class Keepsake:
    """A file of installations, readable by its owner only; without a path nothing outlives the run."""

    def __init__(self, path: Path | None, app_id: str, seed: int) -> None:
        self._path = path
        self._kept = Kept(app_id, seed, {})
        if path and path.exists():
            try:
                found = msgspec.json.decode(path.read_bytes(), type=Kept)
            except msgspec.DecodeError:
                return
            if (found.app_id, found.seed) == (app_id, seed):
                self._kept = found

    def find(self, number: int) -> Installation | None:
        return self._kept.installations.get(number)

    def put(self, number: int, installation: Installation) -> None:
        self._kept.installations[number] = installation

    def forget(self, number: int) -> None:
        self._kept.installations.pop(number, None)

    def mark_uninstalled(self, numbers: Iterable[int]) -> bool:
        """Whether any of these was still installed before."""
        found = [self._kept.installations[number] for number in numbers if number in self._kept.installations]
        fresh = [installation for installation in found if not installation.uninstalled]
        for installation in fresh:
            installation.uninstalled = True
        return bool(fresh)

    def save(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(self._kept))
        fresh.replace(self._path)
