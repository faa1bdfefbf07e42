"""A person's inbox as it happens, as server-sent events (WHATWG HTML, section 9.2)."""

import random
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter
from litestar.response import Stream

from api import views
from api.auth import DEVICE
from push.engine import Engine
from push.inbox.reading import Reader
from push.inbox.streaming.model import Told
from sdk_contracts.wire import inbox

MEDIA_TYPE = "text/event-stream"
_RETRY_MILLISECONDS = (2_000, 12_000)
"""Clients that lose their stream together come back one by one (the `retry` field)."""
NOT_STORED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", max_length=64, description="The id of the last event that was read."),
]


@get("/v1/inbox/stream", guards=[DEVICE], opt={"problems": (429,), "media_types": [MEDIA_TYPE]})
async def stream_inbox(
    engine: NamedDependency[Engine], reader: NamedDependency[Reader], last_event_id: LastEventId = None
) -> Stream:
    """What happens in the inbox: `item`, `changed`, `removed` and `summary`.

    `item` and `changed` carry an InboxItem, `removed` an InboxRemoved, `summary` an InboxChanged. With `Last-Event-ID`
    it goes on where the last stream ended. A comment comes when nothing else has for 20 s.
    """
    engine.streams.admit(reader)
    return Stream(_written(engine, reader, last_event_id), media_type=MEDIA_TYPE, headers=NOT_STORED)


async def _written(engine: Engine, reader: Reader, last_event_id: str | None) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % random.randint(*_RETRY_MILLISECONDS)  # noqa: S311
    async for told in engine.streams.events(reader, last_event_id):
        yield b":\n\n" if told is None else written(told)


def written(told: Told) -> bytes:
    """One event; JSON has no line breaks of its own, so its data is one line."""
    data = msgspec.json.encode(_data(told))
    return b"event: %b\nid: %b\ndata: %b\n\n" % (told.kind.encode(), str(told.place).encode(), data)


def _data(told: Told) -> Any:
    if told.kind == "summary":
        return inbox.InboxChanged(unread=told.unread, unseen=told.unseen, reload=told.reload)
    if told.kind == "removed":
        return inbox.InboxRemoved(id=told.item_id)
    assert told.item is not None
    return views.item(told.item)


ROUTES: list[Any] = [stream_inbox]
