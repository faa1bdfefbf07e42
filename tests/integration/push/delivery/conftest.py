"""Sending for real: an embedded database, the stand-in providers, a worker in this process."""

from collections.abc import AsyncIterator

import pytest

from push.delivery.flow import breaker
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, WebPushStandIn, fcm_stand_in, web_push_stand_in
from tests.fleet import Fleet, fleet_of, provider_settings, working


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def web_push() -> AsyncIterator[WebPushStandIn]:
    async with web_push_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn, web_push: WebPushStandIn) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm, web_push)) as running:
        yield running


@pytest.fixture(scope="module")
async def worker(engine: Engine) -> AsyncIterator[object]:
    async with working(engine) as running:
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn, web_push: WebPushStandIn) -> AsyncIterator[Fleet]:
    """A new app for each test, behind stand-ins that say yes."""
    fcm.reset()
    web_push.reset()
    async with fleet_of(engine, fcm) as new:
        yield new


@pytest.fixture
def no_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an outage would cost a worker's messages no tries, and they would not die of it."""
    monkeypatch.setattr(breaker, "ENOUGH_ANSWERS", 1_000_000)
