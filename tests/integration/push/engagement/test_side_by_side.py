"""Several processes that are told the same things at the same time count each once (checks 40, 42)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from push.database import Session
from push.engine import Engine, open_engine
from push.ledger.model import delivery_id
from push.settings import Settings
from sdk_contracts.sandbox import Behaviour, FcmStandIn, fcm_stand_in
from sdk_contracts.wire.devices import DeviceRegistration, FcmToken, Login
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, fleet_of, provider_settings, working

STEPS = ("received", "displayed", "opened", "clicked")


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def engines(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[list[Engine]]:
    """Two APIs, as far as the database can tell, one of them with a worker beside it."""
    own = provider_settings(settings, fcm)
    async with open_engine(own) as first, open_engine(own) as second, working(first):
        yield [first, second]


@pytest.fixture
async def fleet(engines: list[Engine], fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    fcm.reset()
    async with fleet_of(engines[0], fcm) as new:
        yield new


async def test_two_that_store_the_same_reports_while_the_worker_settles_count_each_once(
    fleet: Fleet, engines: list[Engine]
) -> None:
    await fleet.phones(60)
    fleet.fcm.behaviour = Behaviour(latency=0.15, latency_spread=0.5)
    campaign = await fleet.launch()
    while not (rows := [row.id async for row in fleet.engine.ledger.store.all(fleet.app_id, campaign.id)]):
        await asyncio.sleep(0.01)
    receipts = [fleet.engine.tokens.receipt(fleet.app_id, row) for row in rows]

    async def report(engine: Engine, step: str) -> int:
        at = datetime.now(UTC)
        events = [Event(event_id=step, kind=step, at=at, receipt=each) for each in receipts]  # type: ignore[arg-type]
        parts = [engine.engagement.record(None, None, events[start::3]) for start in range(3)]
        return sum(answer.accepted for answer in await asyncio.gather(*parts))

    new = await asyncio.gather(*(report(engine, step) for step in STEPS for engine in engines))
    await fleet.until(campaign)
    counts = await fleet.counts(campaign)
    assert sum(new) == len(rows) * len(STEPS)
    assert [counts[step] for step in ("accepted", *STEPS)] == [60] * 5
    assert counts.conserved
    assert await fleet.recounted(campaign)


async def test_who_logs_in_while_their_phone_reports_is_one_person_and_every_step_counts_once(
    fleet: Fleet, engines: list[Engine]
) -> None:
    phones = await fleet.phones(20)
    campaign = await fleet.until(await fleet.launch())
    deliveries = {phone.id: delivery_id(campaign.id, "push", phone.id) for phone in phones}

    async def report(engine: Engine, device_id: str, step: str) -> int:
        receipt = engine.tokens.receipt(fleet.app_id, deliveries[device_id])
        event = Event(event_id=step, kind=step, at=datetime.now(UTC), receipt=receipt)  # type: ignore[arg-type]
        return (await engine.engagement.record(None, None, [event])).accepted

    async def used(number: int, device_id: str) -> int:
        """Whoever opens the app is logged in at that moment: two phones are each person's."""
        log_in = engines[0].devices.log_in(fleet.app_id, device_id, Login(external_id=f"person-{number // 2}"))
        told = [report(engine, device_id, step) for step in ("received", "opened") for engine in engines]
        _, *new = await asyncio.gather(log_in, *told)
        return sum(new)

    new = await asyncio.gather(*(used(number, phone.id) for number, phone in enumerate(phones)))
    assert new == [2] * 20
    again = await asyncio.gather(*(report(engines[1], phone.id, "opened") for phone in phones))
    assert sum(again) == 0
    counts = await fleet.counts(campaign)
    assert (counts["received"], counts["opened"]) == (20, 20)
    people = await fleet.engine.ledger.people(fleet.app_id, campaign.id, campaign.channels, True)
    assert (people["reached"], people["opened"]) == (10, 10)
    assert await fleet.recounted(campaign)


async def test_who_logs_in_after_their_row_was_read_for_a_report_is_counted_as_who_they_are_now(
    fleet: Fleet, engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read before the transaction that goes by them: whose they are may have changed when it begins."""
    first, second = await fleet.phones(2)
    campaign = await fleet.until(await fleet.launch())
    receipts = {
        each.id: fleet.engine.tokens.receipt(fleet.app_id, delivery_id(campaign.id, "push", each.id))
        for each in (first, second)
    }
    await engines[1].devices.log_in(fleet.app_id, first.id, Login(external_id="ada"))
    store, read = engines[0].ledger.store, []
    existing = store.existing

    async def logs_in_meanwhile(app_id: str, delivery_ids: list[str], session: Session | None = None) -> Any:
        rows = await existing(app_id, delivery_ids, session)
        read.append(session)
        if len(read) == 1:
            await engines[1].devices.log_in(app_id, second.id, Login(external_id="ada"))
        return rows

    monkeypatch.setattr(store, "existing", logs_in_meanwhile)
    event = Event(event_id="o", kind="opened", at=datetime.now(UTC), receipt=receipts[second.id])
    assert (await engines[0].engagement.record(None, None, [event])).accepted == 1
    assert [session is not None for session in read] == [False, True]
    monkeypatch.undo()
    event = Event(event_id="o", kind="opened", at=datetime.now(UTC), receipt=receipts[first.id])
    assert (await engines[0].engagement.record(None, None, [event])).accepted == 1
    people = await fleet.engine.ledger.people(fleet.app_id, campaign.id, campaign.channels, True)
    assert (people["reached"], people["opened"]) == (1, 1)
    assert await fleet.recounted(campaign)


async def test_one_installation_registers_once_and_one_address_has_one_holder(
    fleet: Fleet, engines: list[Engine]
) -> None:
    def registration(number: int) -> DeviceRegistration:
        return DeviceRegistration(
            installation_id=f"phone-{number // 2}", platform="android", address=FcmToken(token="shared")
        )

    answers = await asyncio.gather(
        *(engines[n % 2].devices.register(fleet.app_id, registration(n), None) for n in range(8)),
        return_exceptions=True,
    )
    devices = [answer[0] for answer in answers if isinstance(answer, tuple)]
    assert len(devices) == 4
    held = [(await engines[1].devices.get(fleet.app_id, device.id)).address for device in devices]
    assert sum(address is not None for address in held) == 1


async def test_devices_that_log_in_at_two_processes_at_once_share_one_person(
    fleet: Fleet, engines: list[Engine]
) -> None:
    devices = [
        (
            await fleet.engine.devices.register(
                fleet.app_id, DeviceRegistration(installation_id=f"twin-{n}", platform="ios"), None
            )
        )[0]
        for n in range(4)
    ]
    people = await asyncio.gather(
        *(engines[n % 2].devices.log_in(fleet.app_id, d.id, Login(external_id="twin")) for n, d in enumerate(devices))
    )
    assert len({person.id for person in people}) == 1
