"""Calls about webhooks, which only an owner may make."""

from urllib.parse import quote

from dashboard.transport import Transport
from sdk_contracts.wire.common import Page
from sdk_contracts.wire.webhooks import Webhook, WebhookChange, WebhookCreated, WebhookDelivery, WebhookRequest


class WebhookCalls(Transport):
    def webhooks(self) -> list[Webhook]:
        return self._ask(Page[Webhook], "GET", "/v1/webhooks", query={"limit": "100"}).items

    def create_webhook(self, request: WebhookRequest, idempotency_key: str) -> WebhookCreated:
        return self._ask(WebhookCreated, "POST", "/v1/webhooks", body=request, idempotency_key=idempotency_key)

    def change_webhook(self, webhook_id: str, change: WebhookChange) -> Webhook:
        return self._ask(Webhook, "PATCH", _path(webhook_id), body=change)

    def delete_webhook(self, webhook_id: str) -> None:
        self._send("DELETE", _path(webhook_id))

    def webhook_deliveries(self, webhook_id: str, state: str, limit: int) -> list[WebhookDelivery]:
        """The newest, in this state unless it is empty."""
        query = {"limit": str(limit)} | ({"state": state} if state else {})
        return self._ask(Page[WebhookDelivery], "GET", _path(webhook_id) + "/deliveries", query=query).items

    def replay_webhook(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        path = f"{_path(webhook_id)}/deliveries/{quote(delivery_id, safe='')}/replay"
        return self._ask(WebhookDelivery, "POST", path)


def _path(webhook_id: str) -> str:
    return f"/v1/webhooks/{quote(webhook_id, safe='')}"
