"""One lane per app and provider: what is wrong with one slows or stops that one only."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from push.devices.model import WebPush
from push.senders.model import LaneDown, Notification, Outcome, Sender, TryLater

log = structlog.get_logger()
Provider = str
OpenSender = Callable[[str, Provider], Awaitable[Sender | LaneDown]]
"""Makes the client of an app for `fcm` or `web_push`, or says what its settings lack."""

_DOWN_SECONDS = 30.0
_REOPEN_SECONDS = 300.0


class Lanes:
    def __init__(self, open_sender: OpenSender) -> None:
        self._open = open_sender
        self._lanes: dict[tuple[str, Provider], _Lane] = {}

    async def send(self, app_id: str, notifications: Sequence[Notification]) -> list[Outcome]:
        """Each to its provider, all at once; the answers in the order of the notifications."""
        by_provider: dict[Provider, list[int]] = {}
        for index, notification in enumerate(notifications):
            provider = "web_push" if isinstance(notification.address, WebPush) else "fcm"
            by_provider.setdefault(provider, []).append(index)
        outcomes: list[Outcome | None] = [None] * len(notifications)

        async def send(provider: Provider, indexes: list[int]) -> None:
            lane = self._lanes.setdefault((app_id, provider), _Lane(app_id, provider, self._open))
            sent = await lane.send([notifications[index] for index in indexes])
            for index, outcome in zip(indexes, sent, strict=True):
                outcomes[index] = outcome

        await asyncio.gather(*(send(provider, indexes) for provider, indexes in by_provider.items()))
        return [outcome for outcome in outcomes if outcome is not None]

    async def close(self) -> None:
        for lane in self._lanes.values():
            await lane.close()


class _Lane:
    def __init__(self, app_id: str, provider: Provider, open_sender: OpenSender) -> None:
        self._app_id = app_id
        self._provider = provider
        self._open = open_sender
        self._sender: Sender | None = None
        self._opened_at = 0.0
        self._down: LaneDown | None = None
        self._down_until = 0.0
        self._opening = asyncio.Lock()
        self._sending = 0

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Never raises: what went out through another lane meanwhile would be taken as not sent, and sent again."""
        try:
            return await self._send(notifications)
        except Exception:
            log.exception("lane_failed", app_id=self._app_id, provider=self._provider)
            return [TryLater("sender_failed")] * len(notifications)

    async def _send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        if self._down is not None and time.monotonic() < self._down_until:
            return [self._down] * len(notifications)
        sender = await self._ready()
        if isinstance(sender, LaneDown):
            return list(self._stop(sender, len(notifications)))
        self._sending += 1
        try:
            outcomes = await sender.send(notifications)
        finally:
            self._sending -= 1
        if (down := next((outcome for outcome in outcomes if isinstance(outcome, LaneDown)), None)) is not None:
            self._stop(down, 0)
        return outcomes

    async def _ready(self) -> Sender | LaneDown:
        """The client; made anew now and then, and after the lane was down, because credentials may have changed."""
        async with self._opening:
            fresh = time.monotonic() - self._opened_at < _REOPEN_SECONDS
            if self._sender is not None and self._down is None and (fresh or self._sending):
                return self._sender
            await self.close()
            opened = await self._open(self._app_id, self._provider)
            if not isinstance(opened, LaneDown):
                self._sender, self._opened_at, self._down = opened, time.monotonic(), None
            return opened

    def _stop(self, down: LaneDown, count: int) -> list[LaneDown]:
        log.error("lane_down", app_id=self._app_id, provider=self._provider, reason=down.reason)
        self._down, self._down_until = down, time.monotonic() + _DOWN_SECONDS
        return [down] * count

    async def close(self) -> None:
        if self._sender is not None:
            sender, self._sender = self._sender, None
            await sender.close()
