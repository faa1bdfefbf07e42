"""What travels to a phone: the same facts through either provider, and ours are never overwritten."""

import msgspec

from push.content.model import Action, OnWeb, Rendered
from push.content.payload import OURS, fcm_data, fcm_notification, push_payload

FULL = Rendered(
    title="Sale",
    body="Today",
    image_url="https://shop.example/a.png",
    link="https://shop.example/sale",
    actions=(Action(id="buy", label="Buy", link="https://shop.example/buy"), Action(id="later", label="Later")),
    data={"sku": "7"},
    collapse_key="sale",
)


def test_a_browser_and_a_phone_are_told_the_same() -> None:
    web = msgspec.to_builtins(push_payload(FULL, "dlv_1", "ffr_1"))
    phone = fcm_data(FULL, "dlv_1", "ffr_1")
    assert (web["delivery_id"], web["receipt"], web["link"]) == (phone["delivery_id"], phone["receipt"], phone["link"])
    assert web["actions"] == msgspec.json.decode(phone["actions"])
    assert web["data"]["sku"] == phone["sku"] == "7"
    assert (web["title"], web["body"]) == ("Sale", "Today")
    assert fcm_notification(FULL) == {"title": "Sale", "body": "Today", "image": "https://shop.example/a.png"}


def test_fcm_is_given_strings_only() -> None:
    assert all(isinstance(value, str) for value in fcm_data(FULL, "dlv_1", "ffr_1").values())


def test_an_apps_own_data_never_takes_the_place_of_ours() -> None:
    rendered = msgspec.structs.replace(FULL, data=dict.fromkeys(OURS, "theirs"), silent=True)
    assert "theirs" not in fcm_data(rendered, "dlv_1", "ffr_1", 3).values()


def test_what_there_is_nothing_to_say_about_is_left_out() -> None:
    assert fcm_data(Rendered(title="Hi"), "dlv_1", "ffr_1") == {"delivery_id": "dlv_1", "receipt": "ffr_1"}
    assert fcm_notification(Rendered(title="Hi")) == {"title": "Hi"}


def test_a_silent_message_shows_nothing_and_says_so() -> None:
    silent = msgspec.structs.replace(FULL, silent=True)
    assert fcm_notification(silent) == {}
    assert fcm_data(silent, "dlv_1", "ffr_1")["silent"] == "true"
    assert push_payload(silent, "dlv_1", "ffr_1").silent


def test_rendering_is_shared_so_a_payload_leaves_it_as_it_is() -> None:
    before = msgspec.to_builtins(FULL)
    fcm_data(FULL, "dlv_1", "ffr_1")["sku"] = "8"
    assert msgspec.to_builtins(FULL) == before


def test_a_browser_is_told_how_it_is_to_look_there() -> None:
    web = OnWeb(icon_url="https://a.example/i.png", badge_url="https://a.example/b.png", require_interaction=True)
    rendered = msgspec.structs.replace(FULL, web=web)
    told = msgspec.to_builtins(push_payload(rendered, "dlv_1", "ffr_1"))
    assert (told["icon_url"], told["badge_url"]) == ("https://a.example/i.png", "https://a.example/b.png")
    assert told["require_interaction"] is True
    assert "require_interaction" not in msgspec.to_builtins(push_payload(FULL, "dlv_1", "ffr_1"))
