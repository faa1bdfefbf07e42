"""Too many phones at once: the first are served in time, the others are told to come back, before all of them wait.

How many are served at the same time follows from how long they take (additive increase, multiplicative decrease). What
operators and the dashboard ask is never turned away.
"""

import random
import time
from collections.abc import Callable

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from api.edge import ALWAYS, FOR_ANY_ORIGIN, shed
from api.problems import BUSY, MEDIA_TYPE
from sdk_contracts.wire.common import Problem

TARGET_SECONDS = 0.5
"""How long nine of ten answers may take before fewer are served at the same time."""
LEAST, FIRST, MOST = 16, 128, 1024
_JUDGED = 50
"""So many answers make up one judgement."""
_RETRY_SECONDS = (2, 10)
_ENDLESS = "/v1/inbox/stream"


class Limiter:
    """How many may be under way. Say `enter`, and if it says yes, `leave` with how long it took, in seconds."""

    def __init__(self, most: int = MOST, target_seconds: float = TARGET_SECONDS) -> None:
        self._most = most
        self._least = min(LEAST, most)
        self._target = target_seconds
        self._under_way = 0
        self._took: list[float] = []
        self._full = False
        """Somebody was turned away since the last judgement, or would have been by one more."""
        self.limit = float(min(FIRST, most))

    def enter(self) -> bool:
        if self._under_way >= int(self.limit):
            self._full = True
            return False
        self._under_way += 1
        self._full |= self._under_way >= int(self.limit)
        return True

    def leave(self, seconds: float) -> None:
        self._under_way -= 1
        self._took.append(seconds)
        if len(self._took) >= _JUDGED:
            self._judge()

    def _judge(self) -> None:
        slow = sorted(self._took)[int(0.9 * len(self._took))]
        if slow > self._target:
            self.limit = max(self._least, 0.8 * self.limit)
        elif self._full and slow < 0.7 * self._target:
            self.limit = min(self._most, 1.05 * self.limit + 1)
        self._took.clear()
        self._full = False


def shedding(inner: ASGIApp, limiter: Limiter, clock: Callable[[], float] = time.perf_counter) -> ASGIApp:
    """`inner` for as many phones as it can serve in time, and a 429 with `Retry-After` for the rest."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not shed(scope["path"]) or scope["path"] == _ENDLESS:
            await inner(scope, receive, send)
            return
        if not limiter.enter():
            await _turn_away(send)
            return
        started = clock()
        try:
            await inner(scope, receive, send)
        finally:
            limiter.leave(clock() - started)

    return app


_BODY = msgspec.json.encode(
    Problem(type=BUSY.type, title=BUSY.title, status=BUSY.status, detail="Too many at once; come back a little later.")
)
_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(_BODY)),
        "Cache-Control": "no-store",
        **ALWAYS,
        **FOR_ANY_ORIGIN,
    }.items()
]


async def _turn_away(send: Send) -> None:
    """Made of what is ready: it must cost less than what it saves. Who is turned away together comes back apart."""
    again = str(random.randint(*_RETRY_SECONDS)).encode()  # noqa: S311
    headers = [*_HEADERS, (b"retry-after", again)]
    await send({"type": "http.response.start", "status": BUSY.status, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY, "more_body": False})
