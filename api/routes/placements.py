"""Placements, for those who compose, and their numbers."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from api import placements as views
from api import spans
from api.auth import COMPOSE, READ
from api.decoding import bad_field
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from api.routes.exports import MEDIA_TYPES as FILE_TYPES
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.engagement.exports.model import VISITS, Format, Line
from push.engagement.exports.service import write
from push.engine import Engine
from push.placements import qr
from push.placements.model import Placement
from sdk_contracts.wire import placements
from sdk_contracts.wire.common import Page

Archived = Annotated[bool, QueryParameter(description="Those that are archived, instead of the others.")]
OfCampaign = Annotated[
    str,
    QueryParameter(name="campaign_id", max_length=64, pattern="^(cmp_[0-9a-v]+)?$", description="Only this one's."),
]
Width = Literal["hour", "day"]
Bucket = Annotated[Width, QueryParameter(description="How wide a point is, in UTC.")]
FileForm = Annotated[Format, QueryParameter(name="format", description="How it is written.")]
Form = Annotated[qr.Form, QueryParameter(name="format", description="SVG for print, PNG for screens.")]
Size = Annotated[
    int, QueryParameter(ge=qr.SMALLEST, le=qr.LARGEST, description="Pixels, its white border included; at most.")
]
Level = Annotated[
    qr.Level,
    QueryParameter(description="How much of it may be lost: 15 % (M) or 25 % (Q). More where there is room."),
]
MEDIA_TYPES: dict[qr.Form, str] = {"svg": "image/svg+xml", "png": "image/png"}
_USUAL = timedelta(days=7)
_LONGEST = {"hour": timedelta(days=92), "day": timedelta(days=1100)}


async def _view(engine: Engine, found: Placement) -> placements.Placement:
    numbers = await engine.placements.numbers(found.app_id, [found])
    return views.placement(engine.placements, found, numbers[found.id])


@post("/v1/placements", guards=[COMPOSE], opt={"idempotent": True})
async def create_placement(
    data: JSONBody[placements.PlacementRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[placements.Placement]:
    """A place outside the app that gets a tracked link and a QR code."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        made = await engine.placements.create(caller.app_id, data, attempt.resource_id)
        await engine.audit.record(
            caller, "placement.created", made.id, {"kind": made.kind}, attempt_id=attempt.resource_id
        )
        return 201, await _view(engine, made)

    return await once("plc", create)


@get("/v1/placements", guards=[READ])
async def list_placements(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    archived: Archived = False,
    campaign_id: OfCampaign = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[placements.Placement]:
    """The app's placements with all that was counted of each, newest first."""
    found, after = await engine.placements.page(
        caller.app_id, limit, place(cursor), archived=archived, campaign_id=campaign_id or None
    )
    numbers = await engine.placements.numbers(caller.app_id, found)
    return page(found, lambda each: views.placement(engine.placements, each, numbers[each.id]), after)


@get("/v1/placements/{placement_id:str}", guards=[READ])
async def get_placement(
    placement_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> placements.Placement:
    """One placement."""
    return await _view(engine, await engine.placements.get(caller.app_id, placement_id))


@patch("/v1/placements/{placement_id:str}", guards=[COMPOSE])
async def change_placement(
    placement_id: FromPath[str],
    data: JSONBody[placements.PlacementChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> placements.Placement:
    """Change what is given. What is printed stays good: its codes lead to the new link."""
    changed = await engine.placements.change(caller.app_id, placement_id, data)
    await engine.audit.record(caller, "placement.changed", placement_id, {"fields": list(msgspec.to_builtins(data))})
    return await _view(engine, changed)


@delete("/v1/placements/{placement_id:str}", guards=[COMPOSE])
async def delete_placement(
    placement_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """For good, with its numbers; its codes answer 404. To keep the numbers, archive it."""
    await engine.placements.remove(caller.app_id, placement_id)
    await engine.audit.record(caller, "placement.deleted", placement_id)


@post("/v1/placements/{placement_id:str}/archive", guards=[COMPOSE], status_code=200)
async def archive_placement(
    placement_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> placements.Placement:
    """Out of the list; its codes answer 410 from now on, and its numbers stay."""
    archived = await engine.placements.archive(caller.app_id, placement_id)
    await engine.audit.record(caller, "placement.archived", placement_id)
    return await _view(engine, archived)


@post("/v1/placements/{placement_id:str}/unarchive", guards=[COMPOSE], status_code=200)
async def unarchive_placement(
    placement_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> placements.Placement:
    """Back into the list; its codes lead to its link again, until its end."""
    back = await engine.placements.unarchive(caller.app_id, placement_id)
    await engine.audit.record(caller, "placement.unarchived", placement_id)
    return await _view(engine, back)


@get("/v1/placements/{placement_id:str}/metrics", guards=[READ], opt={"parameters": spans.STRICTER})
async def get_placement_metrics(
    placement_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    since: spans.Since = spans.UNSAID,
    until: spans.Until = spans.UNSAID,
    bucket: Bucket = "day",
) -> placements.PlacementMetrics:
    """Clicks and scans by hour, in a time of up to 92 days, or by day, in one of up to 1,100."""
    found = await engine.placements.get(caller.app_id, placement_id)
    start, stop = _span(engine, since, until, bucket)
    series = await engine.placements.series(caller.app_id, found.id, bucket, start, stop)
    return views.metrics(found.id, bucket, start, stop, series, engine.clock.now())


@get(
    "/v1/placements/{placement_id:str}/export",
    guards=[READ],
    opt={"parameters": spans.STRICTER, "media_types": [*FILE_TYPES.values()]},
)
async def export_placement(
    placement_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    since: spans.Since = spans.UNSAID,
    until: spans.Until = spans.UNSAID,
    bucket: Bucket = "day",
    form: FileForm = "csv",
) -> Stream:
    """The same numbers as a file, a line for each hour or day in which anything was counted."""
    found = await engine.placements.get(caller.app_id, placement_id)
    start, stop = _span(engine, since, until, bucket)
    series = await engine.placements.series(caller.app_id, found.id, bucket, start, stop)

    async def lines() -> AsyncIterator[list[Line]]:
        yield [{"at": at, **counted} for at, counted in series]

    named = {"Content-Disposition": f'attachment; filename="{found.id}-{bucket}.{form}"', "Cache-Control": "no-store"}
    return Stream(write(VISITS, lines(), form), media_type=FILE_TYPES[form], headers=named)


def _span(engine: Engine, since: str, until: str, bucket: Width) -> tuple[datetime, datetime]:
    """Raises BadInput."""
    stop = spans.moment("to", until) or engine.clock.now()
    start = spans.moment("from", since) or stop - _USUAL
    if not start < stop <= start + _LONGEST[bucket]:
        raise bad_field("/from", f"`from` must come before `to`, by at most {_LONGEST[bucket].days} days.")
    return start, stop


@get("/v1/placements/{placement_id:str}/qr", guards=[READ], opt={"media_types": [*MEDIA_TYPES.values()]})
async def draw_placement_code(
    placement_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    form: Form = "svg",
    size: Size = 512,
    level: Level = "M",
) -> Response[bytes]:
    """Its QR code, to be printed, with the white border it needs."""
    found = await engine.placements.get(caller.app_id, placement_id)
    drawn = qr.draw(engine.placements.url(found, "scan"), form, size, level)
    named = {"Content-Disposition": f'inline; filename="{found.id}.{form}"'}
    return Response(drawn, media_type=MEDIA_TYPES[form], headers=named)


ROUTES: list[Any] = [
    create_placement,
    list_placements,
    get_placement,
    change_placement,
    delete_placement,
    archive_placement,
    unarchive_placement,
    get_placement_metrics,
    export_placement,
    draw_placement_code,
]
