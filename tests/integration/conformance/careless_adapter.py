"""An SDK as one writes it on the first afternoon: it works, and keeps next to nothing of the contract."""

import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

state: dict[str, Any] = {"key": None, "waiting": []}


def call(method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {state['key'] or state['publishable']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(state["api"] + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def register(topics: tuple[str, ...] = ()) -> dict[str, Any]:
    body = {"installation_id": str(uuid4()), "platform": "android", "topics": topics}
    answer = call("POST", "/v1/devices", body)
    state["key"] = answer["device_token"]
    return {"device_id": answer["device_id"], "person_id": answer["person_id"]}


def report(kind: str, delivery_id: str, **more: Any) -> None:
    """A new id for every try, as soon as the last one failed, with the time of this try."""
    for _ in range(20):
        event = {
            "event_id": str(uuid4()),
            "kind": kind,
            "at": datetime.now(UTC).isoformat(),
            "delivery_id": delivery_id,
        }
        try:
            call("POST", "/v1/events", {"events": [{**event, **more}]})
        except OSError:
            continue
        return


def push(payload: dict[str, Any]) -> dict[str, bool]:
    report("displayed", payload["delivery_id"])
    return {"shown": True}


def inbox(**query: Any) -> dict[str, Any]:
    page = call("GET", "/v1/inbox")
    return {"ids": [item["id"] for item in page["items"]], "unread": page["unread"], "next_cursor": page["next_cursor"]}


def start(api: str, key: str, storage: str) -> None:
    state.update(api=api, publishable=key)


COMMANDS: dict[str, Any] = {
    "hello": lambda: {"sdk": "careless", "capabilities": []},
    "start": start,
    "register": register,
    "report": report,
    "push": push,
    "inbox": inbox,
}

for line in sys.stdin:
    given = json.loads(line)
    try:
        said = {"ok": COMMANDS[given.pop("do")](**given)}
    except urllib.error.HTTPError as error:
        said = {"error": {"status": error.code, "message": str(error)}}
    except OSError as error:
        said = {"error": {"status": 0, "message": str(error)}}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
