"""One provider's client for one app: opened when it is needed, made anew now and then, stopped while it cannot work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from push.clock import Clock
from push.senders.model import LaneDown, Notification, Outcome, Sender

log = structlog.get_logger()
Provider = str
OpenSender = Callable[[str, Provider], Awaitable[Sender | LaneDown]]
"""Makes the client of an app for `fcm` or `web_push`, or says what its settings lack."""

DOWN_SECONDS = 30.0
REOPEN_SECONDS = 300.0


class Client:
    """Stops while the app's settings are wrong, and asks again then: credentials may have changed."""

    def __init__(self, app_id: str, provider: Provider, open_sender: OpenSender, clock: Clock) -> None:
        self._app_id = app_id
        self._provider = provider
        self._open = open_sender
        self._clock = clock
        self._sender: Sender | None = None
        self._opened_at = 0.0
        self._down: LaneDown | None = None
        self._down_until = 0.0
        self._opening = asyncio.Lock()
        self._sending = 0

    def down(self) -> LaneDown | None:
        """Why nothing need be tried now."""
        return self._down if self._clock.now().timestamp() < self._down_until else None

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """All of them at once; a LaneDown among the answers stops it for half a minute."""
        if (down := self.down()) is not None:
            return [down] * len(notifications)
        sender = await self._ready()
        if isinstance(sender, LaneDown):
            self._stop(sender)
            return [sender] * len(notifications)
        self._sending += 1
        try:
            outcomes = await sender.send(notifications)
        finally:
            self._sending -= 1
        if (down := next((outcome for outcome in outcomes if isinstance(outcome, LaneDown)), None)) is not None:
            self._stop(down)
        return outcomes

    async def _ready(self) -> Sender | LaneDown:
        """The client; made anew now and then, and after the lane was down, because credentials may have changed."""
        async with self._opening:
            now = self._clock.now().timestamp()
            fresh = now - self._opened_at < REOPEN_SECONDS
            if self._sender is not None and self._down is None and (fresh or self._sending):
                return self._sender
            await self.close()
            opened = await self._open(self._app_id, self._provider)
            if not isinstance(opened, LaneDown):
                self._sender, self._opened_at, self._down = opened, now, None
            return opened

    def _stop(self, down: LaneDown) -> None:
        log.error("lane_down", app_id=self._app_id, provider=self._provider, reason=down.reason)
        self._down, self._down_until = down, self._clock.now().timestamp() + DOWN_SECONDS

    async def close(self) -> None:
        if self._sender is not None:
            sender, self._sender = self._sender, None
            await sender.close()
