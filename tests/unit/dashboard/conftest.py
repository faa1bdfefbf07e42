import socket
from collections.abc import Iterator

import pytest

from dashboard import shared
from tests.unit.dashboard.tiny_api import TinyApi, running_tiny_api


@pytest.fixture(autouse=True)
def each_look_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the API says now is seen now, not what it said a moment ago."""
    monkeypatch.setattr(shared, "MOMENT", 0.0)


@pytest.fixture
def api() -> Iterator[TinyApi]:
    with running_tiny_api() as tiny:
        yield tiny


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a port that refuses: bound, so that nobody else takes it, and never listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
