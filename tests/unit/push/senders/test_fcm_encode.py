"""What is put together from a template is what firebase-admin would have encoded, for any content."""

import asyncio
import itertools
import json
import warnings
from typing import Any

import firebase_admin
import httpx
import pytest
from firebase_admin import messaging
from google.auth.credentials import AnonymousCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from push.content.model import Action, OnAndroid, OnIos, OnWeb, Rendered
from push.devices.model import FcmFid, FcmToken, WebPush
from push.senders.fcm import firebase
from push.senders.fcm.encode import Encoder, full_message
from push.senders.fcm.stock import MOST_AT_ONCE
from push.senders.model import Notification

NOW = 1_800_000_000.5
text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
some = st.none() | text
addresses = st.builds(FcmToken, token=text.filter(bool)) | st.builds(FcmFid, fid=text.filter(bool))
rendereds = st.builds(
    Rendered,
    title=text,
    body=text,
    subtitle=text,
    image_url=some,
    link=some,
    actions=st.lists(st.builds(Action, id=text, label=text, link=some), max_size=3).map(tuple),
    data=st.dictionaries(text, text, max_size=4),
    silent=st.booleans(),
    sound=some,
    collapse_key=some,
    priority=st.sampled_from(["high", "normal"]),
    android=st.none()
    | st.builds(
        OnAndroid,
        channel_id=some,
        icon=some,
        color=st.none() | st.just("#a0B1c2"),
        visibility=st.sampled_from([None, "private", "public", "secret"]),
    ),
    ios=st.none()
    | st.builds(
        OnIos,
        thread_id=some,
        category=some,
        interruption_level=some,
        relevance_score=st.none() | st.floats(0, 1),
        mutable_content=st.booleans(),
    ),
    web=st.none() | st.builds(OnWeb, icon_url=some),
)


def notification(**changes: Any) -> Notification:
    usual: dict[str, Any] = {
        "delivery_id": "dlv_1",
        "receipt": "ffr_1",
        "address": FcmToken(token="t"),
        "rendered": Rendered(title="Hello"),
        "ttl_seconds": 60,
    }
    return Notification(**{**usual, **changes})


@settings(max_examples=150, deadline=None)
@given(
    rendered=rendereds,
    phones=st.lists(st.tuples(addresses, text, text, st.integers(0, 2_419_200)), min_size=1, max_size=3),
    badge=st.none() | st.integers(0, 99),
)
def test_the_splice_equals_firebase_admins_own_encoding(
    rendered: Rendered, phones: list[tuple[FcmToken | FcmFid, str, str, int]], badge: int | None
) -> None:
    encoder = Encoder()
    for address, delivery_id, receipt, ttl in phones:
        one = notification(
            address=address, delivery_id=delivery_id, receipt=receipt, ttl_seconds=ttl, rendered=rendered, badge=badge
        )
        body = encoder.encode(one, NOW)
        assert json.loads(body) == {"message": firebase.encode(full_message(one, NOW))}


def test_what_many_are_told_alike_is_each_ones_own_where_it_differs() -> None:
    encoder, words = Encoder(), (Rendered(title="One %b"), Rendered(title="Two", data={"a": "%d"}))
    differing = itertools.product(words, (None, 3), (60, 61), (FcmToken(token="t"), FcmFid(fid="f")), (NOW, NOW + 1))
    alike = [each for each in differing for _ in range(3)]
    for number, (rendered, badge, ttl, address, now) in enumerate([*alike, *reversed(alike)]):
        one = notification(address=address, delivery_id=f"{number} %", rendered=rendered, badge=badge, ttl_seconds=ttl)
        assert json.loads(encoder.encode(one, now)) == {"message": firebase.encode(full_message(one, now))}


def test_it_equals_what_firebase_admin_prints_by_its_public_face() -> None:
    one = notification(rendered=Rendered(title="Grüße", body='"\\', link="https://x.example", data={"a": "b"}))
    message = json.loads(Encoder().encode(one, NOW))["message"]
    assert message == json.loads(str(full_message(one, NOW)))


def test_a_token_is_escaped_and_says_nothing_else() -> None:
    one = notification(address=FcmToken(token='","topic":"everybody'))
    assert json.loads(Encoder().encode(one))["message"]["token"] == '","topic":"everybody'


def test_a_fid_goes_where_firebase_admin_puts_it() -> None:
    message = json.loads(Encoder().encode(notification(address=FcmFid(fid="fid-1"))))["message"]
    assert message["fid"] == "fid-1"
    assert "token" not in message


def test_a_silent_message_shows_nothing_and_asks_apple_for_a_background_push() -> None:
    silent = Rendered(title="Hidden", silent=True, sound="bell")
    message = json.loads(Encoder().encode(notification(rendered=silent)))["message"]
    assert "notification" not in message
    assert message["data"]["silent"] == "true"
    assert message["apns"]["headers"]["apns-push-type"] == "background"
    assert message["apns"]["headers"]["apns-priority"] == "5"
    assert message["apns"]["payload"] == {"aps": {"content-available": 1}}


def test_a_silent_message_never_touches_the_screen_whatever_else_is_asked_for() -> None:
    """Apple wants no badge and no sound with a background push; FCM slows down who wakes phones and shows nothing."""
    silent = Rendered(
        title="Hidden",
        subtitle="Hidden too",
        silent=True,
        sound="bell",
        priority="high",
        android=OnAndroid(channel_id="offers", color="#00aa00"),
        ios=OnIos(thread_id="offers", interruption_level="time-sensitive"),
    )
    message = json.loads(Encoder().encode(notification(rendered=silent, badge=4)))["message"]
    assert "notification" not in message
    assert message["android"].keys() == {"priority", "ttl"}
    assert message["android"]["priority"] == "normal"
    assert message["apns"]["payload"] == {"aps": {"content-available": 1}}
    assert message["data"]["badge"] == "4"


def test_what_a_platform_is_told_stands_where_it_looks_for_it() -> None:
    rendered = Rendered(
        title="Sale",
        body="Today",
        subtitle="Shoes",
        sound="bell",
        android=OnAndroid(channel_id="offers", icon="ic_sale", color="#00AA00", visibility="private"),
        ios=OnIos(thread_id="offers", category="SALE", interruption_level="passive", relevance_score=0.5),
    )
    message = json.loads(Encoder().encode(notification(rendered=rendered)))["message"]
    assert message["notification"] == {"title": "Sale", "body": "Today"}
    assert message["android"]["notification"] == {
        "channel_id": "offers",
        "icon": "ic_sale",
        "color": "#00AA00",
        "visibility": "PRIVATE",
        "sound": "bell",
    }
    assert message["apns"]["payload"]["aps"] == {
        "alert": {"title": "Sale", "subtitle": "Shoes", "body": "Today"},
        "sound": "bell",
        "thread-id": "offers",
        "category": "SALE",
        "interruption-level": "passive",
        "relevance-score": 0.5,
        "mutable-content": 1,
    }


def test_without_a_word_on_platforms_the_defaults_are_safe() -> None:
    message = json.loads(Encoder().encode(notification(), NOW))["message"]
    assert message["android"].keys() == {"priority", "ttl"}
    assert message["apns"]["payload"] == {"aps": {"sound": "default", "mutable-content": 1}}


def test_time_to_live_counts_from_the_send_for_android_and_to_a_moment_for_apple() -> None:
    message = json.loads(Encoder().encode(notification(ttl_seconds=90), NOW))["message"]
    assert message["android"]["ttl"] == "90s"
    assert message["apns"]["headers"]["apns-expiration"] == "1800000090"
    assert json.loads(Encoder().encode(notification(ttl_seconds=10**9), NOW))["message"]["android"]["ttl"] == "2419200s"


def test_what_fcm_could_not_take_is_refused_before_it_is_sent() -> None:
    encoder = Encoder()
    for bad in (
        notification(rendered=Rendered(title="\ud800")),
        notification(rendered=Rendered(title="t", priority="urgent")),
        notification(rendered=Rendered(title="t", data={"n": 1})),  # type: ignore[dict-item]
        notification(address=FcmToken(token="")),
        notification(address=FcmToken(token="\ud800")),
        notification(address=WebPush(endpoint="https://x.example/", p256dh="p", auth="a")),
    ):
        with pytest.raises(ValueError, match=r".*"):
            encoder.encode(bad)


def test_encoding_a_token_message_does_not_warn_for_every_phone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Encoder().encode(notification())


def test_the_private_parts_of_firebase_admin_we_lean_on_are_as_we_know_them() -> None:
    """When this fails, a new firebase-admin changed what `push.senders.fcm` reaches for."""
    encode = messaging._MessagingService.encode_message
    assert encode(messaging.Message(fid="f", data={"a": "b"})) == {"fid": "f", "data": {"a": "b"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert encode(messaging.Message(token="t")) == {"token": "t"}
    with pytest.raises(ValueError, match="non-string"):
        encode(messaging.Message(fid="f", data={"a": 1}))
    with pytest.raises(ValueError, match="Exactly one"):
        encode(messaging.Message())
    assert messaging._MessagingService.FCM_URL == "https://fcm.googleapis.com/v1/projects/{0}/messages:send"
    assert messaging._MESSAGING_ATTRIBUTE == "_messaging"


async def test_firebase_admin_still_refuses_more_in_one_call_than_we_hand_it() -> None:
    app = firebase_admin.initialize_app(AnonymousCredentials(), {"projectId": "p"}, name="limits")
    with pytest.raises(ValueError, match="500"):
        await messaging.send_each_async([messaging.Message(fid="f")] * (MOST_AT_ONCE + 1), app=app)
    service = app._get_service("_messaging", messaging._MessagingService)
    assert service._fcm_url == "https://fcm.googleapis.com/v1/projects/p/messages:send"
    assert isinstance(service._async_client.async_client, httpx.AsyncClient)
    await service._async_client.aclose()
    await asyncio.to_thread(firebase_admin.delete_app, app)


@pytest.mark.parametrize("address", [FcmToken(token="t"), FcmFid(fid="f")])
@pytest.mark.parametrize("badge", [0, 7, None])
def test_a_badge_is_a_number_to_apple_and_a_text_to_the_sdk(address: FcmToken | FcmFid, badge: int | None) -> None:
    encoder = Encoder()
    encoder.encode(notification(address=address, badge=3))
    encoder.encode(notification(address=address))
    made = notification(address=address, badge=badge)
    encoded = json.loads(encoder.encode(made, NOW))["message"]
    assert encoded == firebase.encode(full_message(made, NOW))
    assert encoded["apns"]["payload"]["aps"].get("badge") == badge
    assert encoded["data"].get("badge") == (None if badge is None else str(badge))
