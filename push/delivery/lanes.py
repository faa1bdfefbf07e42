"""One lane per app and push service: what is wrong with one slows or stops that one only."""

import asyncio
import random
from collections.abc import Mapping, Sequence

from push.clock import Clock
from push.delivery.clients import Client, OpenSender, Provider
from push.delivery.flow.governor import Governor
from push.delivery.flow.quota import Buckets, Quota
from push.delivery.flow.reports import LaneReport
from push.delivery.lane import Lane, Pause
from push.devices.model import Address, WebPush
from push.senders.model import Mailbox, Notification, Outcome

PER_MINUTE = {"fcm": 600_000, "web_push": 600_000, "email": 3_000}
"""Messages of one app, by all workers together. FCM's is a Firebase project's default quota."""


class Lanes:
    def __init__(
        self,
        open_sender: OpenSender,
        buckets: Buckets,
        clock: Clock,
        per_minute: Mapping[Provider, int] = PER_MINUTE,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """`pause` waits so many seconds of `clock`."""
        self._open = open_sender
        self._buckets = buckets
        self._clock = clock
        self._per_minute = per_minute
        self._pause = pause
        self._ways: dict[tuple[str, Provider], tuple[Client, Quota]] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}

    async def send(self, app_id: str, notifications: Sequence[Notification]) -> list[Outcome]:
        """Each to its provider, all at once; the answers in the order of the notifications."""
        by_service: dict[str, list[int]] = {}
        for index, notification in enumerate(notifications):
            by_service.setdefault(_service(notification.address), []).append(index)
        outcomes: list[Outcome | None] = [None] * len(notifications)

        async def send(service: str, indexes: list[int]) -> None:
            sent = await self._lane(app_id, service).send([notifications[index] for index in indexes])
            for index, outcome in zip(indexes, sent, strict=True):
                outcomes[index] = outcome

        await asyncio.gather(*(send(service, indexes) for service, indexes in by_service.items()))
        return [outcome for outcome in outcomes if outcome is not None]

    def reports(self, worker_id: str) -> list[LaneReport]:
        """How each lane is now."""
        return [lane.report(worker_id) for lane in self._lanes.values()]

    async def close(self) -> None:
        for client, _ in self._ways.values():
            await client.close()

    def _lane(self, app_id: str, service: str) -> Lane:
        lane = self._lanes.get((app_id, service))
        if lane is None:
            provider = service.partition(":")[0]
            per_second = self._per_minute[provider] / 60
            way = self._ways.get((app_id, provider))
            if way is None:
                client = Client(app_id, provider, self._open, self._clock)
                way = client, Quota(self._buckets, app_id, provider, per_second)
                self._ways[app_id, provider] = way
            governor = Governor(per_second, random.SystemRandom())
            lane = self._lanes[app_id, service] = Lane(app_id, service, *way, governor, self._clock, self._pause)
        return lane


def _service(address: Address | Mailbox) -> str:
    """Browsers' push services fail one by one: a lane each (`web_push:mozilla.com`), behind the app's one client."""
    if not isinstance(address, WebPush):
        return "email" if isinstance(address, Mailbox) else "fcm"
    host = address.endpoint.partition("://")[2].partition("/")[0]
    return f"web_push:{'.'.join(host.split('.')[-2:])}"
