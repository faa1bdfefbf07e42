"""Pages of an owner: webhooks and the audit log, in front of a tiny API."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.dashboard.screens import screen, shown
from tests.unit.dashboard.tiny_api import TinyApi

EXAMPLES = Path(__file__).parents[3] / "sdk_contracts" / "examples"
NASTY = "<script>hurt()</script>"


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["answer"]


@pytest.fixture
def webhooks(api: TinyApi) -> AppTest:
    hook = {**example("get_webhook"), "id": "whk_1", "url": f"https://shop.example/{NASTY}", "active": True}
    posted = {**example("list_webhook_deliveries")["items"][0], "id": "whd_1", "state": "dead", "reason": NASTY}
    api.answer("GET /v1/settings", 200, example("get_settings"))
    api.answer("GET /v1/webhooks", 200, {"items": [hook], "next_cursor": None})
    api.answer("GET /v1/webhooks/whk_1/deliveries", 200, {"items": [posted], "next_cursor": None})
    api.answer("POST /v1/webhooks/whk_1/deliveries/whd_1/replay", 200, {**posted, "state": "pending"})
    api.answer("PATCH /v1/webhooks/whk_1", 200, {**hook, "active": False})
    page = screen(api.url, "settings")
    page.session_state["settings.tabs"] = "Webhooks"
    page.session_state["posted-whk_1"] = True
    return page


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def asked(api: TinyApi, method: str) -> list[str]:
    return [each.path for each in api.asked if each.method == method]


def test_what_was_given_up_can_be_posted_again(webhooks: AppTest, api: TinyApi) -> None:
    told = shown(webhooks.run())
    assert not webhooks.exception
    assert "Given up" in told
    assert NASTY not in told
    press(webhooks, "Post again")
    assert asked(api, "POST") == ["/v1/webhooks/whk_1/deliveries/whd_1/replay"]


def test_a_webhook_is_turned_off_at_once_and_deleted_only_after_a_second_yes(webhooks: AppTest, api: TinyApi) -> None:
    press(webhooks.run(), "Turn off")
    assert next(each for each in api.asked if each.method == "PATCH").body == {"active": False}
    press(webhooks, "Delete webhook")
    assert not webhooks.exception
    assert asked(api, "DELETE") == []
    assert "Delete for good" in [button.label for button in webhooks.button]


def test_an_address_that_is_not_https_is_not_even_sent(webhooks: AppTest, api: TinyApi) -> None:
    webhooks.run()
    next(box for box in webhooks.text_input if box.label == "Address").set_value("http://shop.example/hook")
    press(webhooks, "Make webhook")
    assert "starts with https://" in webhooks.error[0].value
    assert asked(api, "POST") == []


def test_only_the_tab_that_is_open_is_asked_for(webhooks: AppTest, api: TinyApi) -> None:
    webhooks.session_state["settings.tabs"] = "App"
    webhooks.run()
    assert not webhooks.exception
    assert asked(api, "GET") == ["/v1/settings"]


def test_the_audit_log_is_narrowed_to_a_deed_and_an_object(api: TinyApi) -> None:
    made = example("list_audit")["items"][0]
    entry = {
        **made,
        "id": "aud_1",
        "action": "campaign.launched",
        "object_id": "cmp_2",
        "key_id": "key_1",
        "details": {},
    }
    key = {**example("list_keys")["items"][0], "id": "key_1", "name": "Ada"}
    api.answer("GET /v1/audit", 200, {"items": [entry], "next_cursor": None})
    api.answer("GET /v1/keys", 200, {"items": [key], "next_cursor": None})
    page = screen(api.url, "audit").run()
    assert narrowed(api) == {"limit": ["50"]}
    next(box for box in page.selectbox if box.label == "What").set_value("campaign.launched").run()
    assert narrowed(api) == {"limit": ["50"], "action": ["campaign.launched"]}
    next(box for box in page.selectbox if box.label == "Who").set_value("key_1").run()
    assert "Open this campaign" not in [button.label for button in page.button]
    next(box for box in page.text_input if box.label == "To what").set_value(" cmp_2 ").run()
    assert not page.exception
    assert narrowed(api) == {
        "limit": ["50"], "action": ["campaign.launched"], "key_id": ["key_1"], "object_id": ["cmp_2"],
    }  # fmt: skip
    assert "Open this campaign" in [button.label for button in page.button]


def test_the_audit_log_is_narrowed_to_what_it_is_about(api: TinyApi) -> None:
    api.answer("GET /v1/audit", 200, {"items": [], "next_cursor": None})
    api.answer("GET /v1/keys", 200, {"items": [], "next_cursor": None})
    page = screen(api.url, "audit")
    page.session_state["audit.group"] = "key"
    page.run()
    assert narrowed(api)["action"] == ["key.created", "key.revoked"]
    assert next(box for box in page.selectbox if box.label == "Who").options == ["the system"]
    deeds = next(box for box in page.selectbox if box.label == "What")
    deeds.set_value("key.revoked").run()
    assert narrowed(api)["action"] == ["key.revoked"]
    page.session_state["audit.group"] = "person"
    page.run()
    assert not page.exception
    assert narrowed(api)["action"] == ["person.exported", "person.erased", "people.imported"]
    assert next(box for box in page.selectbox if box.label == "What").value is None


def narrowed(api: TinyApi) -> dict[str, list[str]]:
    """What the log was asked for last."""
    paths = [each.path for each in api.asked if each.path.startswith("/v1/audit")]
    return parse_qs(paths[-1].partition("?")[2])


@pytest.fixture
def mail(api: TinyApi) -> AppTest:
    api.answer("GET /v1/settings", 200, example("get_settings"))
    api.answer("PUT /v1/credentials/smtp", 200, example("put_smtp_credentials"))
    page = screen(api.url, "settings")
    page.session_state["settings.tabs"] = "E-mail"
    return page.run()


def write(page: AppTest, label: str, text: str) -> None:
    next(box for box in page.text_input if box.label == label).set_value(text)


def fill(page: AppTest) -> None:
    for label, text in {
        "Server": "smtp.shop.example", "From address": "news@shop.example", "User name": "shop", "Password": "s3cret",
    }.items():  # fmt: skip
        write(page, label, text)


def test_a_mail_server_is_kept_and_its_password_is_in_no_field_afterwards(mail: AppTest, api: TinyApi) -> None:
    fill(mail)
    press(mail, "Check and save")
    assert not mail.exception
    assert next(each for each in api.asked if each.method == "PUT").body == {
        "host": "smtp.shop.example", "port": 587, "security": "starttls", "username": "shop", "password": "s3cret",
        "from_address": "news@shop.example", "sender_name": None, "reply_to": None,
    }  # fmt: skip
    assert next(box for box in mail.text_input if box.label == "Password").value == ""


def test_a_mail_server_that_lets_nobody_in_is_told_with_its_reason(mail: AppTest, api: TinyApi) -> None:
    reason = "The server does not know this user name and password."
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "errors": [{"pointer": "/host", "detail": reason}],
    }
    api.answer("PUT /v1/credentials/smtp", 400, problem)
    fill(mail)
    press(mail, "Check and save")
    assert reason.rstrip(".") in mail.error[0].value


def test_half_a_login_and_no_address_are_not_even_sent(mail: AppTest, api: TinyApi) -> None:
    write(mail, "Server", "smtp.shop.example")
    write(mail, "User name", "shop")
    press(mail, "Check and save")
    assert "go together" in mail.error[0].value
    assert "looks like" in mail.error[0].value
    assert asked(api, "PUT") == []
