"""The live inbox: server-sent events."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from sdk_contracts.conformance.checklist import NotOffered, Unfit, equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import PATIENCE_SECONDS, Phone, Stage, refused

GROUP = "live"
PATH = "/v1/inbox/stream"


class Happening(Struct, frozen=True):
    """One server-sent event."""

    name: str
    id: str
    data: Any


@CHECKS.item(GROUP)
def tells(stage: Stage) -> None:
    """An open stream tells of a new item, of a change to it, and of its removal."""
    phone = stage.phone()
    with _listening(stage, phone) as happenings:
        stage.send({"device_ids": [phone.device_id]}, "Live")
        item = _next(happenings, "item")
        equal(item.data["title"], "Live", "title of the item")
        stage.do("POST", f"/v1/inbox/{item.data['id']}/read", phone.key)
        _next(happenings, "changed")
        stage.do("DELETE", f"/v1/inbox/{item.data['id']}", phone.key)
        equal(_next(happenings, "removed").data["id"], item.data["id"], "id of the removed item")


@CHECKS.item(GROUP)
def resumes(stage: Stage) -> None:
    """A stream resumed with Last-Event-ID tells what was missed, and does not tell what was told."""
    phone = stage.phone()
    with _listening(stage, phone) as happenings:
        stage.send({"device_ids": [phone.device_id]}, "Before")
        told = _next(happenings, "item")
    expect(told.id, "the event has no id to resume from")
    stage.send({"device_ids": [phone.device_id]}, "Missed")
    stage.arrived(phone, "Missed")
    with _listening(stage, phone, told.id) as happenings:
        equal(_next(happenings, "item").data["title"], "Missed", "the first item after resuming")


@CHECKS.item(GROUP)
def needs_a_key(stage: Stage) -> None:
    """A stream needs the device key: 401 without."""
    with _listening(stage, stage.phone()):
        refused(stage.call("GET", PATH), 401)


@contextlib.contextmanager
def _listening(stage: Stage, phone: Phone, last_id: str = "") -> Iterator[Iterator[Happening]]:
    """Raises NotOffered where the server has no stream."""
    headers = {"Authorization": f"Bearer {phone.key}", "Accept": "text/event-stream"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    with stage.http.stream("GET", PATH, headers=headers, timeout=PATIENCE_SECONDS) as response:
        if response.status_code in (404, 405, 501):
            raise NotOffered("the server has no live stream")
        equal(response.status_code, 200, f"GET {PATH}")
        equal(response.headers.get("content-type", "").partition(";")[0], "text/event-stream", "content type")
        yield _happenings(response)


def _happenings(response: httpx.Response) -> Iterator[Happening]:
    fields: dict[str, list[str]] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            name, last_id = fields.get("event", ["message"])[-1], fields.get("id", [""])[-1]
            yield Happening(name, last_id, msgspec.json.decode("\n".join(fields["data"])))
        fields = {}


def _next(happenings: Iterator[Happening], name: str) -> Happening:
    """The next of this name; what else is told, summaries for one, may come between."""
    try:
        return next(each for each in happenings if each.name == name)
    except (StopIteration, httpx.ReadTimeout):
        raise Unfit(f"the stream told of no `{name}`") from None
