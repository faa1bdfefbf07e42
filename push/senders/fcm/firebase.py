"""firebase-admin's message types, their checks and their JSON; the only place that reaches behind its public names.

`encode_message` checks every field (ValueError) and shapes the HTTP v1 message. It is private: the tests of this
module fail when a new firebase-admin changes it.
"""

from typing import Any

import firebase_admin
from firebase_admin import messaging

from push.content.model import OnAndroid, OnIos, Rendered
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
    """FCM, "Set and manage message priority": what is urgent and shows nothing is soon taken for not urgent."""
    return messaging.AndroidConfig(
        priority="normal" if rendered.silent else rendered.priority,
        ttl=ttl_seconds,
        collapse_key=rendered.collapse_key or None,
        notification=None if rendered.silent else _android_notification(rendered),
    )


def _android_notification(rendered: Rendered) -> messaging.AndroidNotification | None:
    form = rendered.android
    if form is None and not rendered.sound:
        return None
    form = form or OnAndroid()
    return messaging.AndroidNotification(
        sound=rendered.sound or None,
        channel_id=form.channel_id,
        icon=form.icon,
        color=form.color,
        visibility=form.visibility,
    )


def _apns(rendered: Rendered, expires_at: int, badge: int | None) -> messaging.APNSConfig:
    """Apple, "Sending notification requests to APNs": a background push has priority 5, no alert, sound or badge."""
    urgent = rendered.priority == "high" and not rendered.silent
    headers = {
        "apns-push-type": "background" if rendered.silent else "alert",
        "apns-priority": "10" if urgent else "5",
        "apns-expiration": str(expires_at),
    }
    if rendered.collapse_key:
        headers["apns-collapse-id"] = rendered.collapse_key
    aps = messaging.Aps(content_available=True) if rendered.silent else _aps(rendered, badge)
    return messaging.APNSConfig(headers=headers, payload=messaging.APNSPayload(aps=aps))


def _aps(rendered: Rendered, badge: int | None) -> messaging.Aps:
    form = rendered.ios or OnIos()
    others = {"interruption-level": form.interruption_level, "relevance-score": form.relevance_score}
    # An alert of its own takes the place of FCM's `notification` as a whole.
    words = {"title": rendered.title, "body": rendered.body, "subtitle": rendered.subtitle}
    alert = {name: text for name, text in words.items() if text}
    return messaging.Aps(
        alert=messaging.ApsAlert(**alert) if rendered.subtitle else None,
        mutable_content=form.mutable_content,
        sound=rendered.sound or "default",
        badge=badge,
        thread_id=form.thread_id,
        category=form.category,
        custom_data={name: value for name, value in others.items() if value is not None} or None,
    )
