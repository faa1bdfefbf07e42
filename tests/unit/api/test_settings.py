"""Where the API listens."""

import pytest

from api.settings import ApiSettings, from_environment
from push.settings import BadSetting


def test_nothing_said_is_loopback_only() -> None:
    assert from_environment({}) == ApiSettings()
    assert ApiSettings().host == "127.0.0.1"


def test_what_is_said_counts() -> None:
    read = from_environment({"FANFARE_API_HOST": "::1", "FANFARE_API_PORT": "0", "FANFARE_API_MAX_BODY": "2048"})
    assert read == ApiSettings(host="::1", port=0, max_body_bytes=2048)


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "8080.0", "٨"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(BadSetting, match="FANFARE_API_PORT"):
        from_environment({"FANFARE_API_PORT": port})
