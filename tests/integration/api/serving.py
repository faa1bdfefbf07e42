"""The API over real HTTP, and a worker beside it, inside the test process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import uvicorn
from msgspec import Struct

from api.app import create_app
from api.server import Server
from api.settings import ApiSettings
from push.engine import Engine, open_engine
from push.settings import Settings
from push.worker import open_worker


class _Server(Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The signals are the test runner's."""
        yield


class Tenant(Struct, frozen=True):
    app_id: str
    publishable: str
    owner: str


class Phone(Struct, frozen=True):
    id: str
    key: str
    installation_id: str


class Api:
    def __init__(self, url: str, client: httpx.AsyncClient, engine: Engine) -> None:
        self.url = url
        self.client = client
        self.engine = engine

    async def call(
        self, method: str, path: str, key: str | None = None, json: Any = None, **options: Any
    ) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        if json is not None:
            options["json"] = json
        return await self.client.request(method, path, headers=headers, **options)

    async def tenant(self, name: str = "Shop") -> Tenant:
        made = await self.engine.apps.create(name)
        return Tenant(made.app.id, made.publishable_key, made.secret_key)

    async def key(self, tenant: Tenant, role: str) -> str:
        answer = await self.call("POST", "/v1/keys", tenant.owner, {"role": role})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    async def phone(self, tenant: Tenant, installation_id: str, **fields: Any) -> Phone:
        """A registered installation; with `external_id`, somebody is logged in on it."""
        external_id = fields.pop("external_id", None)
        body = {"installation_id": installation_id, "platform": "android", **fields}
        answer = await self.call("POST", "/v1/devices", tenant.publishable, body)
        assert answer.status_code == 201, answer.text
        phone = Phone(answer.json()["device_id"], answer.json()["device_token"], installation_id)
        if external_id:
            logged_in = await self.call("PUT", "/v1/devices/me/person", phone.key, {"external_id": external_id})
            assert logged_in.status_code == 200, logged_in.text
        return phone

    async def launch(self, tenant: Tenant, **fields: Any) -> str:
        """A campaign on its way."""
        created = await self.call("POST", "/v1/campaigns", tenant.owner, {**draft(), **fields})
        assert created.status_code == 201, created.text
        campaign_id = str(created.json()["id"])
        launched = await self.call("POST", f"/v1/campaigns/{campaign_id}/launch", tenant.owner)
        assert launched.status_code == 200, launched.text
        return campaign_id

    async def sent(self, tenant: Tenant, campaign_id: str) -> None:
        """Returns once the campaign is sent."""
        async with asyncio.timeout(30):
            while True:
                answer = await self.call("GET", f"/v1/campaigns/{campaign_id}", tenant.owner)
                if answer.json()["state"] == "sent":
                    await self.engine.live.refresh(tenant.app_id)
                    return
                await asyncio.sleep(0.1)


def draft(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Spring",
        "kind": "service",
        "content": {"default_locale": "en", "translations": {"en": {"title": "Spring is here", "body": "Have a look"}}},
        "audience": {"include": {"all": True}},
        "channels": ["inbox"],
        **fields,
    }


@contextlib.asynccontextmanager
async def serving(settings: Settings, options: ApiSettings | None = None, port: int = 0) -> AsyncIterator[Api]:
    app = create_app(settings, options)
    config = uvicorn.Config(app, port=port, access_log=False, log_level="warning", timeout_graceful_shutdown=5)
    server = _Server(config, app)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not task.done(), "the API did not start"
            await asyncio.sleep(0.01)
        url = "http://127.0.0.1:{1}".format(*server.servers[0].sockets[0].getsockname())
        async with httpx.AsyncClient(base_url=url, timeout=20, limits=httpx.Limits(max_connections=100)) as client:
            yield Api(url, client, app.state.engine)
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    async with open_engine(settings) as engine, open_worker(engine) as worker:
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stopping.set()
            await task
