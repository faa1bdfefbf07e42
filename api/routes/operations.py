"""For operators: is it alive, can it serve, how does it do, and what does it offer."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from api.counts import Requests
from push.engine import Engine
from sdk_contracts.wire.operations import Health

METRICS_TYPE = "text/plain; version=0.0.4"


@get("/health/live")
async def get_liveness() -> Health:
    """The process answers."""
    return Health(status="live")


@get("/health/ready")
async def get_readiness(engine: NamedDependency[Engine]) -> Health:
    """The database answers as well; 503 while it does not."""
    await engine.database.ping()
    return Health(status="ready")


@get("/metrics", media_type=MediaType.TEXT, include_in_schema=False)
async def get_process_metrics(request: Request[Any, Any, Any], engine: NamedDependency[Engine]) -> Response[bytes]:
    """Numbers for Prometheus: of this process, and of what waits in the first 100 apps."""
    requests: Requests = request.app.state.requests
    requests.tell(engine.recorder.queued, await engine.live_numbers.standing_of_all(engine.apps))
    return Response(requests.page(), media_type=METRICS_TYPE)


@get("/schema", include_in_schema=False)
async def get_schema(request: Request[Any, Any, Any]) -> Response[bytes]:
    """This API as OpenAPI 3.1."""
    return Response(request.app.state.schema, media_type="application/json", headers={"Cache-Control": "no-cache"})


ROUTES: list[Any] = [get_liveness, get_readiness, get_process_metrics, get_schema]
