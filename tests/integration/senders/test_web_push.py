"""Web Push's sender against the stand-in, whose subscribers decrypt with code that is not ours."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from push.apps.model import VapidKey
from push.content.model import Action, Rendered
from push.content.payload import push_payload
from push.devices.model import FcmToken, WebPush
from push.senders.exchange import TransportSettings
from push.senders.libcurl.transport import CurlTransport
from push.senders.model import Accepted, AddressGone, LaneDown, Notification, Outcome, Refused, TryLater
from push.senders.opening import web_push_sender, web_push_transport
from push.senders.web_push.client import WebPushSender
from push.senders.web_push.encryptor import Encryptor
from push.senders.web_push.guard import AddressGuard
from sdk_contracts.sandbox.web_push.service import WebPushStandIn, web_push_stand_in
from sdk_contracts.wire.inbox import PushPayload

PRIVATE = ec.generate_private_key(ec.SECP256R1())
POINT = PRIVATE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
PUBLIC = base64.urlsafe_b64encode(POINT).rstrip(b"=").decode()
KEY = VapidKey(
    PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), PUBLIC, "mailto:push@shop.example"
)
WORDS = Rendered(
    title="Grüße",
    body='"Hello" \\ 你好',
    link="https://shop.example/",
    actions=(Action(id="buy", label="Buy"),),
    data={"sku": "1"},
    collapse_key="offer-1",
)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[WebPushStandIn]:
    async with web_push_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def service(running: WebPushStandIn) -> WebPushStandIn:
    running.reset()
    return running


@pytest.fixture(scope="module")
async def encryptor() -> AsyncIterator[Encryptor]:
    opened = Encryptor(processes=1)
    yield opened
    await opened.close()


@pytest.fixture
async def sender(service: WebPushStandIn, encryptor: Encryptor) -> AsyncIterator[WebPushSender]:
    hosts = frozenset({service.authority})
    transport = web_push_transport(hosts)
    yield web_push_sender(transport, KEY, hosts, encryptor)
    await transport.close()


def batch(service: WebPushStandIn, count: int, rendered: Rendered = WORDS, ttl_seconds: int = 60) -> list[Notification]:
    addresses = [msgspec.convert(one.address, WebPush) for one in service.subscriptions(count, PUBLIC, distinct_keys=5)]
    return [
        Notification(
            delivery_id=f"dlv_{number}",
            receipt=f"ffr_{number}",
            address=address,
            rendered=rendered,
            ttl_seconds=ttl_seconds,
        )
        for number, address in enumerate(addresses)
    ]


def token(notification: Notification) -> str:
    assert isinstance(notification.address, WebPush)
    return notification.address.endpoint.rpartition("/")[2]


async def test_every_browser_decrypts_what_was_composed(service: WebPushStandIn, sender: WebPushSender) -> None:
    notifications = batch(service, 200)
    assert await sender.send(notifications) == [Accepted()] * 200
    read = {message.address: msgspec.json.decode(message.body, type=PushPayload) for message in service.messages}
    assert read == {token(each): push_payload(each.rendered, each.delivery_id, each.receipt) for each in notifications}
    assert service.undecryptable == 0


async def test_a_message_carries_its_headers(service: WebPushStandIn, sender: WebPushSender) -> None:
    await sender.send(batch(service, 1, ttl_seconds=10**9))
    headers = service.messages[-1].headers
    assert headers == {"ttl": str(28 * 24 * 3600), "urgency": "high", "topic": "offer-1"}
    await sender.send(batch(service, 1, Rendered(title="t", priority="normal", collapse_key="x" * 40)))
    headers = service.messages[-1].headers
    assert headers["urgency"] == "normal"
    assert len(headers["topic"]) == 32


ROWS: list[tuple[str, Outcome]] = [
    ("200", Accepted()),
    ("202", Accepted()),
    ("204", Accepted()),
    ("404", AddressGone("unsubscribed")),
    ("410", AddressGone("unsubscribed")),
    ("400", Refused("bad_request")),
    ("401", Refused("unauthorized")),
    ("403", Refused("forbidden")),
    ("413", Refused("payload_too_large")),
    ("429", TryLater("throttled", 60.0, throttled=True)),
    ("500", TryLater("http_500")),
    ("502", TryLater("http_502")),
    ("503", TryLater("http_503")),
    ("504", TryLater("http_504")),
    ("301", Refused("redirected")),
    ("302", Refused("redirected")),
    ("307", Refused("redirected")),
    ("308", Refused("redirected")),
    ("endless", TryLater("too_large")),
]


@pytest.mark.parametrize(("answer", "expected"), ROWS)
async def test_an_answer_touches_its_own_message_only(
    service: WebPushStandIn, sender: WebPushSender, answer: str, expected: Outcome
) -> None:
    notifications = batch(service, 5)
    service.answer(answer, token=token(notifications[2]), seconds=5)
    outcomes = await sender.send(notifications)
    assert outcomes[2] == expected
    assert [each for number, each in enumerate(outcomes) if number != 2] == [Accepted()] * 4
    assert service.stats()["refused"].get("404", 0) == (answer == "404"), "a redirect was followed"


async def test_retry_after_is_honoured_up_to_an_hour(service: WebPushStandIn, sender: WebPushSender) -> None:
    notifications = batch(service, 2)
    service.answer("429", token=token(notifications[0]), retry_after="90")
    service.answer("503", token=token(notifications[1]), retry_after="90000")
    waits = [each.after_seconds for each in await sender.send(notifications) if isinstance(each, TryLater)]
    assert waits == [90.0, 3600.0]


async def test_a_service_that_hangs_is_waited_for_a_bounded_time(service: WebPushStandIn, encryptor: Encryptor) -> None:
    hosts = frozenset({service.authority})
    settings = TransportSettings(plain=True, plain_http2=False, timeout_seconds=0.5)
    transport = CurlTransport(settings, AddressGuard(hosts))
    sender = web_push_sender(transport, KEY, hosts, encryptor)
    notifications = batch(service, 3)
    service.answer("hang", token=token(notifications[1]), seconds=10)
    started = time.monotonic()
    assert await sender.send(notifications) == [Accepted(), TryLater("timeout"), Accepted()]
    assert time.monotonic() - started < 3
    await transport.close()


async def test_addresses_that_must_not_be_sent_to_are_refused_at_sending_too(
    service: WebPushStandIn, sender: WebPushSender
) -> None:
    good, *others = batch(service, 8)
    endpoints = [
        "https://127.0.0.1/x",
        "https://evil.example/x",
        f"http://user@{service.authority}/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://xn--e1awd7f.push.apple.com/x",
    ]
    bad = [
        msgspec.structs.replace(each, address=msgspec.structs.replace(each.address, endpoint=endpoint))
        for each, endpoint in zip(others, endpoints, strict=False)
    ]
    fcm = msgspec.structs.replace(others[-1], address=FcmToken(token="t"))
    outcomes = await sender.send([*bad, good, fcm])
    assert outcomes == [Refused("endpoint_refused")] * 6 + [Accepted(), Refused("invalid_address")]


async def test_a_known_name_that_leads_to_a_private_address_is_refused(encryptor: Encryptor) -> None:
    """localhost stands for any name: it is allowed by name, and by address only when named in settings."""

    class Trusting(AddressGuard):
        def __call__(self, origin: str, address: str) -> bool:
            return AddressGuard(frozenset())("https://web.push.apple.com", address)

    hosts = frozenset({"localhost:9"})
    transport = CurlTransport(TransportSettings(plain=True, plain_http2=False), Trusting(hosts))
    keys = {"p256dh": PUBLIC, "auth": base64.urlsafe_b64encode(os.urandom(16)).decode()}
    one = Notification(
        delivery_id="dlv_1",
        receipt="ffr_1",
        address=WebPush(endpoint="http://localhost:9/x", **keys),
        rendered=WORDS,
        ttl_seconds=60,
    )
    assert await web_push_sender(transport, KEY, hosts, encryptor).send([one]) == [Refused("address_refused")]
    await transport.close()


async def test_a_message_nobody_can_carry_and_keys_nobody_can_use_are_refused_alone(
    service: WebPushStandIn, sender: WebPushSender
) -> None:
    large, bad_keys, good = batch(service, 3)
    large = msgspec.structs.replace(large, rendered=Rendered(title="t", body="x" * 4000))
    broken = msgspec.structs.replace(bad_keys.address, p256dh="AAAA")
    bad_keys = msgspec.structs.replace(bad_keys, address=broken)
    outcomes = await sender.send([large, bad_keys, good])
    assert outcomes == [Refused("payload_too_large"), Refused("bad_keys"), Accepted()]


async def test_the_picture_is_left_out_before_the_words_are(service: WebPushStandIn, sender: WebPushSender) -> None:
    words = Rendered(title="t", body="x" * 2600, image_url="https://shop.example/" + "y" * 400)
    assert await sender.send(batch(service, 1, words)) == [Accepted()]
    read = msgspec.json.decode(service.messages[-1].body, type=PushPayload)
    assert read.image_url is None
    assert read.body == words.body


async def test_a_contact_address_of_no_use_stops_the_lane(service: WebPushStandIn, sender: WebPushSender) -> None:
    subscription = batch(service, 1)
    sender._vapid._subject = None  # type: ignore[assignment]
    sender._vapid._headers.clear()
    assert await sender.send(subscription) == [LaneDown("vapid_key_unusable")]


async def test_messages_flow_on_when_an_encrypting_process_is_killed(
    service: WebPushStandIn, sender: WebPushSender, encryptor: Encryptor
) -> None:
    notifications = batch(service, 60)
    await sender.send(notifications)
    for _ in range(100):
        if encryptor._ready() is not None:
            break
        await asyncio.sleep(0.05)
    processes = encryptor._ready()
    assert processes is not None
    (worker,) = processes._processes.values()
    sending = asyncio.create_task(sender.send(notifications))
    worker.kill()
    assert await sending == [Accepted()] * 60
    assert await sender.send(notifications) == [Accepted()] * 60


PARENT = """
import asyncio, multiprocessing, sys
from push.senders.web_push.encryptor import Encryptor

async def main():
    encryptor = Encryptor(processes=2)
    await encryptor.encrypt([("", "", b"")] * 100)
    while encryptor._ready() is None:
        await asyncio.sleep(0.05)
    print(*encryptor._ready()._processes, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_encrypting_processes_end_with_a_parent_that_is_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    script = tmp_path_factory.mktemp("parent") / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        children = [Path("/proc", each, "stat") for each in parent.stdout.readline().split()]
        assert len(children) == 2
        assert all(runs(each) for each in children)
        parent.send_signal(signal.SIGKILL)
        until = time.monotonic() + 10
        while any(runs(each) for each in children):
            assert time.monotonic() < until
            time.sleep(0.05)


def runs(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
