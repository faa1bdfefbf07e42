"""firebase-admin's message types, their checks and their JSON; the only place that reaches behind its public names.

`encode_message` checks every field (ValueError) and shapes the HTTP v1 message. It is private: the tests of this
module fail when a new firebase-admin changes it.
"""

from typing import Any

import firebase_admin
from firebase_admin import messaging

from push.content.model import Rendered
from push.content.payload import fcm_data, fcm_notification
from push.devices.model import FcmFid, FcmToken

HEADERS = [
    "content-type: application/json",
    "x-goog-api-format-version: 2",
    f"x-firebase-client: fire-admin-python/{firebase_admin.__version__}",
]


def message(
    rendered: Rendered,
    address: FcmToken | FcmFid,
    delivery_id: str,
    receipt: str,
    ttl_seconds: int,
    expires_at: int,
    badge: int | None = None,
) -> messaging.Message:
    """The whole message. `expires_at` is in Unix seconds: Android counts from the send, APNs wants a moment."""
    shown = fcm_notification(rendered)
    made = messaging.Message(
        data=fcm_data(rendered, delivery_id, receipt, badge),
        notification=messaging.Notification(**shown) if shown else None,
        android=_android(rendered, ttl_seconds),
        apns=_apns(rendered, expires_at, badge),
    )
    # Registration tokens still work; giving one to the constructor warns once a message.
    if isinstance(address, FcmToken):
        made.token = address.token
    else:
        made.fid = address.fid
    return made


def encode(made: messaging.Message) -> dict[str, Any]:
    """The `message` of a send request. Raises ValueError for one that FCM would refuse by its shape."""
    encoded: dict[str, Any] = messaging._MessagingService.encode_message(made)  # noqa: SLF001
    return encoded


def _android(rendered: Rendered, ttl_seconds: int) -> messaging.AndroidConfig:
    sound = messaging.AndroidNotification(sound=rendered.sound) if rendered.sound and not rendered.silent else None
    return messaging.AndroidConfig(
        priority=rendered.priority, ttl=ttl_seconds, collapse_key=rendered.collapse_key or None, notification=sound
    )


def _apns(rendered: Rendered, expires_at: int, badge: int | None) -> messaging.APNSConfig:
    """Apple, "Sending notification requests to APNs": a background push must have priority 5 and no alert."""
    urgent = rendered.priority == "high" and not rendered.silent
    headers = {
        "apns-push-type": "background" if rendered.silent else "alert",
        "apns-priority": "10" if urgent else "5",
        "apns-expiration": str(expires_at),
    }
    if rendered.collapse_key:
        headers["apns-collapse-id"] = rendered.collapse_key
    aps = messaging.Aps(
        content_available=rendered.silent, mutable_content=not rendered.silent, sound=_sound(rendered), badge=badge
    )
    return messaging.APNSConfig(headers=headers, payload=messaging.APNSPayload(aps=aps))


def _sound(rendered: Rendered) -> str | None:
    return None if rendered.silent else rendered.sound or "default"
