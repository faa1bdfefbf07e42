"""A phone's events on their way to `POST /v1/events`: batched, kept while the API is away."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from sdk_contracts.sandbox.phones.api import Api, Refused
from sdk_contracts.wire.events import Event, EventBatch, EventKind, EventsAccepted
from sdk_contracts.wire.inbox import PushPayload

log = logging.getLogger("fanfare.sandbox")
LARGEST_BATCH = 500
MOST_WAITING = 2000
LINGER_SECONDS = 1.0
"""Seconds of real life that events wait for company."""


class Outbox:
    """One phone's. `tally` counts what the API stored, by kind, and `events_rejected`."""

    def __init__(self, api: Api, sleep: Callable[[float], Awaitable[None]], tally: Counter[str]) -> None:
        self._api = api
        self._sleep = sleep
        self._tally = tally
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING)
        self._something = asyncio.Event()

    def add(self, kind: EventKind, push: PushPayload, action_id: str | None = None) -> None:
        """Report that this happened now. The id makes a repetition harmless."""
        event = Event(
            event_id=f"{kind}:{push.delivery_id}",
            kind=kind,
            at=datetime.now(UTC),
            delivery_id=push.delivery_id,
            receipt=push.receipt,
            action_id=action_id,
        )
        self._waiting.append(event)
        self._something.set()

    @property
    def empty(self) -> bool:
        return not self._waiting

    async def send_for_ever(self, key: str) -> None:
        """Send batch after batch, with the device's key."""
        while True:
            await self._something.wait()
            await self._sleep(LINGER_SECONDS)
            while self._waiting:
                await self._send([*self._waiting][:LARGEST_BATCH], key)
            self._something.clear()

    async def _send(self, batch: list[Event], key: str) -> None:
        try:
            answer = await self._api.ask("POST", "/v1/events", key, EventBatch(events=batch))
        except Refused as error:
            log.warning("%s", error)
            self._tally["events_rejected"] += len(batch)
        else:
            said = msgspec.json.decode(answer.content, type=EventsAccepted)
            for rejected in said.rejected:
                log.warning("event %s was rejected: %s", batch[rejected.index].event_id, rejected.detail)
            self._tally["events_rejected"] += len(said.rejected)
            refused = {rejected.index for rejected in said.rejected}
            self._tally.update(event.kind for index, event in enumerate(batch) if index not in refused)
        for _ in batch:
            self._waiting.popleft()
