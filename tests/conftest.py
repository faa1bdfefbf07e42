"""Real parts for the tests: one embedded MongoDB a worker, one database a module, one engine a module."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from push import embedded
from push.settings import Settings

if TYPE_CHECKING:
    from push.engine import Engine


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database all tests of this worker share: the embedded one, or FANFARE_TEST_MONGO_URL's."""
    if given := os.environ.get("FANFARE_TEST_MONGO_URL"):
        yield given
        return
    with embedded.running(tmp_path_factory.mktemp("database")) as database:
        yield database.url


@pytest.fixture(scope="module")
def settings(mongo_url: str, request: pytest.FixtureRequest) -> Settings:
    """Settings with a database of this module's own."""
    return Settings(
        mongo_url=mongo_url,
        database=f"{Path(request.path).stem[:40]}_{secrets.token_hex(4)}",
        secret_key=secrets.token_urlsafe(48),
    )


@pytest.fixture(scope="module")
async def engine(settings: Settings) -> "AsyncIterator[Engine]":
    from push.engine import open_engine

    async with open_engine(settings) as running:
        yield running
