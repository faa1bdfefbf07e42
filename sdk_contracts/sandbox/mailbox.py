"""Between a push service and the phones: rings those on line, keeps messages for those that are away."""

import time
from collections.abc import Callable

from msgspec import Struct

Ring = Callable[[bytes], None]
MOST_PENDING = 100
"""FCM keeps at most 100 messages for a phone that is away."""


class Pending(Struct, gc=False):
    payload: bytes
    expires_at: float
    """Unix seconds."""


class Mailbox:
    """Phones by address. Messages to an address nobody listens on are forgotten."""

    def __init__(self) -> None:
        self._online: dict[str, Ring] = {}
        self._away: dict[str, dict[str, Pending]] = {}
        self._number = 0

    def online(self, address: str, ring: Ring) -> None:
        """A phone is there: `ring` is called with each payload, those that waited first."""
        self._online[address] = ring
        now = time.time()
        for pending in self._away.pop(address, {}).values():
            if pending.expires_at >= now:
                ring(pending.payload)

    def away(self, address: str) -> None:
        """The phone lost its connection; keep what comes."""
        if self._online.pop(address, None) is not None:
            self._away.setdefault(address, {})

    def gone(self, address: str) -> None:
        """The phone will not come back."""
        self._online.pop(address, None)
        self._away.pop(address, None)

    def knows(self, address: str) -> bool:
        """Whether a phone is or was on line at this address."""
        return address in self._online or address in self._away

    def deliver(self, address: str, payload: bytes, ttl_seconds: float, replaces: str = "") -> None:
        """Ring, or keep for `ttl_seconds`; `replaces` is a collapse key (FCM) or Topic (RFC 8030 section 5.4)."""
        if ring := self._online.get(address):
            ring(payload)
        elif (waiting := self._away.get(address)) is not None and ttl_seconds > 0:
            self._number += 1
            key = f"={replaces}" if replaces else f"#{self._number}"
            waiting.pop(key, None)
            waiting[key] = Pending(payload, time.time() + ttl_seconds)
            if len(waiting) > MOST_PENDING:
                waiting.pop(next(iter(waiting)))

    def waiting(self, address: str) -> int:
        """How many messages wait for this phone."""
        return len(self._away.get(address, {}))
