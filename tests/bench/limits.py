"""The same sends without Fanfare: no ledger, no database. What nobody can beat, and what is usually taken."""

import asyncio
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import urlsplit

import aiohttp
import firebase_admin
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from firebase_admin import credentials, messaging
from py_vapid import Vapid02
from pywebpush import webpush_async

from push.apps.model import VapidKey
from push.content.payload import push_payload
from push.devices.model import WebPush
from push.senders.exchange import Request, Response, Transport
from push.senders.fcm.client import send_url
from push.senders.fcm.encode import Encoder, full_message
from push.senders.fcm.firebase import HEADERS
from push.senders.model import Notification
from push.senders.opening import fcm_transport, web_push_transport
from push.senders.web_push.encryption import Sealed, encrypt_all
from push.senders.web_push.vapid import VapidSigner
from tests.bench.processes import CORES, Usage, Watch
from tests.bench.sends import Sent
from tests.bench.stand import TTL_SECONDS, Stand

BATCH = 500
BATCHES_AT_ONCE = 3
"""As the worker has them under way."""
SUBJECT = "mailto:push@shop.example"


async def in_batches(items: Sequence[object], size: int, send: Callable[[int, int], Awaitable[object]]) -> None:
    """`send(start, stop)` for all of them, some at once."""
    starts = iter(range(0, len(items), size))

    async def worker() -> None:
        for start in starts:
            await send(start, start + size)

    await asyncio.gather(*(worker() for _ in range(BATCHES_AT_ONCE)))


async def exchange_all(transport: Transport, requests: Sequence[Request]) -> None:
    async def send(start: int, stop: int) -> None:
        answers = await transport.exchange(requests[start:stop])
        bad = [each for each in answers if not isinstance(each, Response) or each.status not in (200, 201)]
        assert not bad, bad[0]

    await in_batches(requests, BATCH, send)


async def bare_fcm(stand: Stand, notifications: Sequence[Notification]) -> Sent:
    """libcurl and the ready bodies."""
    answer = await stand.control.post(f"{stand.sandbox.fcm_url}/_sandbox/access-tokens")
    headers = [f"authorization: Bearer {answer.json()['access_token']}", *HEADERS]
    url, encoder = stand.settings.fcm_url, Encoder()
    target = send_url(url, stand.service_account["project_id"])
    requests = [Request(url, target, headers, encoder.encode(each)) for each in notifications]
    transport = fcm_transport(url, stand.settings.ca_file)
    await exchange_all(transport, requests[:BATCH])
    watch = stand.watch()
    await exchange_all(transport, requests)
    usage = watch.stop()
    await transport.close()
    return Sent("bare transport, no ledger", len(requests), usage)


async def firebase(stand: Stand, notifications: Sequence[Notification], at_once: int = 100) -> Sent:
    """firebase-admin as it comes; 100 a call is where it is at its best."""
    app = firebase_admin.initialize_app(credentials.Certificate(stand.service_account), name=secrets.token_hex(8))
    service = app._get_service("_messaging", messaging._MessagingService)
    service._fcm_url = send_url(stand.settings.fcm_url, stand.service_account["project_id"])

    async def send(some: Sequence[Notification]) -> None:
        batch = await messaging.send_each_async([full_message(each, time.time()) for each in some], app=app)
        assert not batch.failure_count, next(each.exception for each in batch.responses if each.exception)

    await send(notifications[:at_once])
    watch = stand.watch()
    for start in range(0, len(notifications), at_once):
        await send(notifications[start : start + at_once])
    usage = watch.stop()
    await service._async_client.aclose()
    await asyncio.to_thread(firebase_admin.delete_app, app)
    return Sent("firebase_admin.messaging.send_each_async", len(notifications), usage)


def sealed_of(notifications: Sequence[Notification]) -> list[Sealed]:
    made: list[Sealed] = []
    for each in notifications:
        assert isinstance(each.address, WebPush)
        payload = push_payload(each.rendered, each.delivery_id, each.receipt)
        made.append((each.address.p256dh, each.address.auth, msgspec.json.encode(payload)))
    return made


async def bare_web_push(stand: Stand, notifications: Sequence[Notification]) -> list[Sent]:
    """RFC 8291 alone, on one core and on all; then libcurl with the ready bodies."""
    sealed = sealed_of(notifications)
    watch = stand.watch()
    bodies = encrypt_all(sealed)
    results = [Sent("bare RFC 8291 encryption, one core", len(sealed), watch.stop())]
    results.append(await _on_all_cores(stand, sealed))
    results.append(await _replay(stand, notifications, bodies))
    return results


async def _on_all_cores(stand: Stand, sealed: list[Sealed]) -> Sent:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(CORES) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, 0.2) for _ in range(CORES)))
        watch = watch_with(stand, pool)
        chunks = [sealed[start : start + 64] for start in range(0, len(sealed), 64)]
        await asyncio.gather(*(loop.run_in_executor(pool, encrypt_all, chunk) for chunk in chunks))
        return Sent("bare RFC 8291 encryption, all cores", len(sealed), with_helpers(watch.stop()))


def watch_with(stand: Stand, pool: ProcessPoolExecutor) -> Watch:
    """Watch a pool's processes as well: they are still running, so not among those waited for."""
    return stand.watch(**{f"helper_{number}": pid for number, pid in enumerate(pool._processes or ())})


def with_helpers(usage: Usage) -> Usage:
    """What the helpers used, counted as the bench's own."""
    helpers = sum(used for name, used in usage.cpu.items() if name.startswith("helper_"))
    kept = {name: used for name, used in usage.cpu.items() if not name.startswith("helper_")}
    kept["bench"] += helpers
    return Usage(usage.seconds, kept, usage.others)


async def _replay(stand: Stand, notifications: Sequence[Notification], bodies: Sequence[bytes | None]) -> Sent:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    origin = stand.sandbox.web_push_url
    headers = [
        VapidSigner(VapidKey(pem, "", SUBJECT)).header(origin),
        f"ttl: {TTL_SECONDS}",
        "urgency: high",
        "content-encoding: aes128gcm",
        "content-type: application/octet-stream",
    ]
    requests = []
    for each, body in zip(notifications, bodies, strict=True):
        assert isinstance(each.address, WebPush)
        assert body is not None
        requests.append(Request(origin, each.address.endpoint, headers, body))
    transport = web_push_transport(stand.settings.web_push_hosts, stand.settings.ca_file)
    await exchange_all(transport, requests[:BATCH])
    watch = stand.watch()
    await exchange_all(transport, requests)
    usage = watch.stop()
    await transport.close()
    return Sent("bare transport of ready bodies, no ledger", len(requests), usage)


async def pywebpush(stand: Stand, notifications: Sequence[Notification], at_once: int = 100) -> Sent:
    """`webpush_async` with one session and one parsed key; it signs anew for each message."""
    sealed = sealed_of(notifications)
    vapid = Vapid02(ec.generate_private_key(ec.SECP256R1()))
    timeout = aiohttp.ClientTimeout(10)
    context = ssl.create_default_context(cafile=stand.settings.ca_file)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:

        async def one(index: int) -> None:
            (p256dh, auth, plaintext), address = sealed[index], notifications[index].address
            assert isinstance(address, WebPush)
            answer = await webpush_async(
                {"endpoint": address.endpoint, "keys": {"p256dh": p256dh, "auth": auth}},
                plaintext.decode(),
                vapid_private_key=vapid,
                vapid_claims={"sub": SUBJECT},
                ttl=TTL_SECONDS,
                timeout=timeout,
                aiohttp_session=session,
            )
            assert isinstance(answer, aiohttp.ClientResponse)
            assert answer.status == 201, (answer.status, urlsplit(address.endpoint).netloc)

        async def send(start: int, stop: int) -> None:
            await asyncio.gather(*(one(index) for index in range(start, min(stop, len(sealed)))))

        await send(0, at_once)
        watch = stand.watch()
        for start in range(0, len(sealed), at_once):
            await send(start, start + at_once)
        return Sent("pywebpush.webpush_async", len(sealed), watch.stop())
