"""Campaigns that wait for their time, with workers and a clock set by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from tests.clocks import FakeClock
from tests.fleet import Fleet, fleet_of, provider_settings

SATURDAY = datetime(2035, 3, 24, 6, 0, tzinfo=UTC)
"""In Berlin clocks are put forward in the night that follows, at one o'clock UTC."""


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock(SATURDAY)


@pytest.fixture(scope="module")
async def engine(settings: Settings, clock: FakeClock, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm), clock=clock) as running:
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn, clock: FakeClock) -> AsyncIterator[Fleet]:
    fcm.reset()
    clock.set(SATURDAY)
    async with fleet_of(engine, fcm) as new:
        yield new
