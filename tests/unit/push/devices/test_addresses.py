"""Which Firebase installation an address is of, and which address takes the place of which."""

import pytest

from push.devices.addresses import firebase_id, successor
from push.devices.model import Address, FcmFid, FcmToken, WebPush

FID = "cRstUvWxYz0123456789_-"
TOKEN = FcmToken(token=f"{FID}:APA91bH")
BROWSER = WebPush(endpoint="https://web.push.apple.com/x", p256dh="", auth="")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (TOKEN, FID),
        (FcmFid(fid=FID), FID),
        (FcmToken(token=f"{FID.upper()}:APA91bH"), FID.upper()),
        (FcmToken(token=FID), None),
        (FcmToken(token=f"{FID}:"), None),
        (FcmToken(token=f"{FID}x:APA91bH"), None),
        (FcmToken(token=f"{FID[:21]}:APA91bH"), None),
        (FcmToken(token=f"{FID[:21]}+:APA91bH"), None),
        (FcmToken(token="token"), None),
        (BROWSER, None),
    ],
)
def test_a_token_names_its_installation_before_the_colon(address: Address, expected: str | None) -> None:
    assert firebase_id(address) == expected


@pytest.mark.parametrize(
    ("held", "offered", "becomes"),
    [
        (None, TOKEN, TOKEN),
        (TOKEN, FcmFid(fid=FID), FcmFid(fid=FID)),
        (TOKEN, FcmToken(token="other"), FcmToken(token="other")),
        (FcmFid(fid=FID), TOKEN, FcmFid(fid=FID)),
        (FcmFid(fid="other"), TOKEN, None),
        (FcmFid(fid=FID), FcmToken(token="other"), None),
        (FcmFid(fid=FID), FcmFid(fid="other"), FcmFid(fid="other")),
        (BROWSER, BROWSER, BROWSER),
    ],
)
def test_a_phone_goes_from_token_to_installation_id_and_never_back(
    held: Address | None, offered: Address, becomes: Address | None
) -> None:
    assert successor(held, offered) == becomes
