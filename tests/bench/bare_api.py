"""The same paths, bodies and answers on Litestar alone: no keys, no database. `python -m tests.bench.bare_api PORT`."""

import sys
from datetime import UTC, datetime
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.params import JSONBody

from sdk_contracts.wire.devices import DeviceRegistration, Registered
from sdk_contracts.wire.events import EventBatch, EventsAccepted
from sdk_contracts.wire.inbox import InboxItem, InboxPage, InboxSummary
from tests.bench.stand import WORDS

NOW = datetime.now(UTC)
PAGE = InboxPage(
    items=[
        InboxItem(
            id=f"itm_{number:024}",
            campaign_id=f"cmp_{number:024}",
            delivery_id=f"dlv_{number:049}",
            kind="service",
            category=None,
            title=WORDS.title,
            body=WORDS.body,
            image_url=WORDS.image_url,
            link=WORDS.link,
            actions=[],
            data=WORDS.data,
            created_at=NOW,
            expires_at=None,
            seen_at=None,
            read_at=None,
            archived_at=None,
            acknowledged_at=None,
        )
        for number in range(20)
    ],
    next_cursor="0" * 32,
    unread=25,
)


@get("/v1/inbox")
async def inbox(request: Request[Any, Any, Any]) -> Response[InboxPage | None]:
    known = request.headers.get("if-none-match")
    return Response(None, status_code=304) if known else Response(PAGE, headers={"ETag": '"0"'})


@get("/v1/inbox/summary")
async def summary() -> InboxSummary:
    return InboxSummary(unread=25, unseen=25)


@post("/v1/devices")
async def register(data: JSONBody[DeviceRegistration]) -> Registered:
    return Registered(device_id="dev_" + "0" * 24, device_token=data.installation_id * 2, person_id="per_" + "0" * 24)


@post("/v1/events", status_code=202)
async def events(data: JSONBody[EventBatch]) -> EventsAccepted:
    return EventsAccepted(accepted=len(data.events), duplicates=0, rejected=[])


@get("/r/{code:str}", status_code=302)
async def link(code: str) -> Response[None]:
    return Response(None, status_code=302, headers={"Location": "https://shop.example/"}, media_type="text/plain")


if __name__ == "__main__":
    uvicorn.run(
        Litestar([inbox, summary, register, events, link], openapi_config=None, logging_config=None),
        port=int(sys.argv[1]),
        loop="auto",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
