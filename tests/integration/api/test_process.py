"""`python -m api` as it runs in production: what it says, and how it stops."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from push.engine import open_engine
from push.settings import Settings
from tests.integration.api.serving import draft


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@asynccontextmanager
async def process(settings: Settings, **variables: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FANFARE_")},
        "FANFARE_MONGO_URL": settings.mongo_url,
        "FANFARE_MONGO_DATABASE": settings.database,
        "FANFARE_SECRET_KEY": settings.secret_key,
        "FANFARE_API_PORT": str(port),
        **variables,
    }
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_no_key_token_or_body_reaches_the_log_and_sigterm_ends_it(settings: Settings) -> None:
    async with open_engine(settings) as engine:
        made = await engine.apps.create("Shop")
    token, secret_body = "fcm-token-that-stays-secret", "a-title-that-stays-secret"
    async with process(settings) as (running, url), httpx.AsyncClient(base_url=url, timeout=20) as client:
        await ready(client)
        publishable = {"Authorization": f"Bearer {made.publishable_key}"}
        owner = {"Authorization": f"Bearer {made.secret_key}"}
        device = {"installation_id": "i", "platform": "android", "address": {"kind": "fcm_token", "token": token}}
        registered = await client.post("/v1/devices", json=device, headers=publishable)
        assert registered.status_code == 201
        device_key = registered.json()["device_token"]
        body = draft(content={"default_locale": "en", "translations": {"en": {"title": secret_body}}})
        await client.post("/v1/campaigns", json=body, headers=owner)
        await client.post("/v1/campaigns", json={**body, "kind": secret_body}, headers=owner)
        await client.post("/v1/campaigns", content=secret_body.encode() + b"\xff", headers=owner)
        await client.get(f"/v1/{made.secret_key}", headers=owner)
        await client.get("/v1/inbox", params={"cursor": device_key}, headers={"Authorization": f"Bearer {device_key}"})
        running.send_signal(signal.SIGTERM)
        started = time.monotonic()
        said, _ = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode in (0, -signal.SIGTERM)
    assert time.monotonic() - started < 10
    for secret in (made.secret_key, made.publishable_key, device_key, token, secret_body, settings.secret_key):
        assert secret not in said.decode()


async def test_without_a_secret_key_it_says_what_is_missing(settings: Settings) -> None:
    async with process(settings, FANFARE_SECRET_KEY="") as (running, _):
        said, _ = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 2
    assert "FANFARE_SECRET_KEY" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_port_that_is_none_is_named(settings: Settings) -> None:
    async with process(settings, FANFARE_API_PORT="eighty") as (running, _):
        said, _ = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 2
    assert "FANFARE_API_PORT" in said.decode()


async def test_without_a_database_it_says_so_and_ends(settings: Settings) -> None:
    nowhere = f"mongodb://user:hidden-password@127.0.0.1:{free_port()}/"
    async with process(settings, FANFARE_MONGO_URL=nowhere) as (running, _):
        said, _ = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 1
    assert "FANFARE_MONGO_URL" in said.decode()
    assert "Traceback" not in said.decode()
    assert "hidden-password" not in said.decode()
