"""OneSignal's columns, in our words."""

from typing import Any

import pytest

from push.errors import Invalid
from push.imports.onesignal import columns, line

ANDROID = {
    "id": "b2f7f966-d8cc-11e4-bed1-df8f05be55ba",
    "identifier": "fcm-token",
    "device_type": "1",
    "language": "de",
    "timezone": "3600",
    "timezone_id": "Europe/Berlin",
    "game_version": "4.2",
    "device_os": "14",
    "device_model": "Pixel 8",
    "tags": '{"plan": "gold", "last seen": "3", "$odd": "x"}',
    "created_at": "2023-03-30 15:45:22.123456",
    "last_active": "1704067200",
    "invalid_identifier": "f",
    "notification_types": "1",
    "external_user_id": "ada",
}


def device(**fields: str) -> dict[str, Any]:
    return dict(line({**ANDROID, **fields})["devices"][0])


def test_an_android_subscription_keeps_all_that_has_a_place_here() -> None:
    assert line(ANDROID) == {
        "external_id": "ada",
        "devices": [
            {
                "installation_id": ANDROID["id"],
                "platform": "android",
                "opted_in": True,
                "tags": {"plan": "gold", "last_seen": "3", "_odd": "x"},
                "locale": "de",
                "timezone": "Europe/Berlin",
                "app_version": "4.2",
                "os_version": "14",
                "model": "Pixel 8",
                "created_at": "2023-03-30T15:45:22.123456Z",
                "last_seen_at": "2024-01-01T00:00:00+00:00",
                "address": {"kind": "fcm_token", "token": "fcm-token"},
            }
        ],
    }


@pytest.mark.parametrize("kind", ["5", "7", "8", "17"])
def test_a_browser_keeps_its_subscription_where_its_keys_were_exported(kind: str) -> None:
    web = {"device_type": kind, "identifier": "https://push.example/x"}
    assert device(**web, web_p256="p", web_auth="a")["address"] == {
        "kind": "web_push",
        "endpoint": "https://push.example/x",
        "p256dh": "p",
        "auth": "a",
    }
    assert "address" not in device(**web)


def test_an_apns_token_is_no_address_for_fcm_but_the_iphone_has_its_inbox() -> None:
    assert device(device_type="0")["platform"] == "ios"
    assert "address" not in device(device_type="0")


@pytest.mark.parametrize(("types", "allowed"), [("1", True), ("31", True), ("0", False), ("-2", False), ("", True)])
def test_who_unsubscribed_stays_so(types: str, allowed: bool) -> None:
    assert device(notification_types=types)["opted_in"] is allowed


def test_a_dead_identifier_is_left_behind() -> None:
    assert "address" not in device(invalid_identifier="t")


@pytest.mark.parametrize(
    ("field", "value"),
    [("device_type", "11"), ("device_type", "14"), ("device_type", "99"), ("device_type", "x"), ("tags", "[1]"),
     ("created_at", "tomorrow"), ("notification_types", "yes")],
)  # fmt: skip
def test_what_cannot_be_taken_over_says_why(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        line({**ANDROID, field: value})
    assert refused.value.pointer == f"/{field}"


def test_some_other_file_is_told_apart_by_its_header() -> None:
    assert columns(["\ufeffsubscription_id", " Device_Type", "external_id"]) == [
        "id",
        "device_type",
        "external_user_id",
    ]
    with pytest.raises(Invalid):
        columns(["name", "email"])
