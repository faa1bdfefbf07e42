"""A person's inbox and preferences, through one of their devices."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from api import views
from api.auth import DEVICE
from api.caching import knows, not_modified
from api.paging import DEFAULT_LIMIT, Cursor, Limit, opaque, place
from push.apps.model import Principal
from push.devices.model import Device
from push.engine import Engine
from push.inbox.model import checked
from push.inbox.reading import Reader
from sdk_contracts.wire import inbox, people

Filter = Annotated[
    Literal["all", "unread", "archived"], QueryParameter(description="Which items; `all` is unarchived.")
]
VERBS = ("read", "unread", "seen", "archive", "unarchive", "acknowledge")


def provide_person_id(device: NamedDependency[Device]) -> str:
    """The person who uses the calling device now."""
    return device.person_id


async def provide_reader(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> Reader:
    """The person who uses the calling device now, with all that is needed to show them their inbox but its items.

    Raises DeviceNotFound, Unauthenticated.
    """
    reader = await engine.inbox.reader(caller.app_id, caller.device_id or "")
    reader.device.check_key(caller.generation)
    return reader


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
    reader: NamedDependency[Reader],
    filter: Filter = "all",  # noqa: A002
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Response[inbox.InboxPage]:
    """A page of the inbox, newest first, with an ETag."""
    before = checked(place(cursor))
    headers = {"ETag": f'"{reader.fingerprint(filter, limit, before)}"', "Cache-Control": "private, no-cache"}
    if knows(request, headers["ETag"]):
        return not_modified(headers)
    page = await engine.inbox.page(reader, filter, limit, before)
    view = inbox.InboxPage(
        items=[views.item(item) for item in page.items], next_cursor=opaque(page.next_cursor), unread=page.unread
    )
    return Response(view, headers=headers)


@get("/v1/inbox/summary", guards=[DEVICE])
async def get_inbox_summary(reader: NamedDependency[Reader]) -> inbox.InboxSummary:
    """What a badge shows."""
    unread, unseen = reader.counts()
    return inbox.InboxSummary(unread=unread, unseen=unseen)


@post([f"/v1/inbox/{{item_id:str}}/{verb}" for verb in VERBS], guards=[DEVICE], status_code=204)
async def mark_inbox_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[str],
    engine: NamedDependency[Engine],
    reader: NamedDependency[Reader],
) -> None:
    """Mark an item; doing so again changes nothing."""
    verb: Any = request.url.path.rstrip("/").rpartition("/")[2]
    await engine.inbox.mark(reader, item_id, verb)


@delete("/v1/inbox/{item_id:str}", guards=[DEVICE])
async def delete_inbox_item(
    item_id: FromPath[str],
    engine: NamedDependency[Engine],
    reader: NamedDependency[Reader],
) -> None:
    """The person does not see the item any more; doing so again changes nothing."""
    await engine.inbox.mark(reader, item_id, "delete")


@post("/v1/inbox/read-all", guards=[DEVICE], status_code=204)
async def read_all_inbox_items(engine: NamedDependency[Engine], reader: NamedDependency[Reader]) -> None:
    """Mark everything there is now as read."""
    await engine.inbox.read_all(reader)


ROUTES: list[Any] = [
    get_preferences,
    change_preferences,
    get_inbox,
    get_inbox_summary,
    mark_inbox_item,
    delete_inbox_item,
    read_all_inbox_items,
]
