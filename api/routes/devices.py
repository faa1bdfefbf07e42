"""Phones and browsers: registering, describing themselves, logging a person in, following topics."""

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
from push.engine import Engine
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
    app_id, known_as = caller.app_id, _device_of(engine, caller.app_id, fanfare_device)

    async def register(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        device, created = await engine.devices.register(app_id, data, known_as, attempt.resource_id)
        token = engine.tokens.device_key(app_id, device.id)
        answer = devices.Registered(device_id=device.id, device_token=token, person_id=device.person_id)
        return (201 if created else 200), answer

    return await once("dev", register)


def _device_of(engine: Engine, app_id: str, device_key: str | None) -> str | None:
    """The device that a key of this app proves to be. Raises Unauthenticated."""
    if device_key is None:
        return None
    key_app_id, device_id = engine.tokens.read_device_key(device_key)
    return device_id if key_app_id == app_id else None


@get("/v1/devices/me", guards=[DEVICE])
async def get_device(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device_id: NamedDependency[str]
) -> devices.Device:
    """What is known of the device itself."""
    return views.device(await engine.devices.get(caller.app_id, device_id))


@patch("/v1/devices/me", guards=[DEVICE])
async def change_device(
    data: JSONBody[devices.DeviceChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device_id: NamedDependency[str],
) -> devices.Device:
    """Change what is given; what is left out stays, null clears."""
    return views.device(await engine.devices.change(caller.app_id, device_id, data))


@delete("/v1/devices/me", guards=[DEVICE])
async def uninstall_device(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device_id: NamedDependency[str]
) -> None:
    """The installation is gone: nothing is sent to it any more."""
    await engine.devices.uninstall(caller.app_id, device_id)


@put("/v1/devices/me/person", guards=[DEVICE])
async def log_in(
    data: JSONBody[devices.Login],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device_id: NamedDependency[str],
) -> devices.LoggedIn:
    """Who uses the device now. What the anonymous person had, becomes the known one's."""
    return views.logged_in(await engine.devices.log_in(caller.app_id, device_id, data))


@delete("/v1/devices/me/person", guards=[DEVICE], status_code=200)
async def log_out(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device_id: NamedDependency[str]
) -> devices.LoggedIn:
    """Nobody we know uses the device any more; it goes on with a fresh anonymous person."""
    return views.logged_in(await engine.devices.log_out(caller.app_id, device_id))


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
    device_id: NamedDependency[str],
) -> None:
    """Follow a topic; names are path-like, `news` covers `news/sports`."""
    await engine.devices.follow(caller.app_id, device_id, _topic(topic))


@delete("/v1/devices/me/topics/{topic:path}", guards=[DEVICE], opt={"parameters": {"topic": common.TopicName}})
async def unfollow_topic(
    topic: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    device_id: NamedDependency[str],
) -> None:
    """Follow a topic no more."""
    await engine.devices.unfollow(caller.app_id, device_id, _topic(topic))


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
    log_in,
    log_out,
    follow_topic,
    unfollow_topic,
]
