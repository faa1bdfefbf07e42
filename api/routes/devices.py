"""Phones and browsers: registering, describing themselves, logging a person in, following topics."""

import contextlib
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody

from api import views
from api.auth import DEVICE, PUBLISHABLE
from api.decoding import bad_field
from api.idempotency import Once
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.devices.model import Device
from push.engine import Engine
from push.errors import DeviceNotFound, Unauthenticated
from sdk_contracts.wire import apps, common, devices

DeviceKey = Annotated[
    str | None,
    HeaderParameter(name="Fanfare-Device", max_length=512, description="The device key of a known installation."),
]


@get("/v1/app", guards=[PUBLISHABLE])
async def get_app(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> apps.PublicSettings:
    """The app's public settings."""
    return views.public_settings(await engine.apps.get(caller.app_id))


@post(
    "/v1/devices",
    guards=[PUBLISHABLE],
    responses={200: ResponseSpec(devices.Registered, description="Known already, and described anew")},
    opt={"problems": (409,), "idempotent": True},
)
async def register_device(
    data: JSONBody[devices.DeviceRegistration],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
    fanfare_device: DeviceKey = None,
) -> Response[devices.Registered]:
    """Register an installation. A known one is refused with 409 unless its device key comes along."""
    app_id, known_as = caller.app_id, await _device_of(engine, caller.app_id, fanfare_device)

    async def register(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        device, created = await engine.devices.register(app_id, data, known_as, attempt.resource_id)
        token = engine.tokens.device_key(app_id, device.id, device.key_generation)
        answer = devices.Registered(device_id=device.id, device_token=token, person_id=device.person_id)
        return (201 if created else 200), answer

    return await once("dev", register)


async def _device_of(engine: Engine, app_id: str, device_key: str | None) -> str | None:
    """The device that a key of this app proves to be; None where that key has ended. Raises Unauthenticated."""
    if device_key is None:
        return None
    key = engine.tokens.read_device_key(device_key)
    with contextlib.suppress(DeviceNotFound, Unauthenticated):
        if key.app_id == app_id:
            return (await engine.devices.holding(app_id, key.device_id, key.generation)).id
    return None


@get("/v1/devices/me", guards=[DEVICE])
async def get_device(device: NamedDependency[Device]) -> devices.Device:
    """What is known of the device itself; of its person's other devices it learns nothing."""
    return views.device(device)


@patch("/v1/devices/me", guards=[DEVICE])
async def change_device(
    data: JSONBody[devices.DeviceChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device: NamedDependency[Device],
) -> devices.Device:
    """Change what is given; what is left out stays, null clears."""
    return views.device(await engine.devices.change(caller.app_id, device.id, data))


@delete("/v1/devices/me", guards=[DEVICE])
async def uninstall_device(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device: NamedDependency[Device]
) -> None:
    """The installation is gone: nothing is sent to it any more."""
    await engine.devices.uninstall(caller.app_id, device.id)


@post("/v1/devices/me/key", guards=[DEVICE], status_code=200, opt={"idempotent": True})
async def rotate_device_key(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], once: NamedDependency[Once]
) -> Response[devices.RotatedKey]:
    """A new device key; the old one ends at once.

    Send an `Idempotency-Key`: where the answer is lost, the same call with the old key gets the same answer again.
    """
    device_id = caller.device_id or ""

    async def rotate(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        generation = await engine.devices.rotate_key(caller.app_id, device_id, caller.generation, again=attempt.again)
        token = engine.tokens.device_key(caller.app_id, device_id, generation)
        return 200, devices.RotatedKey(device_id=device_id, device_token=token)

    return await once("try", rotate)


@put("/v1/devices/me/person", guards=[DEVICE])
async def log_in(
    data: JSONBody[devices.Login],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device: NamedDependency[Device],
) -> devices.LoggedIn:
    """Who uses the device now. What the anonymous person had, becomes the known one's."""
    return views.logged_in(await engine.devices.log_in(caller.app_id, device.id, data))


@delete("/v1/devices/me/person", guards=[DEVICE], status_code=200)
async def log_out(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device: NamedDependency[Device]
) -> devices.LoggedIn:
    """Nobody we know uses the device any more; it goes on with a fresh anonymous person."""
    return views.logged_in(await engine.devices.log_out(caller.app_id, device.id))


@put(
    "/v1/devices/me/topics/{topic:path}",
    guards=[DEVICE],
    status_code=204,
    opt={"parameters": {"topic": common.TopicName}},
)
async def follow_topic(
    topic: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device: NamedDependency[Device],
) -> None:
    """Follow a topic; names are path-like, `news` covers `news/sports`."""
    await engine.devices.follow(caller.app_id, device.id, _topic(topic))


@delete("/v1/devices/me/topics/{topic:path}", guards=[DEVICE], opt={"parameters": {"topic": common.TopicName}})
async def unfollow_topic(
    topic: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device: NamedDependency[Device],
) -> None:
    """Follow a topic no more."""
    await engine.devices.unfollow(caller.app_id, device.id, _topic(topic))


def _topic(path: str) -> str:
    """Raises BadInput."""
    try:
        return msgspec.convert(path.lstrip("/"), common.TopicName)
    except msgspec.ValidationError as error:
        raise bad_field("/topic", str(error)) from None


ROUTES: list[Any] = [
    get_app,
    register_device,
    get_device,
    change_device,
    uninstall_device,
    rotate_device_key,
    log_in,
    log_out,
    follow_topic,
    unfollow_topic,
]
