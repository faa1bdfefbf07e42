"""Retry-After in both of its forms."""

from datetime import UTC, datetime

import pytest

from push.senders.retry_after import capped, parse

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Thu, 01 Jan 2026 12:01:30 GMT", 90.0),
        ("Thursday, 01-Jan-26 12:01:30 GMT", 90.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wait_is_read(value: str | None, seconds: float | None) -> None:
    assert parse(value, NOW) == seconds


def test_no_wait_is_longer_than_an_hour() -> None:
    assert capped(86_400.0) == 3600.0
    assert capped(parse("9" * 400, NOW), 60.0) == 60.0
    assert capped(None, 60.0) == 60.0
    assert capped(5.0, 60.0) == 5.0
