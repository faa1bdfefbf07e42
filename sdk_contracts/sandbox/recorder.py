"""What a stand-in remembers: the last messages whole, all of them counted. Memory is bounded."""

import time
from collections import Counter, deque
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct


class Message(Struct, gc=False):
    """One message that was accepted."""

    address: str
    """The FCM token, FID or topic; the Web Push subscription's token."""
    delivery_id: str
    """Fanfare's, from the payload; empty when it carries none."""
    at: float
    """Unix seconds."""
    body: bytes
    """FCM: the request's JSON. Web Push: the payload, decrypted unless that is switched off."""
    headers: dict[str, str] = {}
    """Web Push: `ttl`, `urgency`, `topic`."""

    def json(self) -> Any:
        """The body decoded. Raises msgspec.DecodeError when it is no JSON."""
        return msgspec.json.decode(self.body)


class MessageView(Struct):
    """A message as the control API shows it."""

    address: str
    delivery_id: str
    at: float
    body: str
    headers: dict[str, str]


class Deliveries(Struct):
    """At least once and duplicates, by `delivery_id`."""

    distinct: int
    duplicates: int
    """Messages beyond the first of each delivery."""
    repeated: dict[str, int]
    """The first thousand deliveries that came more than once, with how often."""


class Recorder:
    """Counts every answer and keeps the last `keep` accepted messages.

    Up to `track` distinct deliveries are counted one by one (about 150 bytes each); `untracked` says how many were not.
    """

    def __init__(self, keep: int = 10_000, track: int = 500_000) -> None:
        self._keep = keep
        self._track = track
        self.reset()

    def reset(self) -> None:
        self.accepted = 0
        self.untracked = 0
        self.refused: Counter[str] = Counter()
        self.kept: deque[Message] = deque(maxlen=self._keep)
        self.deliveries: dict[str, int] = {}
        self.started_at = time.time()

    def accept(self, message: Message) -> None:
        self.accepted += 1
        self.kept.append(message)
        delivery_id = message.delivery_id
        if delivery_id:
            seen = self.deliveries
            if delivery_id in seen:
                seen[delivery_id] += 1
            elif len(seen) < self._track:
                seen[delivery_id] = 1
            else:
                self.untracked += 1

    def refuse(self, answer: str) -> None:
        self.refused[answer] += 1

    def summary(self) -> Deliveries:
        repeated = {name: count for name, count in self.deliveries.items() if count > 1}
        return Deliveries(
            distinct=len(self.deliveries),
            duplicates=sum(repeated.values()) - len(repeated),
            repeated=dict(islice(repeated.items(), 1000)),
        )

    def last(self, limit: int, address: str | None = None, delivery_id: str | None = None) -> list[MessageView]:
        """The newest kept messages first, at most `limit`."""
        wanted = (
            message
            for message in reversed(self.kept)
            if address in (None, message.address) and delivery_id in (None, message.delivery_id)
        )
        return [
            MessageView(m.address, m.delivery_id, m.at, m.body.decode(errors="replace"), m.headers)
            for m in islice(wanted, limit)
        ]
