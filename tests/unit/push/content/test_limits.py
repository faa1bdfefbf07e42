"""What providers would refuse is found while composing."""

import msgspec
import pytest

from push.content.limits import FCM_BYTES, MOZILLA_BYTES, fcm_bytes, payload_problems, web_push_plaintext
from push.content.model import Action, OnAndroid, OnIos, OnWeb, Rendered


def test_an_ordinary_message_has_no_problem() -> None:
    actions = (Action(id="buy", label="Buy now", link="https://shop.example/buy"),)
    rendered = Rendered(
        title="Hello", body="你好" * 100, link="https://shop.example", actions=actions, data={"sku": "1"}
    )
    assert payload_problems(rendered) == []


@pytest.mark.parametrize("letter", ["x", "é", "中"])
def test_4097_bytes_are_refused_and_4096_are_not_too_many_for_fcm(letter: str) -> None:
    empty = fcm_bytes(Rendered(title="t", data={"d": ""}))
    room = FCM_BYTES - empty
    text = letter * (room // len(letter.encode()))
    text += "x" * (room - len(text.encode()))
    fits, too_long = (Rendered(title="t", data={"d": each}) for each in (text, text + "x"))
    assert fcm_bytes(fits) == FCM_BYTES
    assert not any("Android" in problem for problem in payload_problems(fits))
    assert "The message is 1 bytes too long for Android and iOS." in payload_problems(too_long)


def test_what_mozilla_would_refuse_is_refused() -> None:
    room = MOZILLA_BYTES - len(web_push_plaintext(Rendered(title="t", body="x"))) + 1
    assert payload_problems(Rendered(title="t", body="x" * room)) == []
    assert payload_problems(Rendered(title="t", body="x" * (room + 1))) == [
        "The message is 1 bytes too long for browsers."
    ]


@pytest.mark.parametrize(
    "name", ["from", "message_type", "google_x", "gcm", "receipt", "delivery_id", "link", "actions"]
)
def test_a_data_field_that_is_not_the_apps_to_choose_is_refused(name: str) -> None:
    (problem,) = payload_problems(Rendered(title="t", data={name: "x"}))
    assert name in problem


def test_what_a_browser_gets_says_nothing_that_is_not_there() -> None:
    assert msgspec.json.decode(web_push_plaintext(Rendered(title="t"))).keys() == {
        "delivery_id",
        "receipt",
        "title",
        "badge",
    }


def test_what_is_said_to_one_platform_counts_there_and_nowhere_else() -> None:
    plain = Rendered(title="t", data={"d": "x" * 2000})
    android = msgspec.structs.replace(plain, android=OnAndroid(channel_id="c" * 100))
    assert fcm_bytes(android) == fcm_bytes(plain) + len("channel_id") + 100
    ios = msgspec.structs.replace(plain, subtitle="s" * 100, ios=OnIos(thread_id="t" * 100))
    assert fcm_bytes(ios) >= fcm_bytes(plain) + 200
    web = msgspec.structs.replace(plain, web=OnWeb(icon_url="https://a.example/" + "x" * 1000))
    assert fcm_bytes(web) == fcm_bytes(plain)
    assert payload_problems(web, "android") == []
    assert payload_problems(web, "web") != []
    long = msgspec.structs.replace(plain, data={"d": "x" * 5000})
    assert payload_problems(long, "ios") + payload_problems(long, "web") == payload_problems(long)


def test_a_silent_message_costs_nothing_for_what_is_not_shown() -> None:
    silent = Rendered(title="t", silent=True)
    with_forms = msgspec.structs.replace(silent, android=OnAndroid(channel_id="offers"), ios=OnIos(thread_id="offers"))
    assert fcm_bytes(with_forms) == fcm_bytes(silent)
