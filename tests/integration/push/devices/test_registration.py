"""Devices come, move, log in and go."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from push.devices.model import Device, FcmToken
from push.engine import Engine
from push.errors import BadSignature, DeviceNotFound, InstallationTaken, Invalid
from push.people.model import Gate
from sdk_contracts.wire import devices as wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.people import CategoryPreference, Consent, PreferencesChange


@pytest.fixture
async def app_id(engine: Engine) -> str:
    return (await engine.apps.create("Registration")).app.id


async def register(
    engine: Engine, app_id: str, installation: str, token: str | None = None, **fields: object
) -> Device:
    address = wire.FcmToken(token=token) if token else None
    registration = wire.DeviceRegistration(
        installation_id=installation,
        platform="android",
        address=address,
        **fields,  # type: ignore[arg-type]
    )
    device, _ = await engine.devices.register(app_id, registration, None)
    return device


async def test_an_address_moves_to_the_installation_that_registers_it_last(engine: Engine, app_id: str) -> None:
    old = await register(engine, app_id, "old", "shared")
    new = await register(engine, app_id, "new", "shared")
    assert (await engine.devices.get(app_id, old.id)).address is None
    assert (await engine.devices.get(app_id, new.id)).address == FcmToken(token="shared")


async def test_of_many_who_claim_one_address_at_once_one_holds_it(engine: Engine, app_id: str) -> None:
    devices = await asyncio.gather(*(register(engine, app_id, f"many-{n}", "wanted") for n in range(8)))
    held = [await engine.devices.get(app_id, device.id) for device in devices]
    assert sum(device.address is not None for device in held) == 1


async def test_an_installation_registers_once_however_many_ask_at_once(engine: Engine, app_id: str) -> None:
    answers = await asyncio.gather(*(register(engine, app_id, "one") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, Device) for answer in answers) == 1
    assert sum(isinstance(answer, InstallationTaken) for answer in answers) == 7


async def test_a_known_installation_changes_with_its_own_key_only(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "mine", "first")
    again = wire.DeviceRegistration(installation_id="mine", platform="android", model="Pixel")
    with pytest.raises(InstallationTaken):
        await engine.devices.register(app_id, again, None)
    changed, created = await engine.devices.register(app_id, again, device.id)
    assert (changed.id, changed.model, changed.address, created) == (device.id, "Pixel", None, False)


async def test_what_is_uninstalled_is_gone_and_may_come_back_as_new(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "back", "token-back")
    await engine.devices.uninstall(app_id, device.id)
    with pytest.raises(DeviceNotFound):
        await engine.devices.get(app_id, device.id)
    assert (await register(engine, app_id, "back", "token-back")).id != device.id


async def test_a_late_word_of_a_dead_address_never_removes_a_newer_one(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "moving", "dead")
    change = wire.DeviceChange(address=wire.FcmToken(token="alive"))
    await engine.devices.change(app_id, device.id, change)
    assert await engine.device_store.retire(app_id, [device.fingerprint or ""], datetime.now(UTC)) == 0
    assert (await engine.devices.get(app_id, device.id)).address == FcmToken(token="alive")


async def test_changing_something_else_keeps_the_address(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "steady", "kept")
    changed = await engine.devices.change(app_id, device.id, wire.DeviceChange(opted_in=False))
    assert (changed.address, changed.opted_in) == (FcmToken(token="kept"), False)


async def test_logging_in_merges_what_the_anonymous_person_said(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "login")
    said = PreferencesChange(
        categories={"offers": CategoryPreference(push=False)},
        consent=Consent(promotion=True, at=datetime.now(UTC) - timedelta(minutes=1), source="banner"),
    )
    await engine.people.change_preferences(app_id, device.person_id, said)
    person = await engine.devices.log_in(app_id, device.id, wire.Login(external_id="ann"))
    kept = await engine.people.preferences(app_id, person.id)
    assert kept.consent is not None
    assert kept.consent.source == "banner"
    after = await engine.devices.get(app_id, device.id)
    assert (after.person_id, after.external_id) == (person.id, "ann")
    assert after.gate == Gate(consent=True, muted=("push:offers",))


async def test_two_devices_that_log_in_at_once_share_one_person(engine: Engine, app_id: str) -> None:
    devices = [await register(engine, app_id, f"twin-{n}") for n in range(4)]
    people = await asyncio.gather(
        *(engine.devices.log_in(app_id, device.id, wire.Login(external_id="twin")) for device in devices)
    )
    assert len({person.id for person in people}) == 1


async def test_after_logging_out_the_device_belongs_to_nobody_known(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "leaving")
    known = await engine.devices.log_in(app_id, device.id, wire.Login(external_id="bob"))
    nobody = await engine.devices.log_out(app_id, device.id)
    assert nobody.id != known.id
    assert (await engine.devices.get(app_id, device.id)).external_id is None


async def test_an_app_that_verifies_identities_asks_for_the_signature(engine: Engine, app_id: str) -> None:
    device = await register(engine, app_id, "signed")
    await engine.apps.change(app_id, SettingsChange(identity_verification=True))
    with pytest.raises(BadSignature):
        await engine.devices.log_in(app_id, device.id, wire.Login(external_id="eve"))
    secret = await engine.apps.identity_secret(app_id)
    signature = hmac.new(secret.encode(), b"eve", hashlib.sha256).hexdigest()
    person = await engine.devices.log_in(app_id, device.id, wire.Login(external_id="eve", signature=signature))
    assert person.external_id == "eve"


async def test_an_address_of_the_wrong_kind_or_a_made_up_time_zone_is_refused(engine: Engine, app_id: str) -> None:
    push = wire.WebPush(endpoint="https://fcm.googleapis.com/x", p256dh="x", auth="y")
    with pytest.raises(Invalid):
        await engine.devices.register(
            app_id, wire.DeviceRegistration(installation_id="odd", platform="android", address=push), None
        )
    with pytest.raises(Invalid):
        await register(engine, app_id, "moon", timezone="Moon/Tycho")
