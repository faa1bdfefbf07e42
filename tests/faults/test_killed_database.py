"""A database that is killed under load loses nothing that was acknowledged, and all goes on by itself (check 7)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from push import embedded
from push.campaigns.model import Campaign
from push.database import DATABASE_AWAY
from push.embedded import EmbeddedDatabase
from push.engine import Engine, open_engine
from push.ids import new_id
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn
from sdk_contracts.wire import devices as wire
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, provider_settings, working

PHONES = 150
AWAY_SECONDS = (0, 2, 0, 0)
"""How long the database stays away each time it is killed: shorter and longer than callers wait for it."""
STEPS = ("received", "displayed", "opened", "clicked")


class Server:
    """A database that comes back at the same place with the same data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.running: EmbeddedDatabase = embedded.start(directory)
        self.port = int(self.running.url.rsplit(":", 1)[1].partition("/")[0])

    async def kill_and_restart(self, away_seconds: float) -> None:
        self.running.process.send_signal(signal.SIGKILL)
        self.running.process.wait()
        await asyncio.sleep(away_seconds)
        self.running = await asyncio.to_thread(embedded.start, self._directory, self.port)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    yield server
    server.running.stop()


@pytest.fixture
async def engine(server: Server, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    settings = Settings(mongo_url=server.running.url, database="killed", secret_key="k" * 48)
    quick = msgspec.structs.replace(provider_settings(settings, fcm), lease_seconds=2.0)
    async with open_engine(quick, database_timeout_seconds=1.0) as running:
        yield running


class Load:
    """What phones do all the while, and what of it they were told is stored."""

    def __init__(self, fleet: Fleet, deliveries: list[str]) -> None:
        self._engine, self._app_id = fleet.engine, fleet.app_id
        self._deliveries = deliveries
        self.over = False
        self.registered: dict[str, str] = {}
        self.reported: set[tuple[str, str]] = set()
        self.refused = 0

    async def register(self, name: str) -> None:
        number = 0
        while not self.over:
            installation, number = f"{name}-{number}", number + 1
            device_id = new_id("dev")
            registration = wire.DeviceRegistration(
                installation_id=installation, platform="android", address=wire.FcmToken(token=installation)
            )
            while installation not in self.registered:
                try:
                    device, _ = await self._engine.devices.register(self._app_id, registration, None, device_id)
                    self.registered[installation] = device.id
                except DATABASE_AWAY:
                    self.refused += 1
                    await asyncio.sleep(0.02)

    async def report(self, share: int, shares: int) -> None:
        """Each step of each delivery, until it is acknowledged."""
        steps = [(delivery, step) for step in STEPS for delivery in self._deliveries[share::shares]]
        for delivery, step in steps:
            receipt = self._engine.tokens.receipt(self._app_id, delivery)
            event = Event(event_id=f"{share}", kind=step, at=datetime.now(UTC), receipt=receipt)  # type: ignore[arg-type]
            while (delivery, step) not in self.reported:
                try:
                    answer = await self._engine.engagement.record(None, None, [event])
                    assert answer.accepted + answer.duplicates == 1
                    self.reported.add((delivery, step))
                except DATABASE_AWAY:
                    self.refused += 1
                    await asyncio.sleep(0.02)
            if not self.over:
                await asyncio.sleep(0.01)


async def sent(fleet: Fleet) -> tuple[Campaign, list[str]]:
    await fleet.phones(PHONES)
    async with working(fleet.engine):
        campaign = await fleet.until(await fleet.launch())
    rows = [row.id async for row in fleet.engine.ledger.store.all(fleet.app_id, campaign.id)]
    return campaign, rows


async def test_nothing_acknowledged_is_lost_and_everything_goes_on_by_itself(fleet: Fleet, server: Server) -> None:
    campaign, deliveries = await sent(fleet)
    load = Load(fleet, deliveries)
    reporting = [asyncio.create_task(load.report(share, 6)) for share in range(6)]
    registering = [asyncio.create_task(load.register(name)) for name in "abc"]
    for away_seconds in AWAY_SECONDS:
        before = len(load.reported)
        async with asyncio.timeout(20):
            while len(load.reported) < before + 30:
                await asyncio.sleep(0.01)
        await server.kill_and_restart(away_seconds)
    assert len(load.reported) < PHONES * len(STEPS)
    load.over = True
    async with asyncio.timeout(60):
        await asyncio.gather(*reporting, *registering)
    assert load.refused > 0
    await everything_acknowledged_is_there(fleet, campaign, load)
    async with working(fleet.engine):
        again = await fleet.settled(await fleet.launch())
    assert again["accepted"] == again["targeted"] == PHONES + len(load.registered)


async def everything_acknowledged_is_there(fleet: Fleet, campaign: Campaign, load: Load) -> None:
    stamped = {row.id: row.steps().keys() async for row in fleet.engine.ledger.store.all(fleet.app_id, campaign.id)}
    assert [each for each in load.reported if each[1] not in stamped[each[0]]] == []
    assert len(load.reported) == PHONES * len(STEPS)
    counts = await fleet.counts(campaign)
    assert [counts[step] for step in STEPS] == [PHONES] * len(STEPS)
    assert counts.conserved
    assert await fleet.recounted(campaign)
    for installation, device_id in load.registered.items():
        assert (await fleet.engine.devices.get(fleet.app_id, device_id)).installation_id == installation
