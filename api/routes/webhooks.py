"""An app's webhooks, for its owner: where they lead, what was posted, and posting it again."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api import views
from api.auth import OWNER
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.engine import Engine
from sdk_contracts.wire import webhooks
from sdk_contracts.wire.common import Page

DeliveryState = Annotated[
    Literal["pending", "sent", "dead", ""], QueryParameter(name="state", description="Only those in this state.")
]


@post("/v1/webhooks", guards=[OWNER], opt={"idempotent": True})
async def create_webhook(
    data: JSONBody[webhooks.WebhookRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[webhooks.WebhookCreated]:
    """Post events to an address from now on, signed with a secret that is shown this once."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        webhook, secret = await engine.webhooks.create(
            caller.app_id, data.url, data.events, active=data.active, webhook_id=attempt.resource_id
        )
        await engine.audit.record(
            caller, "webhook.created", webhook.id, {"events": list(webhook.events)}, attempt_id=attempt.resource_id
        )
        return 201, views.webhook_created(webhook, secret)

    return await once("whk", create)


@get("/v1/webhooks", guards=[OWNER])
async def list_webhooks(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[webhooks.Webhook]:
    """The app's webhooks, oldest first. An app has few, so they are read at once."""
    after = place(cursor) or ""
    rest = [each for each in await engine.webhooks.all(caller.app_id) if each.id > after]
    return page(rest[:limit], views.webhook, rest[limit - 1].id if len(rest) > limit else None)


@get("/v1/webhooks/{webhook_id:str}", guards=[OWNER])
async def get_webhook(
    webhook_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> webhooks.Webhook:
    """One webhook, without its secret."""
    return views.webhook(await engine.webhooks.get(caller.app_id, webhook_id))


@patch("/v1/webhooks/{webhook_id:str}", guards=[OWNER])
async def change_webhook(
    webhook_id: FromPath[str],
    data: JSONBody[webhooks.WebhookChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> webhooks.Webhook:
    """Change what is given. What waits while it is not active is posted once it is again, within seven days."""
    given = msgspec.to_builtins(data)
    webhook = await engine.webhooks.change(caller.app_id, webhook_id, given)
    await engine.audit.record(caller, "webhook.changed", webhook_id, {"fields": list(given)})
    return views.webhook(webhook)


@delete("/v1/webhooks/{webhook_id:str}", guards=[OWNER])
async def delete_webhook(
    webhook_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Nothing is posted to it any more, nor kept of what was."""
    await engine.webhooks.remove(caller.app_id, webhook_id)
    await engine.audit.record(caller, "webhook.deleted", webhook_id)


@get("/v1/webhooks/{webhook_id:str}/deliveries", guards=[OWNER])
async def list_webhook_deliveries(
    webhook_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    in_state: DeliveryState = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[webhooks.WebhookDelivery]:
    """What was posted in the last seven days or is to be, newest first; those given up are `dead`."""
    found, after = await engine.webhooks.deliveries(caller.app_id, webhook_id, limit, place(cursor), in_state or None)
    return page(found, views.webhook_delivery, after)


@post("/v1/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/replay", guards=[OWNER], status_code=200)
async def replay_webhook_delivery(
    webhook_id: FromPath[str],
    delivery_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> webhooks.WebhookDelivery:
    """Post it again under the id it had, with all its tries before it."""
    delivery = await engine.webhooks.replay(caller.app_id, webhook_id, delivery_id)
    await engine.audit.record(caller, "webhook.delivery.replayed", webhook_id, {"delivery_id": delivery_id})
    return views.webhook_delivery(delivery)


ROUTES: list[Any] = [
    create_webhook,
    list_webhooks,
    get_webhook,
    change_webhook,
    delete_webhook,
    list_webhook_deliveries,
    replay_webhook_delivery,
]
