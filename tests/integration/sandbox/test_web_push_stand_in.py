"""The Web Push stand-in, sent to over real HTTP/2 with an encoder that shares no code with its decryption."""

import asyncio
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import http_ece
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sdk_contracts.sandbox import Behaviour, Quota, WebPushStandIn, web_push_stand_in
from sdk_contracts.sandbox.web_push.subscriptions import Subscription

SERVER = ec.generate_private_key(ec.SECP256R1())
PLAIN = b'{"delivery_id":"dlv_1","title":"Hello"}'


def public(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def vapid(audience: str, key: ec.EllipticCurvePrivateKey = SERVER, shown: str | None = None, **claims: Any) -> str:
    good = {"aud": audience, "exp": int(time.time()) + 3600, "sub": "mailto:ops@example.com"}
    token = jwt.encode({**good, **claims}, key, algorithm="ES256")  # type: ignore[arg-type]
    return f"vapid t={token}, k={shown or public(key)}"


def encrypt(subscription: Subscription, plain: bytes = PLAIN) -> bytes:
    keys = subscription.keys
    sealed: bytes = http_ece.encrypt(
        plain,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=keys.public,
        auth_secret=keys.auth,
        version="aes128gcm",
    )
    return sealed


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[WebPushStandIn]:
    async with web_push_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def wp(running: WebPushStandIn) -> WebPushStandIn:
    running.reset()
    return running


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(http1=False, http2=True) as http:
        yield http


async def push(
    client: httpx.AsyncClient, subscription: Subscription, body: bytes | None = None, **headers: str | None
) -> httpx.Response:
    origin = subscription.endpoint.partition("/push/")[0]
    sent = {"ttl": "60", "content-encoding": "aes128gcm", "authorization": vapid(origin)}
    sent |= {name.replace("_", "-"): value or "" for name, value in headers.items()}
    kept = {name: value for name, value in sent.items() if value}
    content = encrypt(subscription) if body is None else body
    return await client.post(subscription.endpoint, content=content, headers=kept, timeout=2)


async def test_a_push_is_taken_and_decrypted_by_its_subscriber(wp: WebPushStandIn, client: httpx.AsyncClient) -> None:
    subscription = wp.subscription(public(SERVER))
    answer = await push(client, subscription, urgency="high", topic="weather")
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 201)
    assert answer.headers["location"].startswith(wp.url)
    assert wp.messages[0].body == PLAIN
    assert wp.messages[0].headers == {"ttl": "60", "urgency": "high", "topic": "weather"}
    assert wp.deliveries == {"dlv_1": 1}


async def test_the_address_is_what_a_device_registers(wp: WebPushStandIn) -> None:
    subscription = wp.subscription()
    assert subscription.address["kind"] == "web_push"
    assert subscription.address["endpoint"] == f"{wp.url}/push/{subscription.token}"
    assert (len(subscription.address["p256dh"]), len(subscription.address["auth"])) == (87, 22)


async def test_the_largest_plaintext_fits_and_one_byte_more_does_not(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    subscription = wp.subscription()
    assert (await push(client, subscription, encrypt(subscription, b"x" * 3993))).status_code == 201
    assert (await push(client, subscription, encrypt(subscription, b"x" * 3994))).status_code == 413
    assert len(wp.messages[0].body) == 3993


async def test_a_flipped_byte_is_taken_by_the_service_but_nobody_can_read_it(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    subscription = wp.subscription()
    body = bytearray(encrypt(subscription))
    body[-1] ^= 1
    assert (await push(client, subscription, bytes(body))).status_code == 201
    assert (wp.stats()["undecryptable"], wp.messages) == (1, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"ttl": None},
        {"ttl": "soon"},
        {"ttl": "-1"},
        {"content_encoding": None},
        {"content_encoding": "aesgcm"},
        {"urgency": "urgent"},
        {"topic": "x" * 33},
        {"topic": "a b"},
    ],
)
async def test_headers_that_break_the_rules_are_a_400(
    wp: WebPushStandIn, client: httpx.AsyncClient, headers: dict[str, str | None]
) -> None:
    assert (await push(client, wp.subscription(), **headers)).status_code == 400
    assert not wp.messages


@pytest.mark.parametrize("header", [None, "Bearer x", "vapid t=x", "vapid t=a.b.c, k=AAAA", "WebPush a.b.c"])
async def test_without_a_vapid_header_the_answer_is_401(
    wp: WebPushStandIn, client: httpx.AsyncClient, header: str | None
) -> None:
    assert (await push(client, wp.subscription(), authorization=header)).status_code == 401


async def test_a_vapid_header_that_proves_nothing_is_a_403(wp: WebPushStandIn, client: httpx.AsyncClient) -> None:
    subscription, now = wp.subscription(), int(time.time())
    for header in (
        vapid("https://elsewhere.example"),
        vapid(wp.url, exp=now + 25 * 3600),
        vapid(wp.url, exp=now - 3600),
        vapid(wp.url, sub="nobody"),
        vapid(wp.url, shown=public(ec.generate_private_key(ec.SECP256R1()))),
    ):
        assert (await push(client, subscription, authorization=header)).status_code == 403


async def test_only_the_key_it_was_made_for_may_send(wp: WebPushStandIn, client: httpx.AsyncClient) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert (await push(client, wp.subscription(public(other)))).status_code == 403


async def test_a_subscription_that_ended_is_410_and_one_that_never_was_404(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    subscription = wp.subscription()
    wp.unsubscribe(subscription.token)
    assert (await push(client, subscription)).status_code == 410
    stranger = Subscription(f"{wp.url}/push/nobody", "nobody", subscription.keys, None)
    assert (await push(client, stranger)).status_code == 404


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "413", "429", "500", "502", "503", "504"])
async def test_every_refusal_can_be_had(wp: WebPushStandIn, client: httpx.AsyncClient, status: str) -> None:
    subscription, other = wp.subscription(), wp.subscription()
    wp.answer(status, token=subscription.token, times=1, retry_after="9")
    answer = await push(client, subscription)
    assert (str(answer.status_code), answer.headers["retry-after"]) == (status, "9")
    assert answer.json()["code"] == int(status)
    assert (await push(client, other)).status_code == 201


@pytest.mark.parametrize("status", ["200", "201", "202", "204"])
async def test_every_yes_can_be_had_and_delivers(wp: WebPushStandIn, client: httpx.AsyncClient, status: str) -> None:
    wp.answer(status)
    assert str((await push(client, wp.subscription())).status_code) == status
    assert len(wp.messages) == 1


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
async def test_redirects_can_be_had_and_lead_elsewhere(
    wp: WebPushStandIn, client: httpx.AsyncClient, status: str
) -> None:
    wp.answer(status)
    subscription = wp.subscription()
    answer = await push(client, subscription)
    assert str(answer.status_code) == status
    assert answer.headers["location"] != subscription.endpoint
    assert not wp.messages


async def test_a_410_by_rule_ends_the_subscription(wp: WebPushStandIn, client: httpx.AsyncClient) -> None:
    subscription = wp.subscription()
    wp.answer("410", token=subscription.token, times=1)
    assert [(await push(client, subscription)).status_code for _ in range(2)] == [410, 410]


async def test_a_hang_a_reset_and_an_endless_answer_can_be_had(wp: WebPushStandIn) -> None:
    for name in ("hang", "reset", "endless"):
        wp.reset()
        wp.answer(name, times=1, seconds=30)
        async with httpx.AsyncClient(http1=False, http2=True) as http:
            with pytest.raises((httpx.TransportError, TimeoutError)):
                await asyncio.wait_for(push(http, wp.subscription()), 0.6)
        assert wp.stats()["refused"] == {name: 1}


async def test_outage_latency_and_quota_work_as_for_fcm(wp: WebPushStandIn, client: httpx.AsyncClient) -> None:
    subscription = wp.subscription()
    wp.behaviour = Behaviour(outage="503", latency=0.05)
    assert (await push(client, subscription)).status_code == 503
    wp.behaviour = Behaviour(quota=Quota(per_minute=60, burst=1))
    assert [(await push(client, subscription)).status_code for _ in range(2)] == [201, 429]


async def test_a_topic_replaces_what_waits_and_what_ran_out_is_not_delivered(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    subscription, got = wp.subscription(), list[bytes]()
    wp.mailbox.online(subscription.token, got.append)
    wp.mailbox.away(subscription.token)
    for text, headers in (
        (b"old", {"topic": "score"}),
        (b"plain", {}),
        (b"new", {"topic": "score"}),
        (b"never", {"ttl": "0"}),
    ):
        await push(client, subscription, encrypt(subscription, text), **headers)
    assert (got, wp.mailbox.waiting(subscription.token)) == ([], 2)
    wp.mailbox.online(subscription.token, got.append)
    assert got == [b"plain", b"new"]


async def test_decryption_can_be_left_out_where_only_numbers_matter(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    wp.behaviour = Behaviour(decrypt=False)
    subscription, got = wp.subscription(), list[bytes]()
    body = encrypt(subscription)
    assert (await push(client, subscription, body)).status_code == 201
    assert (wp.messages[0].body, wp.deliveries) == (body, {})
    wp.mailbox.online(subscription.token, got.append)
    await push(client, subscription, body)
    assert got == [PLAIN]


async def test_another_process_can_subscribe_through_the_control_api(
    wp: WebPushStandIn, client: httpx.AsyncClient
) -> None:
    body = {"count": 3, "distinct_keys": 2, "application_server_key": public(SERVER)}
    made = (await client.post(f"{wp.url}/_sandbox/subscriptions", json=body)).json()["items"]
    assert len({one["address"]["endpoint"] for one in made}) == 3
    assert len({one["address"]["p256dh"] for one in made}) == 2
    token = made[0]["token"]
    assert (await client.delete(f"{wp.url}/_sandbox/subscriptions/{token}")).status_code == 204
    ended = Subscription(made[0]["address"]["endpoint"], token, wp.subscription().keys, None)
    assert (await push(client, ended)).status_code == 410
