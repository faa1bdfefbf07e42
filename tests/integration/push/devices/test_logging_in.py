"""Whoever changes their mind in the moment a device logs in is listened to (promotion needs consent on record)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from push.devices.model import Device
from push.engine import Engine
from push.errors import Invalid
from push.ids import new_id
from push.people.model import Person, gate_of
from sdk_contracts.wire import devices as wire
from sdk_contracts.wire.people import Consent, PreferencesChange


@pytest.fixture
async def app_id(engine: Engine) -> str:
    return (await engine.apps.create("Logging in")).app.id


async def registered(engine: Engine, app_id: str, **fields: Any) -> Device:
    registration = wire.DeviceRegistration(installation_id=new_id("ins"), platform="android", **fields)
    return (await engine.devices.register(app_id, registration, None))[0]


async def says(engine: Engine, person: Person, *, promotion: bool) -> None:
    consent = Consent(promotion=promotion, at=engine.clock.now() - timedelta(seconds=1))
    await engine.people.change_preferences(person.app_id, person.id, PreferencesChange(consent=consent))


async def willing(engine: Engine, app_id: str) -> Person:
    device = await registered(engine, app_id)
    ann = await engine.devices.log_in(app_id, device.id, wire.Login(external_id="ann"))
    await says(engine, ann, promotion=True)
    return ann


async def every_device_knows(engine: Engine, ann: Person, *devices: Device) -> None:
    gate = gate_of(await engine.people.preferences(ann.app_id, ann.id))
    for device in devices:
        current = await engine.devices.get(ann.app_id, device.id)
        assert (current.person_id, current.gate) == (ann.id, gate)


async def test_who_says_no_just_before_another_device_logs_in_is_not_sent_promotion_there(
    engine: Engine, app_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await willing(engine, app_id)
    device = await registered(engine, app_id)
    known_as = engine.people.known_as

    async def then_she_says_no(*arguments: str) -> Person:
        person = await known_as(*arguments)
        await says(engine, person, promotion=False)
        return person

    monkeypatch.setattr(engine.people, "known_as", then_she_says_no)
    await engine.devices.log_in(app_id, device.id, wire.Login(external_id="ann"))
    assert not (await engine.devices.get(app_id, device.id)).gate.consent
    await every_device_knows(engine, ann, device)


async def test_who_says_no_while_another_device_logs_in_is_not_sent_promotion_there(
    engine: Engine, app_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await willing(engine, app_id)
    device = await registered(engine, app_id)
    change, saying = engine.device_store.change, []

    async def meanwhile_she_says_no(*arguments: Any, **named: Any) -> None:
        if not saying:
            saying.append(asyncio.create_task(says(engine, ann, promotion=False)))
            await asyncio.wait(saying, timeout=0.3)
        await change(*arguments, **named)

    monkeypatch.setattr(engine.device_store, "change", meanwhile_she_says_no)
    await engine.devices.log_in(app_id, device.id, wire.Login(external_id="ann"))
    await saying[0]
    await every_device_knows(engine, ann, device)


async def test_many_devices_that_log_in_while_their_person_wavers_all_know_the_last_word(
    engine: Engine, app_id: str
) -> None:
    ann = await willing(engine, app_id)
    devices = [await registered(engine, app_id) for _ in range(4)]
    login = wire.Login(external_id="ann")
    words = [says(engine, ann, promotion=bool(number % 2)) for number in range(4)]
    await asyncio.gather(*words, *(engine.devices.log_in(app_id, device.id, login) for device in devices))
    await every_device_knows(engine, ann, *devices)


async def test_a_device_follows_no_more_topics_than_it_may_register_with(engine: Engine, app_id: str) -> None:
    topics = [f"topic-{number}" for number in range(200)]
    device = await registered(engine, app_id, topics=topics)
    await engine.devices.follow(app_id, device.id, "topic-7")
    with pytest.raises(Invalid):
        await engine.devices.follow(app_id, device.id, "one-more")
    await engine.devices.unfollow(app_id, device.id, "topic-7")
    await engine.devices.follow(app_id, device.id, "one-more")
    assert len((await engine.devices.get(app_id, device.id)).topics) == 200
