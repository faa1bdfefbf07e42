"""A person's inbox and preferences, through one of their devices."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from api import views
from api.auth import DEVICE
from api.paging import DEFAULT_LIMIT, Cursor, Limit, opaque, place
from push.apps.model import Principal
from push.engine import Engine
from sdk_contracts.wire import inbox, people

Filter = Annotated[
    Literal["all", "unread", "archived"], QueryParameter(description="Which items; `all` is unarchived.")
]
VERBS = ("read", "unread", "seen", "archive", "unarchive", "acknowledge")


async def provide_person_id(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], device_id: NamedDependency[str]
) -> str:
    """The person who uses the calling device now. Raises DeviceNotFound."""
    return (await engine.devices.get(caller.app_id, device_id)).person_id


@get("/v1/me/preferences", guards=[DEVICE])
async def get_preferences(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], person_id: NamedDependency[str]
) -> people.Preferences:
    """What the person wants and agreed to."""
    return views.preferences(await engine.people.preferences(caller.app_id, person_id))


@put("/v1/me/preferences", guards=[DEVICE])
async def change_preferences(
    data: JSONBody[people.PreferencesChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    person_id: NamedDependency[str],
) -> people.Preferences:
    """Change what is given; the answer is all of it."""
    return views.preferences(await engine.people.change_preferences(caller.app_id, person_id, data))


@get("/v1/inbox", guards=[DEVICE], responses={304: ResponseSpec(None, description="Nothing has changed")})
async def get_inbox(
    request: Request[Any, Any, Any],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    person_id: NamedDependency[str],
    filter: Filter = "all",  # noqa: A002
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Response[inbox.InboxPage]:
    """A page of the inbox, newest first, with an ETag."""
    page = await engine.inbox.page(caller.app_id, person_id, filter, limit, place(cursor))
    view = inbox.InboxPage(
        items=[views.item(item) for item in page.items], next_cursor=opaque(page.next_cursor), unread=page.unread
    )
    return _unless_known(request, msgspec.json.encode(view))


def _unless_known(request: Request[Any, Any, Any], body: bytes) -> Response[Any]:
    """304 where the caller has exactly this answer (RFC 9110, section 13.1.2)."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@get("/v1/inbox/summary", guards=[DEVICE])
async def get_inbox_summary(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], person_id: NamedDependency[str]
) -> inbox.InboxSummary:
    """What a badge shows."""
    unread, unseen = await engine.inbox.summary(caller.app_id, person_id)
    return inbox.InboxSummary(unread=unread, unseen=unseen)


@post([f"/v1/inbox/{{item_id:str}}/{verb}" for verb in VERBS], guards=[DEVICE], status_code=204)
async def mark_inbox_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    person_id: NamedDependency[str],
) -> None:
    """Mark an item; doing so again changes nothing."""
    verb: Any = request.url.path.rstrip("/").rpartition("/")[2]
    await engine.inbox.mark(caller.app_id, person_id, item_id, verb)


@delete("/v1/inbox/{item_id:str}", guards=[DEVICE])
async def delete_inbox_item(
    item_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    person_id: NamedDependency[str],
) -> None:
    """The person does not see the item any more; doing so again changes nothing."""
    await engine.inbox.mark(caller.app_id, person_id, item_id, "delete")


@post("/v1/inbox/read-all", guards=[DEVICE], status_code=204)
async def read_all_inbox_items(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal], person_id: NamedDependency[str]
) -> None:
    """Mark everything there is now as read."""
    await engine.inbox.read_all(caller.app_id, person_id)


ROUTES: list[Any] = [
    get_preferences,
    change_preferences,
    get_inbox,
    get_inbox_summary,
    mark_inbox_item,
    delete_inbox_item,
    read_all_inbox_items,
]
