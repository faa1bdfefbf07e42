"""Structs as they are stored, and read back in the ways there are."""

from datetime import UTC, datetime

import bson
import pytest
from bson.codec_options import CodecOptions

from push.database import from_document, from_raw
from push.devices.model import Device, FcmToken, WebPush
from push.devices.store import stored
from push.ids import new_id

NOW = datetime(2026, 11, 29, 12, 0, 0, 123000, tzinfo=UTC)


def device(number: int) -> Device:
    address = FcmToken(token="t" * number) if number % 2 else WebPush(endpoint="https://x", p256dh="p", auth="a")
    return Device(
        id=new_id("dev"),
        app_id="app",
        person_id=new_id("per"),
        platform="android",
        created_at=NOW,
        last_seen_at=NOW,
        address=address if number % 3 else None,
        confirmed_at=NOW if number % 3 else None,
        tags={"number": number},
        topics=("news",) * (number % 4),
    )


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 100])
def test_devices_read_a_few_at_a_time_are_what_was_stored(count: int) -> None:
    devices = [device(number) for number in range(count)]
    encoded = [bson.encode(stored(each)) for each in devices]
    assert from_raw(b"".join(encoded), Device) == devices
    aware = CodecOptions[dict[str, object]](tz_aware=True)
    assert [from_document(bson.decode(each, aware), Device) for each in encoded] == devices
