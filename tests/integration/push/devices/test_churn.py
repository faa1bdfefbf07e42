"""Who comes and goes is counted where it happens, day by day and platform."""

from datetime import timedelta

import pytest

from push.devices.model import LAPSES_AFTER
from push.engine import Engine
from sdk_contracts.wire import devices as wire


@pytest.fixture
async def app_id(engine: Engine) -> str:
    return (await engine.apps.create("Churn")).app.id


async def today(engine: Engine, app_id: str) -> dict[str, dict[str, int]]:
    """The sums of now, the same whether the journal was folded or not."""
    now = engine.clock.now()
    before = await engine.device_store.churn.days(app_id, now, now + timedelta(seconds=1))
    await engine.device_store.churn.fold(app_id)
    after = await engine.device_store.churn.days(app_id, now, now + timedelta(seconds=1))
    assert before == after
    return {platform: dict(counts) for platform, counts in after[0].by_platform.items()} if after else {}


def phone(number: int, *, token: str | None = None, **fields: object) -> wire.DeviceRegistration:
    address = wire.FcmToken(token=token) if token else None
    given: dict[str, object] = {"platform": "android", **fields}
    return wire.DeviceRegistration(installation_id=f"phone-{number}", address=address, **given)  # type: ignore[arg-type]


async def test_coming_and_going_and_changing_ones_mind_are_counted_once_each(engine: Engine, app_id: str) -> None:
    devices = engine.devices
    one, _ = await devices.register(app_id, phone(1, token="a"), None)
    two, _ = await devices.register(app_id, phone(2, platform="ios"), None)
    for opted_in in (False, False, True, False):
        await devices.change(app_id, one.id, wire.DeviceChange(opted_in=opted_in))
    await devices.change(app_id, two.id, wire.DeviceChange(address=wire.FcmToken(token="b")))
    await devices.change(app_id, two.id, wire.DeviceChange(address=wire.FcmToken(token="c")))
    await devices.change(app_id, two.id, wire.DeviceChange(address=None))
    await devices.change(app_id, two.id, wire.DeviceChange(address=None))
    await devices.uninstall(app_id, one.id)
    assert await today(engine, app_id) == {
        "android": {
            "registered": 1, "address_new": 1, "opted_out": 2, "opted_in": 1, "uninstalled": 1, "address_gone": 1,
        },
        "ios": {"registered": 1, "address_new": 1, "address_gone": 1},
    }  # fmt: skip


async def test_an_address_that_moves_is_gone_where_it_was_and_one_told_again_is_not_new(
    engine: Engine, app_id: str
) -> None:
    one, _ = await engine.devices.register(app_id, phone(1, token="a"), None)
    await engine.devices.register(app_id, phone(1, token="a"), one.id)
    assert await today(engine, app_id) == {"android": {"registered": 1, "address_new": 1}}
    await engine.devices.register(app_id, phone(2, token="a"), None)
    assert await today(engine, app_id) == {"android": {"registered": 2, "address_new": 2, "address_gone": 1}}


async def test_addresses_that_providers_refuse_and_those_that_lapse_are_gone(engine: Engine, app_id: str) -> None:
    one, _ = await engine.devices.register(app_id, phone(1, token="a"), None)
    await engine.devices.register(app_id, phone(2, token="b", platform="ios"), None)
    now = engine.clock.now()
    for _ in range(2):
        await engine.device_store.retire(app_id, [one.fingerprint or "", "nobody's"], now)
    later = now + LAPSES_AFTER + timedelta(days=1)
    assert await engine.device_store.retire_lapsed(app_id, later - LAPSES_AFTER, now, 10) == 1
    assert await today(engine, app_id) == {
        "android": {"registered": 1, "address_new": 1, "address_gone": 1},
        "ios": {"registered": 1, "address_new": 1, "address_gone": 1},
    }
