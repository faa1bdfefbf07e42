"""Counting the devices of an app, once for all who ask."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from push.devices import census
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.wire.devices import DeviceRegistration, FcmToken


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        yield opened


async def register(engine: Engine, app_id: str, number: int, **said: object) -> str:
    address = FcmToken(token=f"token-{app_id}-{number}") if number % 2 else None
    told = DeviceRegistration(installation_id=f"i-{number}", platform="android", address=address, **said)  # type: ignore[arg-type]
    device, _ = await engine.devices.register(app_id, told, None)
    return device.id


async def test_devices_are_counted_by_what_they_say_of_themselves(engine: Engine) -> None:
    app_id = (await engine.apps.create("Shop")).app.id
    for number in range(6):
        await register(engine, app_id, number, opted_in=number != 1, locale="zh-CN" if number < 4 else None)
    gone = await register(engine, app_id, 7, locale="fr")
    await engine.devices.uninstall(app_id, gone)
    found = await engine.censuses.census(app_id)
    assert (found.devices, found.reachable, found.by_platform) == (6, 2, {"android": (6, 2)})
    assert found.kinds["locale"].counts == {"zh-CN": (4, 1)}
    assert (found.kinds["locale"].other, found.kinds["locale"].unknown) == (0, 2)


async def test_only_the_most_frequent_answers_are_named(engine: Engine) -> None:
    app_id = (await engine.apps.create("Shop")).app.id
    for number in range(census.MOST_KINDS + 3):
        await register(engine, app_id, number, app_version=f"1.{number}")
    await register(engine, app_id, 99, app_version="1.22")
    versions = (await engine.censuses.census(app_id)).kinds["app_version"]
    assert next(iter(versions.counts)) == "1.22"
    assert (len(versions.counts), versions.other, versions.unknown) == (census.MOST_KINDS, 3, 0)


async def test_many_who_ask_cost_one_count_and_an_old_one_is_renewed_behind_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_id = (await engine.apps.create("Shop")).app.id
    counted = 0
    count = engine.device_store.census

    async def counting(*asked: object) -> object:
        nonlocal counted
        counted += 1
        return await count(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.device_store, "census", counting)
    await asyncio.gather(*(engine.censuses.census(app_id) for _ in range(20)))
    await register(engine, app_id, 0)
    assert (await engine.censuses.census(app_id)).devices == 0
    assert counted == 1
    found, ended, good = engine.censuses._known[app_id]
    engine.censuses._known[app_id] = found, ended - good - 1, good
    assert (await engine.censuses.census(app_id)).devices == 0
    async with asyncio.timeout(20):
        while (await engine.censuses.census(app_id)).devices == 0:
            await asyncio.sleep(0.02)
    assert counted == 2
    _, ended, good = engine.censuses._known[app_id]
    engine.censuses._known[app_id] = found, ended - census.OLDEST_SECONDS - good, good
    assert (await engine.censuses.census(app_id)).devices == 1
