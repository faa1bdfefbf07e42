"""A phone has one address at a time: from token to Firebase installation id, and gone when it was silent too long."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from push.delivery.upkeep import Upkeep
from push.devices.model import LAPSES_AFTER, STALE_AFTER, Device, FcmFid, FcmToken
from push.engine import Engine
from push.ids import new_id
from sdk_contracts.wire import devices as wire

FID = "cRstUvWxYz0123456789_-"
TOKEN = f"{FID}:APA91bH"


@pytest.fixture
async def app_id(engine: Engine) -> str:
    return (await engine.apps.create("Moving")).app.id


async def register(engine: Engine, app_id: str, address: wire.FcmToken | wire.FcmFid) -> Device:
    wanted = wire.DeviceRegistration(installation_id=new_id("ins"), platform="android", address=address)
    device, _ = await engine.devices.register(app_id, wanted, None)
    return device


async def offer(engine: Engine, device: Device, address: wire.FcmToken | wire.FcmFid) -> Device:
    return await engine.devices.change(device.app_id, device.id, wire.DeviceChange(address=address))


async def confirmed_days_ago(engine: Engine, device: Device, days: float) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    await engine.device_store.change(device.app_id, device.id, {"confirmed_at": at})


async def test_a_phone_that_has_moved_to_its_installation_id_keeps_it(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, wire.FcmToken(token=TOKEN))
    moved = await offer(engine, device, wire.FcmFid(fid=FID))
    assert moved.address == FcmFid(fid=FID)
    await confirmed_days_ago(engine, device, 100)
    again = await offer(engine, device, wire.FcmToken(token=TOKEN))
    assert (again.address, again.fingerprint) == (FcmFid(fid=FID), moved.fingerprint)
    assert again.confirmed_at is not None
    assert datetime.now(UTC) - again.confirmed_at < timedelta(days=1), "a token of the same installation confirms it"


async def test_a_token_of_another_installation_changes_nothing_and_confirms_nothing(
    engine: Engine, app_id: str
) -> None:
    device = await register(engine, app_id, wire.FcmFid(fid=FID))
    await confirmed_days_ago(engine, device, 100)
    before = await engine.devices.get(app_id, device.id)
    after = await offer(engine, device, wire.FcmToken(token="older"))
    assert (after.address, after.confirmed_at) == (before.address, before.confirmed_at)


async def test_who_has_the_installation_takes_it_from_another_device_by_token_or_by_id(
    engine: Engine, app_id: str
) -> None:
    first = await register(engine, app_id, wire.FcmToken(token=TOKEN))
    second = await register(engine, app_id, wire.FcmFid(fid=FID))
    assert (await engine.devices.get(app_id, first.id)).address is None
    third = await register(engine, app_id, wire.FcmToken(token=f"{FID}:APA91bOther"))
    assert (await engine.devices.get(app_id, second.id)).address is None
    other = await register(engine, app_id, wire.FcmToken(token=f"{FID.swapcase()}:APA91bH"))
    for device in (third, other):
        assert (await engine.devices.get(app_id, device.id)).address is not None, "case tells two ids apart"


async def test_of_many_who_come_with_one_installation_at_once_one_holds_it(engine: Engine, app_id: str) -> None:
    tokens = [wire.FcmToken(token=f"{TOKEN}{number}") for number in range(4)]
    devices = await asyncio.gather(*(register(engine, app_id, each) for each in (*tokens, wire.FcmFid(fid=FID))))
    held = [await engine.devices.get(app_id, device.id) for device in devices]
    assert sum(device.address is not None for device in held) == 1


async def test_the_same_installation_id_in_another_app_is_another_phone(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, wire.FcmFid(fid=FID))
    elsewhere = (await engine.apps.create("Elsewhere")).app.id
    await register(engine, elsewhere, wire.FcmToken(token=TOKEN))
    assert (await engine.devices.get(app_id, device.id)).address == FcmFid(fid=FID)


async def test_a_late_word_about_the_token_never_removes_the_installation_id(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, wire.FcmToken(token=TOKEN))
    await offer(engine, device, wire.FcmFid(fid=FID))
    assert device.fingerprint is not None
    assert await engine.device_store.retire(app_id, [device.fingerprint], datetime.now(UTC)) == 0
    assert (await engine.devices.get(app_id, device.id)).address == FcmFid(fid=FID)


async def test_a_dead_installation_id_makes_room_for_a_token(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, wire.FcmFid(fid=FID))
    assert device.fingerprint is not None
    assert await engine.device_store.retire(app_id, [device.fingerprint], datetime.now(UTC)) == 1
    after = await offer(engine, device, wire.FcmToken(token=TOKEN))
    assert (after.address, after.address_gone_at) == (FcmToken(token=TOKEN), None)


async def test_a_silent_phones_address_lapses_and_comes_back_with_its_next_word(engine: Engine, app_id: str) -> None:
    silent = await register(engine, app_id, wire.FcmFid(fid=FID))
    heard = await register(engine, app_id, wire.FcmToken(token="heard"))
    await confirmed_days_ago(engine, silent, LAPSES_AFTER.days + 1)
    await confirmed_days_ago(engine, heard, LAPSES_AFTER.days - 1)
    await Upkeep(engine.apps, engine.device_store, engine.expiring, engine.ledger, engine.clock).of_app(app_id)
    gone = await engine.devices.get(app_id, silent.id)
    assert (gone.address, gone.fingerprint, gone.firebase_id, gone.confirmed_at) == (None, None, None, None)
    assert gone.address_gone_at is not None
    assert (await engine.devices.get(app_id, heard.id)).address == FcmToken(token="heard")
    back = await offer(engine, silent, wire.FcmToken(token=TOKEN))
    assert (back.address, back.address_gone_at) == (FcmToken(token=TOKEN), None)


async def test_an_address_that_is_confirmed_while_it_lapses_stays(
    engine: Engine, app_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await register(engine, app_id, wire.FcmFid(fid=FID))
    await confirmed_days_ago(engine, device, LAPSES_AFTER.days + 1)
    write = engine.device_store._devices.bulk_write

    async def late(*given: object, **named: object) -> object:
        monkeypatch.undo()
        await offer(engine, device, wire.FcmFid(fid=FID))
        return await write(*given, **named)

    monkeypatch.setattr(engine.device_store._devices, "bulk_write", late)
    now = datetime.now(UTC)
    assert await engine.device_store.retire_lapsed(app_id, now - LAPSES_AFTER, now, 10) == 0
    assert (await engine.devices.get(app_id, device.id)).address == FcmFid(fid=FID)


async def test_the_overview_says_how_many_addresses_are_stale(engine: Engine, app_id: str) -> None:
    devices = [await register(engine, app_id, wire.FcmToken(token=f"token-{number}")) for number in range(3)]
    await confirmed_days_ago(engine, devices[0], STALE_AFTER.days + 1)
    now = datetime.now(UTC)
    overview = await engine.overviews.overview(app_id, now - timedelta(hours=1), now)
    assert (overview.census.reachable, overview.census.stale) == (3, 1)
