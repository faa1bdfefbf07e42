"""The FCM stand-in, asked by real HTTP/2 clients and by firebase-admin itself."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import firebase_admin
import httpx
import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import messaging

from sdk_contracts.sandbox import Behaviour, Certificate, FcmStandIn, Quota, UnknownAnswer, fcm_stand_in

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def fcm(running: FcmStandIn) -> FcmStandIn:
    running.reset()
    return running


@pytest.fixture(scope="module")
async def client(running: FcmStandIn) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {running.access_token()}"}
    async with httpx.AsyncClient(http1=False, http2=True, base_url=running.url, headers=headers) as http:
        yield http


def message(token: str = "phone", **fields: Any) -> dict[str, Any]:
    return {"message": {"token": token, "data": {"delivery_id": "dlv_1"}, **fields}}


async def send(client: httpx.AsyncClient, body: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
    return await client.post("/v1/projects/demo/messages:send", json=body or message(), **options)


def codes(answer: httpx.Response) -> list[str]:
    """The FcmError codes and the fields that BadRequest names."""
    details = answer.json()["error"].get("details", [])
    named = [violation["field"] for one in details for violation in one.get("fieldViolations", [])]
    return [one["errorCode"] for one in details if one["@type"] == FCM_ERROR] + named


async def test_a_message_is_accepted_over_http2_and_remembered(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    answer = await send(client)
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert answer.json()["name"].startswith("projects/demo/messages/0:")
    assert [kept.address for kept in fcm.messages] == ["phone"]
    assert fcm.messages[0].json() == message()
    assert fcm.deliveries == {"dlv_1": 1}


async def test_a_delivery_that_comes_twice_is_counted_twice(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    await send(client)
    await send(client)
    summary = (await client.get("/_sandbox/deliveries")).json()
    assert summary == {"distinct": 1, "duplicates": 1, "repeated": {"dlv_1": 2}}


@pytest.mark.parametrize("header", [None, "Bearer nobody", "Basic x"])
async def test_without_a_good_bearer_token_the_answer_is_401(
    fcm: FcmStandIn, client: httpx.AsyncClient, header: str | None
) -> None:
    answer = await send(client, headers={"authorization": header or ""})
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert fcm.stats()["refused"] == {"unauthenticated": 1}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"message": {"data": {}}}, "message"),
        (message(topic="news"), "message"),
        (message(token="two words"), "message.token"),
        (message(data={"count": 1}), "message.data[...]"),
        (message(data={"from": "me"}), "message.data"),
        (message(data={"google.x": "me"}), "message.data"),
        (message(data={"text": "x" * 4097}), "message.data"),
        (message(notification={"title": "é" * 2100}), "message.data"),
        (message(apns={"payload": {"aps": {"alert": "x" * 4100}}}), "message.data"),
        (message(android={"ttl": "one day"}), "message.android.ttl"),
        (message(android={"ttl": "2419201s"}), "message.android.ttl"),
        (message(android={"priority": "urgent"}), "message.android.priority"),
        (message(colour="red"), "message"),
        ({"topic": "news", "data": {"text": "x" * 2049}}, ""),
    ],
)
async def test_a_message_with_a_fault_is_refused_and_the_field_is_named(
    fcm: FcmStandIn, client: httpx.AsyncClient, body: dict[str, Any], named: str
) -> None:
    answer = await send(client, body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert named in codes(answer)
    assert not fcm.messages


async def test_exactly_4096_bytes_of_payload_pass(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    assert (await send(client, message(data={"text": "x" * 4092}))).status_code == 200
    assert (await send(client, message(data={"text": "x" * 4093}))).status_code == 400


async def test_bytes_that_are_no_json_are_a_400(client: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"\xff\xfe", b"[" * 50_000):
        answer = await client.post("/v1/projects/demo/messages:send", content=body)
        assert answer.status_code == 400


async def test_a_dry_run_is_accepted_and_reaches_nobody(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    assert (await send(client, {**message(), "validate_only": True})).status_code == 200
    assert not fcm.messages


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("unregistered", 404, ["UNREGISTERED"]),
        ("not_found", 404, []),
        ("invalid_payload", 400, ["INVALID_ARGUMENT", "message.data"]),
        ("invalid_token", 400, ["INVALID_ARGUMENT", "message.token"]),
        ("sender_id_mismatch", 403, ["SENDER_ID_MISMATCH"]),
        ("permission_denied", 403, []),
        ("unauthenticated", 401, []),
        ("third_party_auth_error", 401, ["THIRD_PARTY_AUTH_ERROR"]),
        ("quota_exceeded", 429, ["QUOTA_EXCEEDED"]),
        ("internal", 500, ["INTERNAL"]),
        ("unavailable", 503, ["UNAVAILABLE"]),
    ],
)
async def test_every_answer_of_the_real_service_can_be_had(
    fcm: FcmStandIn, client: httpx.AsyncClient, name: str, status: int, code: list[str]
) -> None:
    fcm.answer(name, token="phone", times=1, retry_after="7")
    answer = await send(client)
    assert (answer.status_code, codes(answer), answer.headers["retry-after"]) == (status, code, "7")
    assert (await send(client, message("other"))).status_code == 200


async def test_a_200_without_json_can_be_had(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    fcm.answer("not_json", times=1)
    answer = await send(client)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_an_unregistered_token_stays_dead_until_it_is_registered_again(
    fcm: FcmStandIn, client: httpx.AsyncClient
) -> None:
    fcm.unregister("phone")
    assert codes(await send(client)) == ["UNREGISTERED"]
    fcm.register("phone")
    assert (await send(client)).status_code == 200


async def test_a_hanging_answer_times_out_and_the_others_flow(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    fcm.answer("hang", token="slow", seconds=5)
    slow = asyncio.create_task(send(client, message("slow"), timeout=0.3))
    assert (await send(client)).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        await slow


async def test_a_reset_breaks_the_connection_and_the_next_one_works(fcm: FcmStandIn) -> None:
    headers = {"authorization": f"Bearer {fcm.access_token()}"}
    async with httpx.AsyncClient(http1=False, http2=True, base_url=fcm.url, headers=headers) as http:
        fcm.answer("reset", times=1)
        with pytest.raises(httpx.TransportError):
            await send(http)
        assert (await send(http)).status_code == 200


async def test_an_outage_answers_everybody_and_ends(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    fcm.behaviour = Behaviour(outage="unavailable")
    assert [(await send(client, message(name))).status_code for name in "abc"] == [503, 503, 503]
    fcm.behaviour = Behaviour()
    assert (await send(client)).status_code == 200


async def test_latency_holds_answers_back_side_by_side(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    fcm.behaviour = Behaviour(latency=0.2)
    begin = time.monotonic()
    await asyncio.gather(*(send(client, message(f"p{number}")) for number in range(10)))
    assert 0.2 <= time.monotonic() - begin < 1.5


async def test_the_quota_is_a_bucket_that_refills(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    fcm.behaviour = Behaviour(quota=Quota(per_minute=60, burst=3))
    answers = [await send(client) for _ in range(5)]
    assert [answer.status_code for answer in answers].count(200) >= 3
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "1"
    await asyncio.sleep(1.1)
    assert (await send(client)).status_code == 200


async def test_the_control_api_switches_the_same_behaviour(fcm: FcmStandIn, client: httpx.AsyncClient) -> None:
    rules = [{"answer": "internal", "prefix": "ph", "share": 1.0, "times": 2}]
    assert (await client.put("/_sandbox/behaviour", json={"rules": rules, "latency": 0.01})).status_code == 200
    assert (await send(client)).status_code == 500
    assert (await client.get("/_sandbox/behaviour")).json()["rules"][0]["times"] == 1
    assert (await client.delete("/_sandbox/behaviour")).status_code == 204
    assert (await send(client)).status_code == 200
    kept = (await client.get("/_sandbox/messages", params={"address": "phone", "limit": 5})).json()["items"]
    assert kept[0]["delivery_id"] == "dlv_1"
    assert (await client.get("/_sandbox/stats")).json()["refused"] == {"internal": 1}
    assert (await client.delete("/_sandbox/tokens/phone")).status_code == 204
    assert (await send(client)).status_code == 404
    assert (await client.delete("/_sandbox")).status_code == 204
    assert (await send(client)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"{", b'{"rules":[{"answer":"nonsense"}]}', b'{"outage":"x"}', b'{"latency":-1}', b'{"speed":1}']
)
async def test_a_behaviour_that_makes_no_sense_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.put("/_sandbox/behaviour", content=body)
    assert answer.status_code == 400
    assert answer.json()["detail"]


async def test_an_answer_nobody_knows_cannot_be_asked_for(fcm: FcmStandIn) -> None:
    with pytest.raises(UnknownAnswer):
        fcm.answer("explode")


async def grant(url: str, account: dict[str, Any], key: object = None, **claims: Any) -> httpx.Response:
    now = int(time.time())
    good = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
    }
    assertion = jwt.encode({**good, **claims}, key or account["private_key"], algorithm="RS256")  # type: ignore[arg-type]
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    async with httpx.AsyncClient() as http:
        return await http.post(f"{url}/token", data=form)


async def test_only_a_grant_signed_by_the_service_account_gets_a_token(fcm: FcmStandIn) -> None:
    account = fcm.service_account("demo")
    good = await grant(fcm.url, account)
    assert (good.status_code, good.json()["token_type"]) == (200, "Bearer")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert (await grant(fcm.url, account, key=stranger)).status_code == 400
    now = int(time.time())
    for wrong in (
        {"aud": "https://elsewhere.example/token"},
        {"exp": now - 100},
        {"exp": now + 7200},
        {"iss": "x"},
        {"scope": "email"},
    ):
        assert (await grant(fcm.url, account, **wrong)).json()["error"] == "invalid_grant"


async def test_firebase_admin_takes_the_service_account_and_sends(fcm: FcmStandIn) -> None:
    app = firebase_admin.initialize_app(
        firebase_admin.credentials.Certificate(fcm.service_account("real-project")), name="sandbox-test"
    )
    service = app._get_service("_messaging", messaging._MessagingService)
    service._fcm_url = f"{fcm.url}/v1/projects/real-project/messages:send"
    fcm.unregister("dead")
    alive = messaging.Message(fid="alive", data={"delivery_id": "dlv_9"}, android=messaging.AndroidConfig(ttl=60))

    def send_both() -> messaging.BatchResponse:
        # It fetches its access token synchronously, so it must not share the stand-in's loop.
        answer = messaging.send_each([alive, messaging.Message(fid="dead")], app=app)
        firebase_admin.delete_app(app)
        return answer

    answer = await asyncio.to_thread(send_both)
    assert [one.success for one in answer.responses] == [True, False]
    assert isinstance(answer.responses[1].exception, messaging.UnregisteredError)
    assert fcm.deliveries == {"dlv_9": 1}


async def test_it_speaks_http2_over_tls_when_given_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    chain, key, root = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(root)
    async with fcm_stand_in(certificate=Certificate(chain, key)) as fcm:
        headers = {"authorization": f"Bearer {fcm.access_token()}"}
        async with httpx.AsyncClient(
            http2=True, verify=ssl.create_default_context(cafile=root), base_url=fcm.url, headers=headers
        ) as http:
            answer = await send(http)
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)


async def test_a_taken_port_is_refused(fcm: FcmStandIn) -> None:
    with pytest.raises(OSError, match="in use"):
        async with fcm_stand_in(httpx.URL(fcm.url).port or 0):
            pass


async def test_stopping_does_not_wait_for_answers_that_hang() -> None:
    async with fcm_stand_in() as fcm:
        fcm.answer("hang")
        headers = {"authorization": f"Bearer {fcm.access_token()}"}
        http = httpx.AsyncClient(http1=False, http2=True, base_url=fcm.url, headers=headers)
        hanging = asyncio.create_task(send(http))
        await asyncio.sleep(0.2)
        begin = time.monotonic()
    assert time.monotonic() - begin < 3
    with pytest.raises(httpx.TransportError):
        await hanging
    await http.aclose()
