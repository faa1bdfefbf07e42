"""However a device is read, it is the same."""

from datetime import UTC, datetime

from push.devices.model import Device
from push.engine import open_engine
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
