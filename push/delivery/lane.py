"""The way of one app to one push service, kept to what its governor and its quota allow."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from push.clock import Clock
from push.delivery.clients import Client
from push.delivery.flow.governor import Governor, Tally, Wait
from push.delivery.flow.quota import Quota
from push.delivery.flow.reports import LaneReport
from push.senders.model import Accepted, AddressGone, Held, Notification, Outcome, Refused, TryLater

log = structlog.get_logger()
Pause = Callable[[float], Awaitable[object]]

PATIENCE_SECONDS = 1.0
"""How long a batch waits in a lane. What has not gone by then is put off: nothing sleeps for longer in the pipeline."""
_QUOTA_UNKNOWN_SECONDS = 5.0
_SHORTEST_REST_SECONDS = 0.005


class Lane:
    """Batches go in the order in which they came."""

    def __init__(
        self, app_id: str, service: str, client: Client, quota: Quota, governor: Governor, clock: Clock, pause: Pause
    ) -> None:
        """`pause` waits so many seconds of `clock`."""
        self._app_id = app_id
        self._service = service
        self._client = client
        self._quota = quota
        self.governor = governor
        self._clock = clock
        self._pause = pause
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._state = governor.state(self._now())

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Never raises: what went out through another lane meanwhile would be taken as not sent, and sent again."""
        if (down := self._client.down()) is not None:
            return [down] * len(notifications)
        parts: list[asyncio.Task[list[Outcome]]] = []
        sent, give_up_at = 0, self._now() + PATIENCE_SECONDS
        held: list[Outcome] = []
        try:
            while sent < len(notifications) and not held:
                admitted = await self._admit(len(notifications) - sent, give_up_at)
                if isinstance(admitted, Held):
                    held = [admitted] * (len(notifications) - sent)
                else:
                    parts.append(self._begin(notifications[sent : sent + admitted]))
                    sent += admitted
            answers = await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
        return [outcome for part in answers for outcome in part] + held

    def report(self, worker_id: str) -> LaneReport:
        now, governor = self._now(), self.governor
        good, bad = governor.breaker.lately(now)
        return LaneReport(
            app_id=self._app_id,
            worker_id=worker_id,
            lane=self._service,
            state="stopped" if self._client.down() else governor.state(now),
            per_second=round(governor.rate.seen(now), 1),
            limit_per_second=round(governor.rate.limit(now), 1),
            window=governor.window.size,
            in_flight=governor.in_flight,
            good=good,
            bad=bad,
            at=self._clock.now(),
        )

    async def _admit(self, want: int, give_up_at: float) -> int | Held:
        """How many of `want` may go, waiting for it until `give_up_at`; else when they had better come again."""
        async with self._turn:
            while True:
                self._freed.clear()
                try:
                    admitted = await self._ask(want)
                except Exception:
                    log.exception("quota_unknown", app_id=self._app_id, lane=self._service)
                    return Held("quota_unknown", _QUOTA_UNKNOWN_SECONDS)
                if isinstance(admitted, int):
                    return admitted
                now = self._now()
                left = give_up_at - now
                if left <= 0 or admitted.why == "breaker" or admitted.seconds > left:
                    seconds = max(admitted.seconds, self.governor.put_off(want, now))
                    return Held(f"lane_{admitted.why}", seconds)
                await self._rest(max(admitted.seconds or left, _SHORTEST_REST_SECONDS))

    async def _ask(self, want: int) -> int | Wait:
        """The governor knows this worker's way, the quota what all workers may send."""
        admitted = self.governor.admit(want, self._now())
        if isinstance(admitted, Wait):
            return admitted
        granted, wait = 0, 0.0
        try:
            taken = await self._quota.take(admitted, self._clock.now())
            granted, wait = taken.granted, taken.wait_seconds
        finally:
            self.governor.give_back(admitted - granted)
        return granted or Wait("quota", wait)

    async def _rest(self, seconds: float) -> None:
        """Until something comes back, or so many seconds."""
        waiting = [asyncio.ensure_future(self._pause(seconds)), asyncio.ensure_future(self._freed.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _begin(self, notifications: Sequence[Notification]) -> "asyncio.Task[list[Outcome]]":
        tally, started_at = Tally(sent=len(notifications)), self._now()
        task = asyncio.create_task(self._send(notifications, tally))
        # A task that is cancelled before it ever ran has no `finally`.
        task.add_done_callback(lambda _: self._ended(tally, started_at))
        return task

    async def _send(self, notifications: Sequence[Notification], tally: Tally) -> list[Outcome]:
        try:
            outcomes = await self._client.send(notifications)
        except Exception:
            log.exception("lane_failed", app_id=self._app_id, lane=self._service)
            outcomes = [TryLater("sender_failed")] * len(notifications)
        for outcome in outcomes:
            _count(outcome, tally)
        return outcomes

    def _ended(self, tally: Tally, started_at: float) -> None:
        self.governor.finished(tally, started_at, self._now())
        self._freed.set()
        self._tell()

    def _tell(self) -> None:
        now = self._now()
        if (state := self.governor.state(now)) != self._state:
            log.warning(
                "lane_state",
                app_id=self._app_id,
                lane=self._service,
                was=self._state,
                state=state,
                per_second=round(self.governor.rate.limit(now)),
                window=self.governor.window.size,
            )
            self._state = state

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _count(outcome: Outcome, tally: Tally) -> None:
    match outcome:
        case Accepted() | AddressGone() | Refused():
            tally.good += 1
        case TryLater(after_seconds=asked, throttled=throttled):
            tally.throttled += throttled
            tally.bad += not throttled
            if asked is not None:
                tally.asked = asked if tally.asked is None else min(tally.asked, asked)
        case _:
            """Stopped by our settings: nothing to learn about the provider."""
