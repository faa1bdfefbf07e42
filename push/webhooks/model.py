"""A webhook, what is posted to it, and how often that is tried."""

from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import msgspec
from msgspec import Struct

from push.leases import Lease

State = Literal["pending", "sent", "dead"]
STEPS_EVENT = "delivery.steps"
"""The type of a post that carries steps of deliveries, whichever."""
MOST_STEPS = 500
"""In one post."""
MOST_WEBHOOKS = 20
"""Of one app."""
MOST_TRIES = 10
TIMEOUT_SECONDS = 10.0
"""Of one try, from its start to the last byte of the answer."""
SHORTEST_LEASE = timedelta(seconds=2 * TIMEOUT_SECONDS)
KEPT = timedelta(days=7)
"""How long a delivery can be looked at and replayed; one that is still to be posted goes then, too."""
_FIRST_SECONDS = 10.0
_GROWS = 4.0
_LONGEST_SECONDS = 6 * 3600.0


class Webhook(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    url: str
    events: tuple[str, ...]
    active: bool = True
    stopped_by: str | None = None
    """Why we stopped by ourselves; None while it is active, or where its owner stopped it."""
    sealed: bytes
    """The signing secret, as the vault keeps it."""
    created_at: datetime


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one delivery of a campaign."""

    event: str
    """`delivery.accepted`, `delivery.opened`, …"""
    delivery_id: str
    campaign_id: str
    channel: str
    at: datetime
    reason: str | None = None


class Delivery(Struct, frozen=True, kw_only=True):
    """One post to one webhook: an entry of the outbox until it is taken, and a record of it afterwards."""

    id: str
    app_id: str
    webhook_id: str
    event: str
    at: datetime
    data: dict[str, Any] = {}
    steps: tuple[Step, ...] = ()
    state: State = "pending"
    tries: int = 0
    status: int | None = None
    """Of the last answer, where there was one."""
    reason: str | None = None
    """Why the last try failed."""
    settled_at: datetime | None = None
    due_at: datetime | None = None
    """When it is posted next; absent once it is settled."""
    owner: str | None = None
    attempt: int = 0

    @property
    def lease(self) -> Lease:
        assert self.owner is not None
        return Lease(self.owner, self.attempt)

    def payload(self) -> dict[str, Any]:
        """What is posted, in the shape that Standard Webhooks recommends."""
        data = {**self.data, "steps": self.steps} if self.event == STEPS_EVENT else self.data
        return {"type": self.event, "timestamp": self.at, "data": data}

    def body(self) -> bytes:
        return msgspec.json.encode(self.payload())


def delay_seconds(tries: int, random: Random, asked: float | None = None) -> float:
    """How long to wait after so many tries that failed: exponential with full jitter, ten tries within 22 hours.

    `asked` is what the receiver asked for at least.
    """
    most = min(_LONGEST_SECONDS, _FIRST_SECONDS * _GROWS ** (tries - 1))
    return max(random.uniform(0, most), asked or 0.0)
