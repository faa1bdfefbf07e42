"""Webhooks: what happens to campaigns and deliveries, posted to the app's own backend."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from sdk_contracts.wire.common import Contract, Request, Time, WebAddress

WebhookEvent = Literal[
    "campaign.draft",
    "campaign.in_review",
    "campaign.approved",
    "campaign.scheduled",
    "campaign.sending",
    "campaign.sent",
    "campaign.paused",
    "campaign.cancelled",
    "campaign.failed",
    "delivery.accepted",
    "delivery.failed",
    "delivery.dead",
    "delivery.received",
    "delivery.opened",
    "delivery.clicked",
]
Events = Annotated[list[WebhookEvent], Meta(min_length=1, max_length=20)]


class WebhookRequest(Request, frozen=True, kw_only=True):
    url: WebAddress
    """Of a public host, by https."""
    events: Events
    active: bool = True


class WebhookChange(Request, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    url: WebAddress | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Webhook(Contract, frozen=True, kw_only=True):
    id: str
    url: str
    events: list[str]
    active: bool
    stopped_by: str | None
    """Why nothing is posted any more, where the receiver ended it: `http_410`."""
    created_at: Time


class WebhookCreated(Contract, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    id: str
    url: str
    events: list[str]
    active: bool
    secret: str
    """What signatures are checked with (Standard Webhooks): `whsec_` and base64."""
    created_at: Time


class WebhookDelivery(Contract, frozen=True, kw_only=True):
    """One post: what it says, and what became of it. Kept for seven days."""

    id: str
    """The `webhook-id` that it carries at each try."""
    event: str
    """One of a campaign's, or `delivery.steps`: up to 500 steps of deliveries, of those the webhook asks for."""
    state: Literal["pending", "sent", "dead"]
    tries: int
    """Since it was written or last replayed; ten at most."""
    status: int | None
    """Of the last answer."""
    reason: str | None
    """Why the last try failed: `http_500`, `timeout`, `address_refused`, …; there may be more."""
    not_before: Time | None
    """When it is tried next, while it is pending."""
    settled_at: Time | None
    payload: dict[str, Any]
    """The body."""
    created_at: Time
