"""What sending costs: ours beside the bare transport, firebase-admin, bare encryption and pywebpush.

`python -m tests.bench.bench_senders`, about half a minute. The provider has a process of its own and says yes to
everything, over TLS and HTTP/2. CPU microseconds a message are the figure to trust: rates are of two shared cores.
"""

import asyncio
import base64
import contextlib
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import trustme
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec.structs import replace
from py_vapid import Vapid02
from pywebpush import webpush_async

from push.apps.model import VapidKey
from push.content.model import Rendered
from push.devices.model import FcmToken, WebPush
from push.senders.fcm.client import FcmSender, send_url
from push.senders.fcm.encode import Encoder
from push.senders.fcm.stock import StockFcmSender
from push.senders.lane import Request
from push.senders.model import Accepted, Notification, Sender
from push.senders.opening import fcm_transport, web_push_sender, web_push_transport
from push.senders.web_push.encryption import encrypt_all
from push.senders.web_push.encryptor import Encryptor
from tests.bench.processes import cpu_seconds

BATCH = 500
CONCURRENT = 2
WORDS = Rendered(
    title="Your order is on its way",
    body="It should be with you by tomorrow noon. Track it in the app, or change the delivery.",
    link="https://shop.example/orders/12345",
    image_url="https://shop.example/pictures/parcel.jpg",
    data={"order": "12345"},
)
Work = Callable[[], Awaitable[int]]
PROVIDERS: list[int] = []
"""Process ids."""
HEADERS = ["authorization: Bearer " + "x" * 180, "content-type: application/json"]


@dataclass(frozen=True)
class Result:
    name: str
    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def micros(self) -> float:
        """CPU microseconds a message, of the client and its helpers."""
        return self.cpu / self.messages * 1e6


class Ready:
    """Credentials as they are 59 minutes of an hour."""

    google: Any = None

    async def headers(self) -> list[str]:
        return HEADERS

    async def renewed(self, used: list[str]) -> list[str]:
        return used

    async def close(self) -> None:
        """Nothing to close."""


@contextlib.contextmanager
def provider() -> Iterator[tuple[str, str]]:
    """`localhost:port` and the file of the authority that vouches for it."""
    with tempfile.TemporaryDirectory() as folder:
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost")
        ca, chain, key = (str(Path(folder, name)) for name in ("ca.pem", "chain.pem", "key.pem"))
        authority.cert_pem.write_to_path(ca)
        certificate.private_key_pem.write_to_path(key)
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(chain, append=True)
        arguments = [sys.executable, "-m", "tests.bench.provider", chain, key]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            PROVIDERS.append(process.pid)
            yield f"localhost:{process.stdout.readline().strip()}", ca
            PROVIDERS.remove(process.pid)
            process.communicate()


def own_cpu() -> float:
    """Seconds used by this process and its helpers, the provider not among them."""
    return cpu_seconds(os.getpid()) - sum(map(cpu_seconds, PROVIDERS))


async def measure(name: str, seconds: float, work: Work, concurrent: int = CONCURRENT) -> Result:
    """`work`, which returns how many messages it sent, over and over after one warm-up."""
    await work()
    messages = 0
    started, cpu = time.perf_counter(), own_cpu()

    async def repeat() -> None:
        nonlocal messages
        while time.perf_counter() - started < seconds:
            sent = await work()
            messages += sent

    await asyncio.gather(*(repeat() for _ in range(concurrent)))
    return Result(name, messages, time.perf_counter() - started, own_cpu() - cpu)


def fcm_batch(count: int) -> list[Notification]:
    return [
        Notification(
            delivery_id=f"dlv_{number:049d}",
            receipt="ffr_" + "r" * 78,
            address=FcmToken(token=f"{number:022d}:APA91b" + "t" * 134),
            rendered=WORDS,
            ttl_seconds=86_400,
        )
        for number in range(count)
    ]


def sending(sender: Sender, notifications: Sequence[Notification]) -> Work:
    async def send() -> int:
        outcomes = await sender.send(notifications)
        assert all(isinstance(each, Accepted) for each in outcomes), outcomes[0]
        return len(outcomes)

    return send


async def fcm(authority: str, ca_file: str, seconds: float) -> list[Result]:
    url = f"https://{authority}"
    transport = fcm_transport(url, ca_file, connections=4)
    sender = FcmSender(transport, url, "bench", Ready())
    notifications = fcm_batch(BATCH)
    names = (f"{WORDS.title}, number {number}" for number in range(BATCH))
    greeted = [
        replace(each, rendered=replace(WORDS, title=name)) for each, name in zip(notifications, names, strict=True)
    ]
    encoder = Encoder()
    bodies = [Request(url, send_url(url, "bench"), HEADERS, encoder.encode(each)) for each in notifications]

    async def bare() -> int:
        return len(await transport.exchange(bodies))

    async def encoding() -> int:
        return sum(1 for each in notifications if encoder.encode(each))

    async def personal() -> int:
        return sum(1 for each in greeted if encoder.encode(each))

    results = [
        await measure("bare transport", seconds, bare),
        await measure("ours", seconds, sending(sender, notifications)),
        await measure("of which encoding", seconds / 4, encoding),
        await measure("of which encoding, personal", seconds / 4, personal),
    ]
    await transport.close()
    os.environ["SSL_CERT_FILE"] = ca_file
    stock = StockFcmSender(url, "bench", Ready())  # type: ignore[arg-type]
    results.append(await measure("messaging.send_each_async ×100", seconds, sending(stock, notifications[:100]), 1))
    await stock.close()
    return results


def subscribers(authority: str, count: int) -> list[WebPush]:
    made = []
    for number in range(count):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        endpoint = f"https://{authority}/wpush/v2/{number:0160d}"
        made.append(WebPush(endpoint=endpoint, p256dh=encoded(point), auth=encoded(os.urandom(16))))
    return made


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def web_push(authority: str, ca_file: str, seconds: float) -> list[Result]:
    hosts = frozenset({authority})
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    addresses = subscribers(authority, BATCH)
    notifications = [replace(each, address=address) for each, address in zip(fcm_batch(BATCH), addresses, strict=True)]
    transport = web_push_transport(hosts, ca_file, connections=4)
    encryptor = Encryptor()
    sender = web_push_sender(transport, VapidKey(pem, "", "mailto:push@shop.example"), hosts, encryptor)
    plain = b"x" * 560
    sealed = [(each.p256dh, each.auth, plain) for each in addresses]

    async def single() -> int:
        return len(encrypt_all(sealed))

    results = [await measure("bare RFC 8291, one process", seconds, single, 1)]
    with ProcessPoolExecutor() as processes:
        loop = asyncio.get_running_loop()

        async def all_cores() -> int:
            return len(await loop.run_in_executor(processes, encrypt_all, sealed))

        results.append(await measure("bare RFC 8291, all cores", seconds, all_cores, 4))
    send = sending(sender, notifications)
    await send()
    while encryptor._ready() is None:
        await asyncio.sleep(0.05)
    results.append(await measure("ours", seconds, send, 3))
    await transport.close()
    await encryptor.close()
    results.append(await pywebpush_loop(addresses[:100], private, ca_file, plain, seconds))
    return results


async def pywebpush_loop(
    addresses: list[WebPush], key: ec.EllipticCurvePrivateKey, ca_file: str, plain: bytes, seconds: float
) -> Result:
    """`webpush_async` at its best: one session, one parsed key; it signs anew for each message."""
    vapid = Vapid02(key)
    context = ssl.create_default_context(cafile=ca_file)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:

        async def one(address: WebPush) -> int:
            response = await webpush_async(
                {"endpoint": address.endpoint, "keys": {"p256dh": address.p256dh, "auth": address.auth}},
                plain.decode(),
                vapid_private_key=vapid,
                vapid_claims={"sub": "mailto:push@shop.example"},
                ttl=60,
                timeout=aiohttp.ClientTimeout(10),  # type: ignore[arg-type]
                aiohttp_session=session,
            )
            assert isinstance(response, aiohttp.ClientResponse)
            return response.status == 201

        async def loop() -> int:
            return sum(await asyncio.gather(*(one(each) for each in addresses)))

        return await measure("pywebpush.webpush_async", seconds, loop, 1)


def table(title: str, results: Sequence[Result], reference: str) -> str:
    """`reference` is the row the last column compares with."""
    base = next(each for each in results if each.name == reference)
    lines = [f"{title:<32} {'CPU µs/message':>15} {'messages/s':>12} {'CPU ÷ ' + reference:>28}"]
    lines += [
        f"  {each.name:<30} {each.micros:>15.1f} {each.rate:>12,.0f} {each.micros / base.micros:>27.2f}×"
        for each in results
    ]
    return "\n".join(lines)


def measured(seconds: float = 2.0) -> dict[str, list[Result]]:
    """Both providers' rows."""
    with provider() as (authority, ca_file):
        return {
            "fcm": uvloop.run(fcm(authority, ca_file, seconds)),
            "web_push": uvloop.run(web_push(authority, ca_file, seconds)),
        }


def main() -> None:
    results = measured()
    print(table("FCM", results["fcm"], "bare transport"))  # noqa: T201
    print(table("Web Push", results["web_push"], "bare RFC 8291, one process"))  # noqa: T201


if __name__ == "__main__":
    main()
