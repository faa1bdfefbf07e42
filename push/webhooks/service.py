"""An app's webhooks: registering them, and looking at what was posted."""

from collections.abc import Sequence
from typing import Any

from push.apps.vault import Vault
from push.clock import Clock
from push.errors import BadCursor, DeliveryNotFound, Invalid, WebhookNotFound
from push.ids import new_id
from push.webhooks.addresses import check_address
from push.webhooks.model import MOST_WEBHOOKS, Delivery, State, Webhook
from push.webhooks.signing import new_secret
from push.webhooks.store import OutboxStore, WebhookStore


class Webhooks:
    def __init__(
        self, store: WebhookStore, deliveries: OutboxStore, vault: Vault, named_hosts: frozenset[str], clock: Clock
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._vault = vault
        self._named_hosts = named_hosts
        self._clock = clock

    async def create(
        self, app_id: str, url: str, events: Sequence[str], *, active: bool = True, webhook_id: str | None = None
    ) -> tuple[Webhook, str]:
        """The webhook, and its secret, which is not shown again; one with this id gets another secret.

        Raises Invalid.
        """
        check_address(url, self._named_hosts)
        if len(await self._store.all(app_id)) >= MOST_WEBHOOKS:
            raise Invalid("", f"An app has {MOST_WEBHOOKS} webhooks at most.")
        secret = new_secret()
        made = webhook_id or new_id("whk")
        webhook = Webhook(
            id=made,
            app_id=app_id,
            url=url,
            events=tuple(dict.fromkeys(events)),
            active=active,
            sealed=self._vault.seal(secret.encode(), _owner(app_id, made)),
            created_at=self._clock.now(),
        )
        if not await self._store.add(webhook):
            await self._store.change(app_id, made, {"sealed": webhook.sealed})
        return webhook, secret

    async def all(self, app_id: str) -> list[Webhook]:
        """Oldest first."""
        return await self._store.all(app_id)

    async def get(self, app_id: str, webhook_id: str) -> Webhook:
        """Raises WebhookNotFound."""
        webhook = await self._store.get(app_id, webhook_id)
        if webhook is None:
            raise WebhookNotFound(webhook_id)
        return webhook

    def secret(self, webhook: Webhook) -> str:
        """Raises cryptography.exceptions.InvalidTag when the master secret is another one."""
        return self._vault.open(webhook.sealed, _owner(webhook.app_id, webhook.id)).decode()

    async def change(self, app_id: str, webhook_id: str, fields: dict[str, Any]) -> Webhook:
        """Change what is given of `url`, `events` and `active`. Raises WebhookNotFound, Invalid."""
        if "url" in fields:
            check_address(fields["url"], self._named_hosts)
        if "events" in fields:
            fields = {**fields, "events": list(dict.fromkeys(fields["events"]))}
        if "active" in fields:
            fields = {**fields, "stopped_by": None}
        changed = await self._store.change(app_id, webhook_id, fields) if fields else None
        return changed or await self.get(app_id, webhook_id)

    async def remove(self, app_id: str, webhook_id: str) -> None:
        """With all that was to be posted to it. Raises WebhookNotFound."""
        if not await self._store.remove(app_id, webhook_id):
            raise WebhookNotFound(webhook_id)
        await self._deliveries.remove(app_id, webhook_id)

    async def deliveries(
        self, app_id: str, webhook_id: str, limit: int, cursor: str | None, state: State | None
    ) -> tuple[list[Delivery], str | None]:
        """Newest first, and the cursor of the next page. Raises WebhookNotFound, BadCursor."""
        await self.get(app_id, webhook_id)
        if cursor is not None and not cursor.startswith("whd_"):
            raise BadCursor
        found = await self._deliveries.page(app_id, webhook_id, cursor, limit + 1, state)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def replay(self, app_id: str, webhook_id: str, delivery_id: str) -> Delivery:
        """Post it again, whatever became of it; one that is being posted this moment stays as it is.

        It carries the id it had, so a receiver that has seen it can tell. Raises WebhookNotFound, DeliveryNotFound.
        """
        await self.get(app_id, webhook_id)
        await self._deliveries.again(app_id, webhook_id, delivery_id, self._clock.now())
        delivery = await self._deliveries.get(app_id, webhook_id, delivery_id)
        if delivery is None:
            raise DeliveryNotFound(delivery_id)
        return delivery


def _owner(app_id: str, webhook_id: str) -> str:
    return f"{app_id}:{webhook_id}"
