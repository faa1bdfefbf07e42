"""One API a module, over a database of its own."""

from collections.abc import AsyncIterator

import pytest

from push.settings import Settings
from tests.integration.api.serving import Api, Tenant, serving, working


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as running:
        yield running


@pytest.fixture(scope="module")
async def worker(settings: Settings, api: Api) -> AsyncIterator[None]:
    async with working(settings):
        yield


@pytest.fixture
async def tenant(api: Api) -> Tenant:
    """A fresh app for each test."""
    return await api.tenant()
