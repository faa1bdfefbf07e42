"""What everything is measured on: database, providers and worker, each in a process of its own; the engine in this one.

The providers speak HTTP/2 over TLS, as the real ones do.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trustme
from msgspec import Struct

from push import embedded
from push.apps.model import AppCreated
from push.content.model import Rendered
from push.devices.model import Device, WebPush
from push.engine import Engine, open_engine
from push.senders.model import Notification
from push.settings import Settings
from sdk_contracts.sandbox.process import State, sandbox_process
from sdk_contracts.wire.content import Content, Translation
from tests.bench.processes import Watch
from tests.fleet import Fleet

WORDS = Rendered(
    title="Your order is on its way",
    body="It should be with you by tomorrow noon. Track it in the app, or change the delivery.",
    link="https://shop.example/orders/12345",
    image_url="https://shop.example/pictures/parcel.jpg",
    data={"order": "12345"},
)
CONTENT = Content(
    default_locale="en",
    translations={"en": Translation(title=WORDS.title, body=WORDS.body)},
    image_url=WORDS.image_url,
    link=WORDS.link,
    data=WORDS.data,
)
TTL_SECONDS = 2_419_200
PUT_AT_ONCE = 2000


class Stand(Struct, frozen=True):
    settings: Settings
    engine: Engine
    database: int
    """Process id."""
    sandbox: State
    service_account: dict[str, Any]
    control: httpx.AsyncClient
    """For the sandbox's switches."""

    def watch(self, **pids: int) -> Watch:
        return Watch(**pids, database=self.database, sandbox=self.sandbox.pid)

    async def fleet(self, name: str) -> Fleet:
        """A new app with FCM credentials and no phones."""
        created: AppCreated = await self.engine.apps.create(name)
        await self.engine.apps.set_fcm_credentials(created.app.id, self.service_account)
        # The stand-in is in another process.
        return Fleet(self.engine, created, None)  # type: ignore[arg-type]

    async def phones(self, fleet: Fleet, count: int, **fields: Any) -> list[Device]:
        made: list[Device] = []
        while len(made) < count:
            made += await fleet.phones(min(PUT_AT_ONCE, count - len(made)), **fields)
        return made

    async def browsers(self, fleet: Fleet, count: int, distinct_keys: int, **fields: Any) -> list[Device]:
        """Subscribed at the stand-in, `distinct_keys` key pairs among them."""
        wanted = {"count": count, "distinct_keys": distinct_keys}
        answer = await self.control.post(f"{self.sandbox.web_push_url}/_sandbox/subscriptions", json=wanted)
        addresses = [msgspec.convert(each["address"], WebPush) for each in answer.raise_for_status().json()["items"]]
        devices = [fleet._phone(platform="web", address=address, **fields) for address in addresses]
        await fleet._put(devices)
        return devices

    def notifications(self, devices: list[Device], campaign_id: str = "cmp_" + "0" * 24) -> list[Notification]:
        """What the worker makes of CONTENT for these devices."""
        made = []
        for device in devices:
            delivery = f"dlv_{campaign_id[4:]}p{device.id[4:]}"
            receipt = self.engine.tokens.receipt(device.app_id, delivery)
            assert device.address is not None
            made.append(
                Notification(
                    delivery_id=delivery,
                    receipt=receipt,
                    address=device.address,
                    rendered=WORDS,
                    ttl_seconds=TTL_SECONDS,
                )
            )
        return made


async def until(done: Callable[[], Any], seconds: float = 60, every: float = 0.05) -> None:
    """Wait until `done` (awaited) is true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await done():
            await asyncio.sleep(every)


@asynccontextmanager
async def open_stand() -> AsyncIterator[Stand]:
    with tempfile.TemporaryDirectory(prefix="fanfare-bench-") as name:
        folder = Path(name)
        ca_file, chain, key = _certificate(folder)
        account = folder / "service-account.json"
        # What firebase-admin's clients look at.
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = ca_file
        options = ("--certificate", chain, "--certificate-key", key, "--service-account", account)
        with embedded.running(folder / "database") as database, sandbox_process(*options) as sandbox:
            settings = Settings(
                mongo_url=database.url,
                database="bench",
                secret_key="bench-bench-bench-bench-bench-bench-bench",
                fcm_url=sandbox.fcm_url,
                web_push_hosts=frozenset({sandbox.web_push_url.removeprefix("https://")}),
                ca_file=ca_file,
            )
            async with open_engine(settings) as engine, httpx.AsyncClient(timeout=30) as control:
                behaviour = f"{sandbox.web_push_url}/_sandbox/behaviour"
                (await control.put(behaviour, json={"decrypt": False})).raise_for_status()
                service_account = json.loads(account.read_bytes())
                yield Stand(settings, engine, database.process.pid, sandbox, service_account, control)


def _certificate(folder: Path) -> tuple[str, str, str]:
    """Authority, chain and key for 127.0.0.1, as PEM files."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    ca, chain, key = [str(folder / f"{name}.pem") for name in ("ca", "chain", "key")]
    authority.cert_pem.write_to_path(ca)
    certificate.private_key_pem.write_to_path(key)
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    return ca, chain, key
