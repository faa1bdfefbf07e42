"""However a device is read, it is the same."""

import random
from datetime import UTC, datetime

from msgspec.structs import replace

from push.devices.model import Device
from push.engine import open_engine
from push.ids import new_id
from push.settings import Settings
from sdk_contracts.sandbox import fcm_stand_in
from tests.fleet import fleet_of, provider_settings


async def test_a_device_read_among_many_is_the_one_read_alone(settings: Settings) -> None:
    async with (
        fcm_stand_in() as fcm,
        open_engine(provider_settings(settings, fcm)) as engine,
        fleet_of(engine, fcm) as fleet,
    ):
        gone = datetime(2026, 11, 1, tzinfo=UTC)
        (made,) = await fleet.phones(1, address_gone_at=gone, tags={"plan": "gold", "seats": 3}, topics=("news",))
        store = engine.device_store
        alone = await store.get(fleet.app_id, made.id)
        walked: list[Device] = [device async for page in store.walk(fleet.app_id, {}, "") for device in page]
        assert walked == list((await store.get_many(fleet.app_id, [made.id])).values()) == [alone]
        assert walked[0].address_gone_at == gone


async def test_devices_are_walked_in_the_order_of_their_ids_however_they_came(settings: Settings) -> None:
    async with (
        fcm_stand_in() as fcm,
        open_engine(provider_settings(settings, fcm)) as engine,
        fleet_of(engine, fcm) as fleet,
        fleet_of(engine, fcm) as other,
    ):
        ids = [new_id("dev") for _ in range(2500)]
        shuffled = random.Random(7).sample(ids, len(ids))
        await fleet._put([replace(fleet._phone(), id=each) for each in shuffled])
        await other.phones(50)
        store = engine.device_store
        for moved in shuffled[::50]:
            await store.change(fleet.app_id, moved, {"locale": "zh", "topics": ["moved" * 100]})

        async def walked(after: str) -> list[str]:
            return [device.id async for page in store.walk(fleet.app_id, {}, after) for device in page]

        assert await walked("") == sorted(ids)
        middle = sorted(ids)[1200]
        assert await walked(middle) == sorted(ids)[1201:]
