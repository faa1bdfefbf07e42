"""What providers refuse by size or name, found while composing instead of while sending.

Limits: Firebase, "About FCM messages" (4,096 bytes); RFC 8030 §7.2 and RFC 8291 §4 (4,096 bytes of body are 3,993 of
plaintext); Mozilla's service takes less.
"""

import re

import msgspec

from push.content.model import Rendered
from push.content.payload import OURS, fcm_data, fcm_forms, fcm_notification, push_payload

FCM_BYTES = 4096
MOZILLA_BYTES = 2800
LONGEST_DELIVERY_ID = "dlv_" + 49 * "0"
LONGEST_RECEIPT = "ffr_" + 92 * "0"
LARGEST_BADGE = 99_999

_RESERVED_BY_FCM = re.compile(r"from|message_type|google.*|gcm.*")


def payload_problems(rendered: Rendered, platform: str | None = None) -> list[str]:
    """What keeps this message from being sent there, in words for the marketer; empty when nothing does.

    Sizes are those of the longest delivery id, receipt and badge. Texts still to be personalised count as they stand.
    """
    problems = [
        f"The data field {name} belongs to Fanfare or to FCM; choose another name."
        for name in rendered.data
        if name in OURS or _RESERVED_BY_FCM.fullmatch(name)
    ]
    if platform != "web" and (excess := fcm_bytes(rendered) - FCM_BYTES) > 0:
        problems.append(f"The message is {excess:,} bytes too long for Android and iOS.")
    if platform in (None, "web") and (excess := len(web_push_plaintext(rendered)) - MOZILLA_BYTES) > 0:
        problems.append(f"The message is {excess:,} bytes too long for browsers.")
    return problems


def fcm_bytes(rendered: Rendered) -> int:
    """Names and values of what FCM delivers, in UTF-8."""
    data = fcm_data(rendered, LONGEST_DELIVERY_ID, LONGEST_RECEIPT, LARGEST_BADGE)
    forms = (*fcm_forms(rendered), ("subtitle", "" if rendered.silent else rendered.subtitle))
    parts = (*data.items(), *fcm_notification(rendered).items(), *(each for each in forms if each[1]))
    return sum(len(name.encode()) + len(value.encode()) for name, value in parts)


def web_push_plaintext(rendered: Rendered) -> bytes:
    """The largest plaintext this becomes."""
    return msgspec.json.encode(push_payload(rendered, LONGEST_DELIVERY_ID, LONGEST_RECEIPT, LARGEST_BADGE))
