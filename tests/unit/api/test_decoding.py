"""Bodies become contracts, or say where they are wrong."""

from typing import Any

import pytest

from api.decoding import BadInput, decode
from sdk_contracts.wire.campaigns import CampaignDraft, Limits
from sdk_contracts.wire.devices import DeviceRegistration


@pytest.mark.parametrize(
    ("body", "wanted", "pointer"),
    [
        (b'{"expires_at": 5}', Limits, "/expires_at"),
        (b'{"expires": null}', Limits, "/expires"),
        (b"[]", Limits, ""),
        (b'{"installation_id": "i"}', DeviceRegistration, "/platform"),
        (b'{"installation_id": "i", "platform": "web", "topics": ["a", "b c"]}', DeviceRegistration, "/topics/1"),
        (b'{"installation_id": "i", "platform": "web", "tags": {"a.b": 1}}', DeviceRegistration, "/tags"),
        (b'{"installation_id": "i", "platform": "web", "tags": {"a": []}}', DeviceRegistration, "/tags"),
        (b'{"installation_id": "i", "platform": "web", "a/b~c": 1}', DeviceRegistration, "/a~1b~0c"),
        (
            b'{"name": "x", "kind": "service", "content": {"default_locale": 1}}',
            CampaignDraft,
            "/content/default_locale",
        ),
    ],
)
def test_the_pointer_leads_to_what_is_wrong(body: bytes, wanted: Any, pointer: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode(body, wanted)
    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"'])
def test_what_is_no_json_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        decode(body, dict[str, Any])
