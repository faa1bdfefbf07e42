"""What the stand-in API knows and answers: installations, one inbox, events. Bodies are held against the contracts."""

import hashlib
import threading
from typing import Any

import msgspec
from msgspec import Struct

from sdk_contracts.wire import devices, events, people

NEWER = {"field_of_a_later_version": {"nested": [1, "two"]}}
"""In every answer: an SDK in the field is older than the server it speaks to."""
VERBS = ("read", "unread", "seen", "archive", "unarchive", "acknowledge")
_STEPS = {"read": "read_at", "seen": "seen_at", "archive": "archived_at", "acknowledge": "acknowledged_at"}
_PLAIN: dict[str, Any] = {
    "kind": "service",
    "category": None,
    "body": "Warm",
    "image_url": None,
    "link": None,
    "actions": [{"id": "buy", "label": "Buy", "link": None}],
    "data": {"order": "7"},
    "expires_at": None,
}
NOW = "2026-01-02T03:04:05.678Z"


class Asked(Struct, frozen=True):
    """One request, as far as an answer depends on it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str | None:
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None


class Told(Struct, frozen=True):
    status: int
    body: Any = None
    etag: str | None = None


class PhoneApi:
    """Answers one app's phones. `complaints` collects what the contract does not allow."""

    def __init__(self) -> None:
        self.installations: dict[str, str] = {}
        self.registrations: list[devices.DeviceRegistration] = []
        self.items: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.logins: list[devices.Login] = []
        self.marks: list[tuple[str, str]] = []
        self.complaints: list[str] = []
        self._lock = threading.Lock()

    def add_item(self, number: int) -> dict[str, Any]:
        """One more item, newer than the others."""
        item: dict[str, Any] = {
            "id": f"itm_{number:03}",
            "campaign_id": "cmp_1",
            "delivery_id": f"dlv_{number:03}",
            "title": f"Item {number}",
            "created_at": f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z",
            **_PLAIN,
            **dict.fromkeys(("seen_at", "read_at", "archived_at", "acknowledged_at")),
            **NEWER,
        }
        self.items.insert(0, item)
        return item

    @property
    def unread(self) -> int:
        return sum(item["read_at"] is None and item["archived_at"] is None for item in self.items)

    def answer(self, asked: Asked) -> Told:
        with self._lock:
            try:
                return self._answer(asked)
            except msgspec.MsgspecError as error:
                self.complaints.append(f"{asked.method} {asked.path}: {error}")
                return Told(400, _problem(400, str(error)))

    def _answer(self, asked: Asked) -> Told:
        match asked.method, asked.path.strip("/").split("/"):
            case "POST", ["v1", "devices"]:
                return self._register(asked)
            case "POST", ["v1", "events"]:
                return self._record(asked)
            case "GET", ["v1", "app"] if asked.key == "ffp_suite":
                return Told(
                    200, {"app_id": "app_1", "name": "Suite", "vapid_public_key": "B", "categories": [], **NEWER}
                )
            case _ if asked.key not in self.installations.values():
                return Told(401, _problem(401, "No such key."))
            case "PUT", ["v1", "devices", "me", "person"]:
                login = msgspec.json.decode(asked.body, type=devices.Login)
                self.logins.append(login)
                return Told(200, {"person_id": "per_2", "external_id": login.external_id, **NEWER})
            case "DELETE", ["v1", "devices", "me", "person"]:
                return Told(200, {"person_id": "per_3", "external_id": None, **NEWER})
            case "PUT" | "DELETE", ["v1", "devices", "me", "topics", *_]:
                return Told(204)
            case "PUT", ["v1", "me", "preferences"]:
                msgspec.json.decode(asked.body, type=people.PreferencesChange)
                return Told(200, {"categories": {}, "consent": None, "quiet_hours": None, **NEWER})
            case method, ["v1", "inbox", *rest]:
                return self._inbox(asked, method, rest)
        self.complaints.append(f"{asked.method} {asked.path}: there is no such operation")
        return Told(404, _problem(404, "No such operation."))

    def _register(self, asked: Asked) -> Told:
        if asked.key != "ffp_suite":
            return Told(401, _problem(401, "Not the publishable key."))
        registration = msgspec.json.decode(asked.body, type=devices.DeviceRegistration)
        self.registrations.append(registration)
        known = self.installations.get(registration.installation_id)
        if known is not None and asked.headers.get("fanfare-device") != known:
            return Told(409, _problem(409, "This installation is known; its device key must come along."))
        number = len(self.installations) + (known is None)
        key = known or f"ffd_{number}"
        self.installations[registration.installation_id] = key
        body = {"device_id": f"dev_{number}", "device_token": key, "person_id": "per_1", **NEWER}
        return Told(200 if known else 201, body)

    def _record(self, asked: Asked) -> Told:
        batch = msgspec.json.decode(asked.body, type=events.EventBatch)
        keyed = asked.key in self.installations.values()
        if (asked.key is not None and not keyed) or (not keyed and any(each.receipt is None for each in batch.events)):
            return Told(401, _problem(401, "No key, and no receipt."))
        known = {event["event_id"] for event in self.events}
        raw = msgspec.json.decode(asked.body)["events"]
        self.events += raw
        fresh = {event["event_id"] for event in raw} - known
        return Told(202, {"accepted": len(fresh), "duplicates": len(raw) - len(fresh), "rejected": [], **NEWER})

    def _inbox(self, asked: Asked, method: str, rest: list[str]) -> Told:
        match method, rest:
            case "GET", []:
                return self._page(asked)
            case "GET", ["summary"]:
                return Told(200, {"unread": self.unread, "unseen": len(self.items), **NEWER})
            case "POST", ["read-all"]:
                self.marks.append(("all", "read"))
                return Told(204)
            case "POST", [item_id, verb] if verb in VERBS:
                return self._mark(item_id, verb)
            case "DELETE", [item_id]:
                self.marks.append((item_id, "delete"))
                self.items = [item for item in self.items if item["id"] != item_id]
                return Told(204)
        self.complaints.append(f"{method} {asked.path}: there is no such operation")
        return Told(404, _problem(404, "No such operation."))

    def _page(self, asked: Asked) -> Told:
        start, limit = int(asked.query.get("cursor") or 0), int(asked.query.get("limit", "20"))
        items = self.items[start : start + limit]
        more = str(start + limit) if start + limit < len(self.items) else None
        body = {"items": items, "next_cursor": more, "unread": self.unread, **NEWER}
        etag = f'"{hashlib.sha256(msgspec.json.encode(body)).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == etag:
            return Told(304, etag=etag)
        return Told(200, body, etag)

    def _mark(self, item_id: str, verb: str) -> Told:
        item = next((item for item in self.items if item["id"] == item_id), None)
        if item is None:
            return Told(404, _problem(404, "There is no such item."))
        self.marks.append((item_id, verb))
        step = _STEPS.get(verb) or {"unread": "read_at", "unarchive": "archived_at"}[verb]
        item[step] = NOW if verb in _STEPS else None
        return Told(204)


def _problem(status: int, detail: str) -> dict[str, Any]:
    return {"type": "urn:fanfare:problem:suite", "title": "Refused", "status": status, "detail": detail, **NEWER}
