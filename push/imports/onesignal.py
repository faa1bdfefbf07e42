"""A subscription of OneSignal's CSV export as a line of our own.

Columns as OneSignal's reference names them (documentation.onesignal.com/reference/csv-export): `id`, `identifier`,
`device_type`, `language`, `timezone_id`, `game_version`, `device_os`, `device_model`, `tags`, `last_active`,
`created_at`, `invalid_identifier`; on request `external_user_id`, `notification_types`, `web_auth`, `web_p256`. Others
are left aside.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from push.errors import Invalid

_PLATFORMS = {0: "ios", 1: "android", 5: "web", 7: "web", 8: "web", 17: "web"}
"""By `device_type`: iOS, Android, Chrome, Safari (old), Firefox, Safari."""
_OTHERS = {2: "Amazon", 3: "Windows Phone", 4: "a Chrome app", 6: "Windows", 9: "macOS", 10: "Alexa", 11: "email",
           13: "Huawei", 14: "SMS"}  # fmt: skip
_NAMES = {"external_id": "external_user_id", "subscription_id": "id", "player_id": "id", "web_p256dh": "web_p256"}
_NEEDED = ("id", "device_type")
_KEY = re.compile(r"[^A-Za-z0-9_-]")
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")


def columns(header: list[str]) -> list[str]:
    """Raises Invalid for the header of some other file."""
    names = [name.strip().lstrip("\ufeff").lower() for name in header]
    names = [_NAMES.get(name, name) for name in names]
    for needed in _NEEDED:
        if needed not in names:
            raise Invalid("", f"This is no CSV export of OneSignal's: it has no column {needed}.")
    return names


def line(row: Mapping[str, str]) -> dict[str, Any]:
    """What one subscription says, to be checked like any line. Raises Invalid for one that cannot be taken over."""
    kind = _number(row, "device_type")
    if kind not in _PLATFORMS:
        raise Invalid("/device_type", f"A subscription of this kind ({_OTHERS.get(kind, 'unknown')}) has no push here.")
    platform = _PLATFORMS[kind]
    types = row.get("notification_types", "")
    device: dict[str, Any] = {
        "installation_id": row["id"],
        "platform": platform,
        # 1 and up is what the person allows; 0 and below is a no, or a reason why there is no permission.
        "opted_in": _number(row, "notification_types") > 0 if types else True,
        "tags": _tags(row.get("tags", "")),
    }
    described = (
        ("locale", "language"),
        ("timezone", "timezone_id"),
        ("app_version", "game_version"),
        ("os_version", "device_os"),
        ("model", "device_model"),
    )
    device |= {ours: row[theirs][:64] for ours, theirs in described if row.get(theirs)}
    device |= {name: _time(name, row[theirs]) for name, theirs in _TIMES if row.get(theirs)}
    if address := _address(row, platform):
        device["address"] = address
    external_id = row.get("external_user_id")
    return {"devices": [device], **({"external_id": external_id} if external_id else {})}


_TIMES = (("created_at", "created_at"), ("last_seen_at", "last_active"))


def _address(row: Mapping[str, str], platform: str) -> dict[str, str] | None:
    """None where it has none that we can send to: on iOS OneSignal keeps APNs tokens, which FCM does not take."""
    identifier = row.get("identifier", "")
    if not identifier or row.get("invalid_identifier", "").lower() in ("t", "true", "1") or platform == "ios":
        return None
    if platform == "android":
        return {"kind": "fcm_token", "token": identifier}
    keys = {"p256dh": row.get("web_p256", ""), "auth": row.get("web_auth", "")}
    return {"kind": "web_push", "endpoint": identifier, **keys} if all(keys.values()) else None


def _tags(text: str) -> dict[str, Any]:
    """Ours have plainer names; values are texts there, and stay so."""
    if not text:
        return {}
    try:
        tags = msgspec.json.decode(text, type=dict[str, str | int | float | bool | None])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise Invalid("/tags", "Tags are a JSON object of plain values.") from None
    return {_KEY.sub("_", name)[:64]: value for name, value in tags.items() if name and value is not None}


def _number(row: Mapping[str, str], name: str) -> int:
    try:
        return int(row.get(name, ""))
    except ValueError:
        raise Invalid(f"/{name}", "This is no whole number.") from None


def _time(name: str, text: str) -> str:
    """Theirs are in UTC without saying so, or seconds since 1970."""
    if text.isascii() and text.isdigit() and len(text) < 12:
        return datetime.fromtimestamp(int(text), UTC).isoformat()
    text = text.removesuffix(" UTC").strip()
    if _WITHOUT_ZONE.fullmatch(text):
        return text.replace(" ", "T")[:26] + "Z"
    raise Invalid(f"/{name}", "This is no time.")
