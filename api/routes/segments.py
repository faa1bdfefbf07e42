"""Segments, for those who compose."""

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api import views
from api.auth import COMPOSE, READ
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.audience.segments.model import Segment
from push.engine import Engine
from sdk_contracts.wire import audience
from sdk_contracts.wire.common import Page


@post("/v1/segments", guards=[COMPOSE], opt={"idempotent": True})
async def create_segment(
    data: JSONBody[audience.SegmentRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[audience.Segment]:
    """Keep a rule under a name, for audiences and other segments to name."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        return 201, await _view(engine, await engine.segments.create(caller, data, attempt.resource_id))

    return await once("seg", create)


@get("/v1/segments", guards=[READ])
async def list_segments(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[audience.Segment]:
    """The app's segments, newest first."""
    found, after = await engine.segments.page(caller.app_id, limit, place(cursor))
    shown = [await _view(engine, each) for each in found]
    return page(shown, lambda each: each, after)


@get("/v1/segments/{segment_id:str}", guards=[READ])
async def get_segment(
    segment_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> audience.Segment:
    """One segment, and what names it."""
    return await _view(engine, await engine.segments.get(caller.app_id, segment_id))


@patch("/v1/segments/{segment_id:str}", guards=[COMPOSE])
async def change_segment(
    segment_id: FromPath[str],
    data: JSONBody[audience.SegmentChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> audience.Segment:
    """Change what is given. Campaigns that have begun mean what it said then; those that wait mean what it says."""
    return await _view(engine, await engine.segments.change(caller, segment_id, data))


@delete("/v1/segments/{segment_id:str}", guards=[COMPOSE], opt={"problems": (409,)})
async def delete_segment(
    segment_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Keep it no longer. Refused while a campaign that is not over, or another segment, names it."""
    await engine.segments.remove(caller, segment_id)


async def _view(engine: Engine, segment: Segment) -> audience.Segment:
    return views.segment(segment, await engine.segments.uses(segment.app_id, segment.id))


ROUTES: list[Any] = [create_segment, list_segments, get_segment, change_segment, delete_segment]
