"""API and worker are killed at random while phones report, again and again: what is counted is what a recount finds
(checks 7, 40 and 42)."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from push.engine import Engine
from push.ledger.model import REVENUE_UNITS, delivery_id
from push.settings import Settings
from sdk_contracts.wire.campaigns import Conversion
from sdk_contracts.wire.events import Event, EventBatch
from tests.faults.forked import ForkedWorker
from tests.fleet import Fleet

PHONES = 200
API_KILLS, WORKER_KILLS = 5, 3
BATCH = 10
REPORTERS = 4
pytestmark = pytest.mark.timeout(300)


class ApiProcess:
    """`python -m api`, which can be killed and comes back at the same port."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self._environment = {
            **os.environ,
            "FANFARE_MONGO_URL": settings.mongo_url,
            "FANFARE_MONGO_DATABASE": settings.database,
            "FANFARE_SECRET_KEY": settings.secret_key,
            "FANFARE_LEASE_SECONDS": str(settings.lease_seconds),
            "FANFARE_API_PORT": str(self.port),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "api", env=self._environment, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def ready(self, client: httpx.AsyncClient) -> None:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).is_success:
                        return
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


@pytest.fixture
async def api(engine: Engine) -> AsyncIterator[ApiProcess]:
    process = ApiProcess(engine.settings)
    await process.start()
    yield process
    await process.kill()


async def report(client: httpx.AsyncClient, batches: list[list[Event]]) -> None:
    """Each is sent until it is acknowledged, as an SDK does."""
    while batches:
        body = msgspec.json.encode(EventBatch(events=batches.pop()))
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(
                    "/v1/events", content=body, headers={"Content-Type": "application/json"}, timeout=20
                )
                assert answer.status_code in (202, 503, 429), answer.text
                if answer.status_code == 202:
                    assert not answer.json()["rejected"]
                    break
            await asyncio.sleep(0.2)


async def test_counters_equal_a_recount_after_kills_and_replays(
    fleet: Fleet, forked: Iterator[ForkedWorker], api: ApiProcess
) -> None:
    chance = random.Random()
    phones = await fleet.phones(PHONES, locale="en-GB")
    worker = next(forked)
    await worker.start()
    campaign = await fleet.until(await fleet.launch(conversion=Conversion()), seconds=60)
    start = fleet.engine.clock.now() - timedelta(hours=3)
    events = [
        Event(
            event_id=f"evt-{kind}-{repeat}",
            kind=kind,  # type: ignore[arg-type]
            at=start + timedelta(minutes=minutes),
            receipt=fleet.engine.tokens.receipt(fleet.app_id, delivery_id(campaign.id, "push", phone.id)),
            value=2.5 if kind == "converted" else None,
            currency="EUR" if kind == "converted" else None,
        )
        for phone in phones
        for kind, repeat, minutes in (("received", 0, 0), ("opened", 0, 5), ("converted", 0, 9), ("converted", 1, 10))
    ]
    told = [*events, *events]
    chance.shuffle(told)
    batches = [told[place : place + BATCH] for place in range(0, len(told), BATCH)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as client:
        await api.ready(client)
        reporting = [asyncio.create_task(report(client, batches)) for _ in range(REPORTERS)]
        victims = ["api"] * API_KILLS + ["worker"] * WORKER_KILLS
        chance.shuffle(victims)
        for victim in victims:
            await asyncio.sleep(chance.uniform(0.05, 0.6))
            if victim == "worker":
                await worker.end()
                worker = next(forked)
                await worker.start()
            else:
                await api.kill()
                await api.start()
                await api.ready(client)
        async with asyncio.timeout(150):
            await asyncio.gather(*reporting)
    for _ in range(200):
        if not await fleet.engine.attribution.settle(fleet.app_id, fleet.engine.clock.now() + timedelta(hours=1)):
            break
    assert await fleet.recounted(campaign)
    counts = await fleet.counts(campaign)
    assert {name: counts[name] for name in ("received", "opened", "converted")} == dict.fromkeys(
        ("received", "opened", "converted"), PHONES
    )
    people = (await fleet.engine.ledger.people(fleet.app_id, campaign.id, campaign.channels, True)).flat()
    assert people == {
        **dict.fromkeys(("targeted", "reached", "opened", "converted", "credited_direct"), PHONES),
        "conversions": 2 * PHONES,
        "revenue.EUR": 5 * PHONES * REVENUE_UNITS,
    }
