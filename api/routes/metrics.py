"""The app at a glance."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from api import measures, spans
from api.auth import READ
from api.decoding import bad_field
from api.routes.streams import MEDIA_TYPE, NOT_STORED
from push.apps.model import Principal
from push.engine import Engine
from sdk_contracts.wire import campaigns, metrics
from sdk_contracts.wire.live import LiveMetrics

_USUAL = timedelta(days=7)
_LONGEST = timedelta(days=92)
_USUAL_DAYS = timedelta(days=30)
_LONGEST_DAYS = timedelta(days=400)
Day = Annotated[str, QueryParameter(name="from", description="30 days before the end unless given.")]


@get("/v1/metrics/overview", guards=[READ], opt={"parameters": spans.STRICTER})
async def get_overview(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    since: spans.Since = spans.UNSAID,
    until: spans.Until = spans.UNSAID,
) -> campaigns.Overview:
    """What happened in a time of up to 92 days, in whole hours, and how many devices can be reached now."""
    stop = spans.moment("to", until) or engine.clock.now()
    start = spans.moment("from", since) or stop - _USUAL
    if not start < stop <= start + _LONGEST:
        raise bad_field("/from", "`from` must come before `to`, by at most 92 days.")
    return measures.overview(await engine.overviews.overview(caller.app_id, start, stop))


@get("/v1/metrics/audience", guards=[READ], opt={"parameters": spans.STRICTER})
async def get_audience_series(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    since: Day = spans.UNSAID,
    until: spans.Until = spans.UNSAID,
) -> metrics.AudienceSeries:
    """How many devices came, went and changed their minds, by whole days (UTC) of a time of up to 400 days."""
    now = engine.clock.now()
    stop = spans.moment("to", until) or now
    start = spans.moment("from", since) or stop - _USUAL_DAYS
    if not start < stop <= start + _LONGEST_DAYS:
        raise bad_field("/from", "`from` must come before `to`, by at most 400 days.")
    return measures.audience(await engine.device_store.churn.days(caller.app_id, start, stop), now)


@get("/v1/metrics/live", guards=[READ], opt={"media_types": [MEDIA_TYPE]})
async def watch_metrics(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> Stream:
    """What is being sent and reported now: every two seconds a server-sent event `live` that carries LiveMetrics."""
    engine.live_numbers.admit()
    return Stream(_watched(engine, caller.app_id), media_type=MEDIA_TYPE, headers=NOT_STORED)


@get("/v1/metrics/now", guards=[READ])
async def get_live_metrics(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> LiveMetrics:
    """The last of what `/v1/metrics/live` says, for those who look every few seconds: all of them share one look.

    The first answer after a pause says nothing of how fast things are.
    """
    return measures.live(await engine.live_numbers.now(caller.app_id))


@get("/v1/metrics/devices", guards=[READ])
async def get_device_metrics(
    engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.DeviceMetrics:
    """How many devices there are, by what they say of themselves, and how many can be pushed to."""
    return measures.devices(await engine.censuses.census(caller.app_id))


async def _watched(engine: Engine, app_id: str) -> AsyncIterator[bytes]:
    async for live in engine.live_numbers.watch(app_id):
        yield b"event: live\ndata: %b\n\n" % msgspec.json.encode(measures.live(live))


ROUTES: list[Any] = [get_overview, get_audience_series, watch_metrics, get_live_metrics, get_device_metrics]
