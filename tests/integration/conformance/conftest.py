"""A live server for the SDKs."""

from collections.abc import AsyncIterator

import pytest

from push.settings import Settings
from tests.integration.api.serving import Api, serving, working


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as running, working(settings):
        yield running
