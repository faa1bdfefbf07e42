"""FCM's sender against the stand-in, and beside firebase-admin's own transport."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import get_args

import pytest

from push.content.model import Action, Rendered
from push.devices.model import FcmFid, FcmToken
from push.senders.exchange import Transport
from push.senders.fcm import stock
from push.senders.fcm.credentials import BadServiceAccount, Credentials
from push.senders.model import Accepted, AddressGone, LaneDown, Notification, Outcome, Refused, Sender, TryLater
from push.senders.opening import fcm_sender, fcm_transport
from push.settings import FcmTransport
from sdk_contracts.sandbox.fcm.service import FcmStandIn, fcm_stand_in

WORDS = Rendered(
    title="Grüße",
    body='"Hello" \\ 你好',
    link="https://shop.example/a?b=c&d",
    image_url="https://shop.example/picture.png",
    actions=(Action(id="buy", label="Buy"),),
    data={"sku": "1"},
    collapse_key="offer",
)


def batch(count: int, prefix: str = "token", rendered: Rendered = WORDS) -> list[Notification]:
    return [
        Notification(
            delivery_id=f"dlv_{prefix}_{number}",
            receipt=f"ffr_{number}",
            address=FcmToken(token=f"{prefix}-{number}") if number % 2 else FcmFid(fid=f"{prefix}-{number}"),
            rendered=rendered,
            ttl_seconds=3600,
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def fcm(running: FcmStandIn) -> FcmStandIn:
    running.reset()
    return running


@pytest.fixture
async def transport(fcm: FcmStandIn) -> AsyncIterator[Transport]:
    opened = fcm_transport(fcm.url)
    yield opened
    await opened.close()


@pytest.fixture(params=get_args(FcmTransport))
async def sender(fcm: FcmStandIn, request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    """Whatever carries it."""
    opened = fcm_transport(fcm.url, carrier=request.param)
    made = fcm_sender(opened, fcm.url, fcm.service_account(), carrier=request.param)
    yield made
    await made.close()
    await opened.close()


@pytest.fixture
async def ours(fcm: FcmStandIn, transport: Transport) -> AsyncIterator[Sender]:
    made = fcm_sender(transport, fcm.url, fcm.service_account())
    yield made
    await made.close()


async def test_everybody_is_reached_with_their_own_ids(fcm: FcmStandIn, sender: Sender) -> None:
    notifications = batch(120)
    outcomes = await sender.send(notifications)
    assert all(isinstance(each, Accepted) and each.provider_id.startswith("projects/") for each in outcomes)
    assert fcm.deliveries == {each.delivery_id: 1 for each in notifications}
    by_address = {message.address: json.loads(message.body)["message"] for message in fcm.messages}
    assert by_address["token-1"]["token"] == "token-1"
    assert by_address["token-2"]["fid"] == "token-2"
    assert by_address["token-7"]["data"]["receipt"] == "ffr_7"
    assert by_address["token-7"]["notification"]["title"] == "Grüße"


async def test_more_than_firebase_admin_takes_at_once_is_sent_all_the_same(
    fcm: FcmStandIn, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "MOST_AT_ONCE", 20)
    outcomes = await sender.send(batch(50))
    assert len(outcomes) == 50
    assert len(fcm.deliveries) == 50


ROWS: list[tuple[str, Outcome]] = [
    ("unregistered", AddressGone("unregistered")),
    ("not_found", LaneDown("no_such_project")),
    ("invalid_payload", Refused("invalid_message")),
    ("invalid_token", AddressGone("invalid_address")),
    ("sender_id_mismatch", Refused("sender_id_mismatch")),
    ("permission_denied", LaneDown("permission_denied")),
    ("unauthenticated", LaneDown("unauthenticated")),
    ("third_party_auth_error", LaneDown("third_party_auth_error")),
    ("quota_exceeded", TryLater("quota_exceeded", 60.0, throttled=True)),
    ("not_json", TryLater("unreadable_answer")),
]


@pytest.mark.parametrize(("answer", "expected"), ROWS)
async def test_an_answer_touches_its_own_message_only(
    fcm: FcmStandIn, sender: Sender, answer: str, expected: Outcome
) -> None:
    fcm.answer(answer, token="token-3")
    fcm.register("token-3")
    outcomes = await sender.send(batch(10))
    assert outcomes[3] == expected
    assert all(isinstance(each, Accepted) for number, each in enumerate(outcomes) if number != 3)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("internal", TryLater("http_500")), ("unavailable", TryLater("http_503"))],
)
async def test_a_server_error_is_for_later(fcm: FcmStandIn, ours: Sender, answer: str, expected: Outcome) -> None:
    fcm.answer(answer, token="token-3")
    assert (await ours.send(batch(5)))[3] == expected


async def test_retry_after_is_honoured_up_to_an_hour(fcm: FcmStandIn, sender: Sender) -> None:
    fcm.answer("quota_exceeded", token="token-1", retry_after="120")
    fcm.answer("quota_exceeded", token="token-2", retry_after="86400")
    fcm.answer("quota_exceeded", token="token-3", retry_after="Fri, 01 Jan 2100 00:00:00 GMT")
    waits = [each.after_seconds for each in (await sender.send(batch(4)))[1:] if isinstance(each, TryLater)]
    assert waits == [120.0, 3600.0, 3600.0]


async def test_a_connection_that_breaks_under_way_loses_nothing(fcm: FcmStandIn, ours: Sender) -> None:
    fcm.answer("reset", token="token-50", times=1)
    notifications = batch(100)
    outcomes = await ours.send(notifications)
    assert all(isinstance(each, Accepted | TryLater) for each in outcomes)
    again = [each for each, outcome in zip(notifications, outcomes, strict=True) if isinstance(outcome, TryLater)]
    assert all(isinstance(each, Accepted) for each in await ours.send(again))
    assert set(fcm.deliveries) == {each.delivery_id for each in notifications}


async def test_an_access_token_revoked_before_its_time_is_renewed_once(fcm: FcmStandIn, ours: Sender) -> None:
    await ours.send(batch(1))
    fcm.tokens.revoke_all()
    assert all(isinstance(each, Accepted) for each in await ours.send(batch(50, "second")))


async def test_a_service_account_that_google_does_not_know_stops_the_lane(
    fcm: FcmStandIn, transport: Transport
) -> None:
    async with fcm_stand_in() as other:
        account = {**other.service_account("elsewhere"), "token_uri": f"{fcm.url}/token"}
    sender = fcm_sender(transport, fcm.url, account)
    assert await sender.send(batch(3)) == [LaneDown("credentials_refused")] * 3
    await sender.close()


async def test_without_a_token_endpoint_messages_wait(fcm: FcmStandIn, transport: Transport) -> None:
    account = {**fcm.service_account(), "token_uri": "http://127.0.0.1:9/token"}
    sender = fcm_sender(transport, fcm.url, account)
    assert await sender.send(batch(3)) == [TryLater("no_access_token")] * 3
    await sender.close()


async def test_a_token_is_renewed_ahead_of_its_end_while_messages_flow(fcm: FcmStandIn) -> None:
    credentials = Credentials(fcm.service_account(), fcm.url)
    first = await credentials.headers()
    assert await credentials.headers() is first
    credentials._good_until -= 3600 - 100
    credentials._not_before = 0
    assert await credentials.headers() is first
    for _ in range(100):
        await asyncio.sleep(0.02)
        if await credentials.headers() is not first:
            break
    assert await credentials.headers() != first
    await credentials.close()


async def test_many_who_need_a_token_ask_for_one(fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(fcm.service_account(), fcm.url)
    refreshed = 0
    refresh = credentials.google.refresh

    def counted(request: object) -> None:
        nonlocal refreshed
        refreshed += 1
        refresh(request)

    monkeypatch.setattr(credentials.google, "refresh", counted)
    headers = await asyncio.gather(*(credentials.headers() for _ in range(50)))
    assert refreshed == 1
    assert all(each is headers[0] for each in headers)
    await credentials.close()


def test_a_service_account_may_not_send_us_elsewhere_for_its_token(running: FcmStandIn) -> None:
    account = running.service_account()
    with pytest.raises(BadServiceAccount, match="token_uri"):
        Credentials(account, "https://fcm.googleapis.com")
    Credentials({**account, "token_uri": "https://oauth2.googleapis.com/token"}, "https://fcm.googleapis.com")


@pytest.mark.parametrize("broken", [{}, {"type": "user"}, {"type": "service_account", "project_id": "p"}])
def test_what_is_no_service_account_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(BadServiceAccount):
        Credentials(broken, "https://fcm.googleapis.com")


async def test_a_message_fcm_could_never_take_is_refused_and_the_rest_go_out(fcm: FcmStandIn, sender: Sender) -> None:
    notifications = [*batch(3), *batch(1, "bad", Rendered(title="\ud800")), *batch(3, "more")]
    outcomes = await sender.send(notifications)
    assert outcomes[3] == Refused("invalid_message")
    assert sum(isinstance(each, Accepted) for each in outcomes) == 6
