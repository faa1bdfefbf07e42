"""Templates, for those who compose."""

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
from push.engine import Engine
from sdk_contracts.wire import templates
from sdk_contracts.wire.common import Page


@post("/v1/templates", guards=[COMPOSE], opt={"idempotent": True})
async def create_template(
    data: JSONBody[templates.TemplateRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[templates.Template]:
    """Keep content under a name, to begin campaigns with."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        return 201, views.template(await engine.templates.create(caller.app_id, data, attempt.resource_id))

    return await once("tpl", create)


@get("/v1/templates", guards=[READ])
async def list_templates(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[templates.Template]:
    """The app's templates, newest first."""
    found, after = await engine.templates.page(caller.app_id, limit, place(cursor))
    return page(found, views.template, after)


@get("/v1/templates/{template_id:str}", guards=[READ])
async def get_template(
    template_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> templates.Template:
    """One template."""
    return views.template(await engine.templates.get(caller.app_id, template_id))


@patch("/v1/templates/{template_id:str}", guards=[COMPOSE])
async def change_template(
    template_id: FromPath[str],
    data: JSONBody[templates.TemplateChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> templates.Template:
    """Change what is given. Campaigns that began with it stay as they are."""
    return views.template(await engine.templates.change(caller.app_id, template_id, data))


@delete("/v1/templates/{template_id:str}", guards=[COMPOSE])
async def delete_template(
    template_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Keep it no longer. Campaigns that began with it stay as they are."""
    await engine.templates.remove(caller.app_id, template_id)


ROUTES: list[Any] = [create_template, list_templates, get_template, change_template, delete_template]
