"""How a phone reads what arrives."""

import msgspec
import pytest

from sdk_contracts.sandbox.phones.pushes import MOST_REMEMBERED, Seen, read
from sdk_contracts.wire.inbox import ActionView, PushPayload


def test_an_fcm_message_reads_like_a_web_push() -> None:
    payload = PushPayload(
        delivery_id="dlv_1",
        receipt="r",
        title="Hi",
        body="There",
        link="https://x.example",
        actions=[ActionView(id="a", label="A")],
    )
    data = {
        "delivery_id": "dlv_1",
        "receipt": "r",
        "link": "https://x.example",
        "actions": '[{"id":"a","label":"A","link":null}]',
    }
    message = {"message": {"token": "t", "notification": {"title": "Hi", "body": "There"}, "data": data}}
    assert read("android", msgspec.json.encode(message)) == payload
    assert read("web", msgspec.json.encode(payload)) == payload


def test_a_message_without_a_notification_is_silent() -> None:
    body = b'{"message":{"fid":"f","data":{"delivery_id":"d","receipt":"r"}}}'
    assert read("ios", body).silent


@pytest.mark.parametrize("body", [b"", b"{}", b'{"message":{"data":{}}}', b'{"message":{"data":{"delivery_id":"d"}}}'])
@pytest.mark.parametrize("platform", ["android", "web"])
def test_what_carries_no_delivery_cannot_be_read(platform: str, body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read(platform, body)  # type: ignore[arg-type]


def test_a_delivery_is_first_only_once_and_memory_is_bounded() -> None:
    seen = Seen()
    assert [seen.first("a"), seen.first("a"), seen.first("b")] == [True, False, True]
    for number in range(MOST_REMEMBERED):
        seen.first(str(number))
    assert seen.first("a")
