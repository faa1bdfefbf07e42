"""One message to one person: from the API's 202 to the provider's socket, beside an idle worker."""

import asyncio
import time
from statistics import quantiles

import httpx
import msgspec

from push.senders.exchange import Request
from push.senders.fcm.client import send_url
from push.senders.fcm.encode import Encoder
from push.senders.fcm.firebase import HEADERS
from push.senders.opening import fcm_transport
from tests.bench.api_rates import answering, free_port
from tests.bench.processes import command
from tests.bench.stand import CONTENT, Stand, until
from tests.bench.table import Table

MESSAGES = 100
PAUSE_SECONDS = 0.05
COLUMNS = ("milliseconds", "median", "p99", "longest")


async def one_message(stand: Stand) -> Table:
    port = free_port()
    with (
        command(stand.settings, "worker"),
        command(stand.settings, module="api", environment={"FANFARE_API_PORT": str(port)}),
    ):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as api:
            await answering(api, "/health/ready")
            answered, arrived = await _messages(stand, api)
    bare = await _bare(stand)
    rows = [
        _row("request to 202", answered),
        _row("202 to the provider's socket", arrived),
        _row("request to the provider's socket", [a + b for a, b in zip(answered, arrived, strict=True)]),
        _row("one message on the bare transport", bare),
    ]
    notes = [f"- {MESSAGES} messages by POST /v1/messages, one after the other, to one phone each."]
    return Table("One message to one person", COLUMNS, rows, notes)


async def _messages(stand: Stand, api: httpx.AsyncClient) -> tuple[list[float], list[float]]:
    """Milliseconds from request to 202, and from there to the provider."""
    fleet = await stand.fleet("One by one")
    devices = await stand.phones(fleet, MESSAGES + 1)
    headers = {"Authorization": f"Bearer {fleet.created.secret_key}"}
    content = msgspec.to_builtins(CONTENT)
    answered, arrived = [], []
    for device in devices:
        body = {"to": {"device_ids": [device.id]}, "kind": "service", "content": content, "channels": ["push"]}
        asked = time.time()
        answer = await api.post("/v1/messages", json=body, headers=headers)
        accepted = time.time()
        answer.raise_for_status()
        at = await _arrival(stand, f"token-{device.id}")
        answered.append((accepted - asked) * 1e3)
        arrived.append((at - accepted) * 1e3)
        await asyncio.sleep(PAUSE_SECONDS)
    # The first one opens the lane: it fetches an access token and connects.
    return answered[1:], arrived[1:]


async def _arrival(stand: Stand, token: str) -> float:
    """When the provider had it, as Unix seconds."""
    found: list[float] = []

    async def came() -> bool:
        url = f"{stand.sandbox.fcm_url}/_sandbox/messages"
        answer = await stand.control.get(url, params={"address": token, "limit": "1"})
        found.extend(item["at"] for item in answer.json()["items"])
        return bool(found)

    await asyncio.sleep(PAUSE_SECONDS)
    await until(came, seconds=10, every=PAUSE_SECONDS)
    return found[0]


async def _bare(stand: Stand) -> list[float]:
    """Milliseconds to the answer of a request on an open connection."""
    fleet = await stand.fleet("Bare")
    devices = await stand.phones(fleet, MESSAGES)
    answer = await stand.control.post(f"{stand.sandbox.fcm_url}/_sandbox/access-tokens")
    headers = [f"authorization: Bearer {answer.json()['access_token']}", *HEADERS]
    url, encoder = stand.settings.fcm_url, Encoder()
    target = send_url(url, stand.service_account["project_id"])
    transport = fcm_transport(url, stand.settings.ca_file)
    taken = []
    for notification in stand.notifications(devices):
        started = time.perf_counter()
        await transport.exchange([Request(url, target, headers, encoder.encode(notification))])
        taken.append((time.perf_counter() - started) * 1e3)
        await asyncio.sleep(PAUSE_SECONDS / 10)
    await transport.close()
    return taken[1:]


def _row(name: str, milliseconds: list[float]) -> list[str]:
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return [name, *(f"{value:,.1f}" for value in (cuts[49], cuts[98], max(milliseconds)))]
