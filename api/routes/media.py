"""Uploaded images: kept for those who compose, shown to everybody who has the address."""

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from api import views
from api.auth import COMPOSE, READ
from api.caching import knows, not_modified
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.engine import Engine
from push.media.formats import TYPES
from push.media.model import MOST_BYTES
from sdk_contracts.wire import media
from sdk_contracts.wire.common import Page

_FOR_ALL = {
    # The bytes behind an id never change.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@post(
    "/v1/media",
    guards=[COMPOSE],
    request_max_body_size=MOST_BYTES,
    opt={"idempotent": True, "takes": TYPES, "problems": (400,)},
)
async def upload_media(
    request: Request[Any, Any, Any],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[media.Media]:
    """Keep an image: the body is its bytes, 1 MiB and 4,096 × 4,096 pixels at most.

    What it is, is seen from the bytes: PNG, JPEG, GIF or WebP. The same bytes are the same image.
    """
    content = await request.body()

    async def upload(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        return 201, views.media(await engine.media.upload(caller, content), engine.media.url)

    return await once("med", upload)


@get("/v1/media", guards=[READ])
async def list_media(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[media.Media]:
    """The app's images, newest first."""
    found, after = await engine.media.page(caller.app_id, limit, place(cursor))
    return page(found, lambda each: views.media(each, engine.media.url), after)


@delete("/v1/media/{media_id:str}", guards=[COMPOSE], opt={"problems": (409,)})
async def delete_media(
    media_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Keep it no longer. Refused while a template, or a campaign that is not over, shows it.

    Inboxes that hold what was sent before show no image any more, once what browsers remember of it has lapsed.
    """
    await engine.media.remove(caller, media_id)


@get(
    "/media/{media_id:str}",
    responses={304: ResponseSpec(None, description="Nothing has changed")},
    opt={"media_types": TYPES, "problems": (404,)},
)
async def get_media(
    request: Request[Any, Any, Any], media_id: FromPath[str], engine: NamedDependency[Engine]
) -> Response[bytes]:
    """The image itself, for everybody who has its address."""
    image = await engine.media.image(media_id)
    headers = {**_FOR_ALL, "ETag": f'"{media_id}"'}
    if knows(request, headers["ETag"]):
        return not_modified(headers)
    return Response(image.content, media_type=image.type, headers=headers)


ROUTES: list[Any] = [upload_media, list_media, delete_media, get_media]
