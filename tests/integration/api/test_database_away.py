"""While the database is away, callers are told so in time, and all is well again once it is back."""

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from push import embedded
from push.settings import Settings
from tests.integration.api.serving import Api, Tenant, draft, serving

LONGEST = 5.0


async def ask_all(api: Api, tenant: Tenant, device: str, link: str) -> None:
    """Each kind of route is refused with 503 in under 5 s."""
    event = {"event_id": "1", "kind": "opened", "delivery_id": "dlv_1", "at": api.engine.clock.now().isoformat()}
    calls = [
        ("GET", "/health/ready", None, None, {}),
        ("GET", "/v1/app", tenant.publishable, None, {}),
        ("GET", "/v1/app", "ffp_" + tenant.app_id.removeprefix("app_") + "_" + "x" * 32, None, {}),
        ("POST", "/v1/devices", tenant.publishable, {"installation_id": "new", "platform": "ios"}, {}),
        ("GET", "/v1/inbox", device, None, {}),
        ("POST", "/v1/events", device, {"events": [event]}, {}),
        ("POST", "/v1/campaigns", tenant.owner, draft(), {}),
        ("POST", "/v1/campaigns", tenant.owner, draft(), {"Idempotency-Key": "away"}),
        ("GET", "/v1/metrics/overview", tenant.owner, None, {}),
    ]

    async def ask(method: str, path: str, key: str | None, body: object, headers: dict[str, str]) -> None:
        started = time.monotonic()
        answer = await api.call(method, path, key, body, headers=headers)
        took = time.monotonic() - started
        assert (answer.status_code, path) == (503, path), answer.text
        assert took < LONGEST, (path, took)
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"

    await asyncio.gather(*(ask(*call) for call in calls))
    await ask("GET", link, None, None, {"User-Agent": "Mozilla/5.0"})
    assert (await api.call("GET", "/health/live")).status_code == 200


async def recovered(api: Api, tenant: Tenant) -> None:
    async with asyncio.timeout(20):
        while (await api.call("GET", "/health/ready")).status_code != 200:
            await asyncio.sleep(0.2)
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers={"Idempotency-Key": "away"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_callers_hear_of_an_outage_within_five_seconds_and_then_all_goes_on(
    tmp_path: Path, fault: signal.Signals
) -> None:
    database = embedded.start(tmp_path)
    port = int(database.url.split(":")[2].split("/")[0])
    try:
        async with serving(Settings(mongo_url=database.url, database="away", secret_key="x" * 48)) as api:
            tenant = await api.tenant()
            phone = await api.phone(tenant, "install-1")
            poster = {"name": "Poster", "kind": "poster", "link": "https://shop.example/spring"}
            hung = (await api.call("POST", "/v1/placements", tenant.owner, poster)).json()
            link = httpx.URL(hung["url"]).path
            assert (await api.call("GET", "/v1/me", tenant.owner)).status_code == 200
            database.process.send_signal(fault)
            # It may answer until it really has stopped.
            gone = os.WSTOPPED | os.WEXITED | os.WNOWAIT
            await asyncio.to_thread(os.waitid, os.P_PID, database.process.pid, gone)
            await ask_all(api, tenant, phone.key, link)
            if fault == signal.SIGSTOP:
                database.process.send_signal(signal.SIGCONT)
            else:
                database.process.wait()
                database = embedded.start(tmp_path, port)
            await recovered(api, tenant)
            assert (await api.call("GET", "/v1/devices/me", phone.key)).status_code == 200
            followed = await api.call("GET", link, headers={"User-Agent": "Mozilla/5.0"})
            assert (followed.status_code, followed.headers["Location"]) == (302, poster["link"])
            # Nobody was sent on uncounted; a count whose answer was lost may be there.
            numbers = (await api.call("GET", f"/v1/placements/{hung['id']}", tenant.owner)).json()["numbers"]
            assert 1 <= numbers["clicks"] <= 2
    finally:
        database.process.send_signal(signal.SIGCONT)
        database.stop()
