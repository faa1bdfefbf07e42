"""`python -m sdk_contracts.sandbox` as a process of its own."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from push.settings import Settings
from sdk_contracts.sandbox.process import DidNotStart, sandbox_process
from tests.integration.api.serving import serving


@asynccontextmanager
async def started(*options: object) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sdk_contracts.sandbox",
        *map(str, options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def state_of(process: asyncio.subprocess.Process, path: Path) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not path.exists():
            assert process.returncode is None, (await process.communicate())[0].decode()
            await asyncio.sleep(0.05)
    return dict(json.loads(path.read_text()))


async def test_it_says_where_it_listens_and_stops_cleanly(tmp_path: Path) -> None:
    files = ("--state-file", tmp_path / "state.json", "--service-account", tmp_path / "account.json")
    async with started(*files) as process:
        state = await state_of(process, tmp_path / "state.json")
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{state['fcm_url']}/_sandbox/stats")).json()["accepted"] == 0
            assert (await http.get(f"{state['web_push_url']}/_sandbox/stats")).json()["subscriptions"] == 0
        assert state["environment"]["FANFARE_FCM_URL"] == state["fcm_url"]
        assert state["environment"]["FANFARE_WEB_PUSH_HOSTS"] in state["web_push_url"]
        account = json.loads((tmp_path / "account.json").read_text())
        assert account["token_uri"] == f"{state['fcm_url']}/token"
        assert (tmp_path / "account.json").stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert "FANFARE_WEB_PUSH_HOSTS=" in output.decode()
    assert "Traceback" not in output.decode()
    async with started(*files) as process:
        await asyncio.sleep(0)
        (tmp_path / "state.json").unlink()
        await state_of(process, tmp_path / "state.json")
    assert json.loads((tmp_path / "account.json").read_text())["private_key"] == account["private_key"]


async def test_phones_wait_for_the_api_and_register_when_it_is_there(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings) as api:
        tenant = await api.tenant()
        port = int(api.url.rpartition(":")[2])
    options = ("--api-url", f"http://127.0.0.1:{port}", "--publishable-key", tenant.publishable, "--phones", 5)
    async with started(*options, "--state-file", tmp_path / "state.json") as process:
        state = await state_of(process, tmp_path / "state.json")
        await asyncio.sleep(0.5)
        with_host = Settings(
            mongo_url=settings.mongo_url,
            database=settings.database,
            secret_key=settings.secret_key,
            web_push_hosts=frozenset({state["environment"]["FANFARE_WEB_PUSH_HOSTS"]}),
        )
        async with serving(with_host, port=port) as api, asyncio.timeout(30):
            registered = 0
            while registered < 5:
                await asyncio.sleep(0.2)
                overview = await api.call("GET", "/v1/metrics/overview", tenant.owner)
                registered = overview.json()["devices"]
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize(
    "options", [["--api-url", "http://127.0.0.1:1"], ["--pace", "0"], ["--certificate", "x"], ["--fcm-port", "port"]]
)
async def test_options_that_make_no_sense_are_explained(options: list[str]) -> None:
    async with started(*options) as process:
        output, _ = await process.communicate()
    assert process.returncode == 2
    assert "Error" in output.decode()


def test_it_runs_as_a_child_for_as_long_as_a_block() -> None:
    with sandbox_process() as sandbox:
        assert httpx.get(f"{sandbox.fcm_url}/_sandbox/stats").json()["accepted"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.fcm_url}/_sandbox/stats")
    with pytest.raises(DidNotStart, match="pace"), sandbox_process("--pace", 0):
        pass


async def test_a_wrong_publishable_key_ends_it_with_a_sentence(settings: Settings) -> None:
    async with serving(settings) as api, started("--api-url", api.url, "--publishable-key", "ffp_nobody") as process:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert "GET /v1/app was refused with 401" in output.decode()
    assert "Traceback" not in output.decode()
