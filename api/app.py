"""Puts the HTTP side together."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import structlog
from litestar import Litestar, Request
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

import sdk_contracts
from api import problems, routes
from api.auth import provide_caller, provide_device
from api.counts import Requests
from api.decoding import StrictRequest
from api.edge import add_headers, measured
from api.files import read_folder
from api.idempotency import provide_once
from api.openapi import CONFIG, document, encoded, http_routes
from api.routes.inbox import provide_person_id, provide_reader
from api.settings import ApiSettings
from api.shedding import Limiter, shedding
from push.engine import Engine, open_engine
from push.settings import Settings

WEB = Path(sdk_contracts.__file__).parent / "web"
DATABASE_SECONDS = 3.0
"""How long one call to the database may take, so that a caller hears of an outage within 5 s."""


def create_app(settings: Settings, options: ApiSettings | None = None) -> Litestar:
    """The API over an engine of its own, which it opens and closes with itself."""
    options = options or ApiSettings()

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_engine(settings, "api", database_timeout_seconds=DATABASE_SECONDS) as engine:
            app.state.engine = engine
            engine.streams.most = options.most_streams
            yield

    app = _assemble(options, lifespan, None)
    app.state.methods = {route.path_format: ", ".join(sorted(route.methods)) for route in http_routes(app)}
    app.state.requests = Requests()
    app.state.web = read_folder(WEB)
    app.state.schema = encoded(describe())
    limiter = Limiter(options.most_at_once)
    app.asgi_handler = measured(shedding(app.asgi_handler, limiter), app.state.requests)
    return app


def describe() -> dict[str, Any]:
    """The OpenAPI document of the routes as they are served."""
    return document(_assemble(ApiSettings(), None, CONFIG))


def _assemble(
    options: ApiSettings,
    lifespan: Callable[[Litestar], contextlib.AbstractAsyncContextManager[None]] | None,
    openapi: OpenAPIConfig | None,
) -> Litestar:
    return Litestar(
        route_handlers=routes.ALL,
        request_class=StrictRequest,
        request_max_body_size=options.max_body_bytes,
        dependencies={
            "engine": Provide(provide_engine, sync_to_thread=False),
            "caller": Provide(provide_caller, sync_to_thread=False),
            "device": Provide(provide_device),
            "once": Provide(provide_once, sync_to_thread=False),
            "person_id": Provide(provide_person_id, sync_to_thread=False),
            "reader": Provide(provide_reader),
        },
        exception_handlers={Exception: problems.answer},
        before_send=[add_headers],
        lifespan=[lifespan] if lifespan else [],
        openapi_config=openapi,
        logging_config=None,
    )


def provide_engine(request: Request[Any, Any, Any]) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def log_as_lines() -> None:
    """One JSON object a line, for processes of this API."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(),
    )
