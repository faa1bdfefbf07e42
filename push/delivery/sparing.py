"""Spare people: it may not be time yet where they are, who has quiet hours is pushed after them, and who has had enough
promotion today not at all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from push.apps.service import Apps
from push.campaigns.model import Campaign
from push.clock import Clock
from push.delivery.local_time import LocalTime, Over
from push.limits.capping import Capping
from push.limits.quiet import Quiet
from push.people.model import Gate


class Spareable(Protocol):
    """A device, or a person who is written to."""

    @property
    def id(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def gate(self) -> Gate: ...


S = TypeVar("S", bound=Spareable)


class Spared(Struct, Generic[S]):
    """The recipients of a batch, by what becomes of them."""

    awake: list[S]
    """To be sent it now."""
    asleep: dict[datetime, list[S]]
    """To be sent it from then on."""
    ended: dict[str, str]
    """Never to be sent this: id → the reason it is skipped for."""


class Sparing:
    def __init__(self, apps: Apps, capping: Capping, clock: Clock) -> None:
        self._apps = apps
        self._capping = capping
        self._clock = clock

    async def local_time(self, campaign: Campaign) -> LocalTime:
        """For what disturbs nobody, and yet is for a time of the day."""
        timezone = (await self._apps.get(campaign.app_id)).timezone if campaign.local_time else ""
        return LocalTime(campaign, timezone, self._clock.now())

    async def spare(self, campaign: Campaign, devices: Sequence[S]) -> Spared[S]:
        """Asked at the last moment before sending, for those who may be sent to; a place under the cap is taken then.

        Who would wait until the message is of no use any more is not made to wait.
        """
        if (campaign.kind == "service" and not campaign.local_time) or not devices:
            return Spared(list(devices), {}, {})
        app, now = await self._apps.get(campaign.app_id), self._clock.now()
        local = LocalTime(campaign, app.timezone, now)
        quiet = Quiet(app, campaign.kind, now, ignored=campaign.limits.ignore_quiet_hours)
        over = now + timedelta(seconds=campaign.ttl_seconds(now))
        awake: list[S] = []
        asleep: dict[datetime, list[S]] = defaultdict(list)
        ended: dict[str, str] = {}
        for device in devices:
            try:
                begins = local.until(device.timezone)
            except Over:
                ended[device.id] = "expired"
                continue
            until = begins or quiet.until(device.gate, device.timezone)
            if until is None:
                awake.append(device)
            elif begins or until < over:
                asleep[until].append(device)
            else:
                ended[device.id] = "expired"
        people = [device.person_id for device in awake]
        ignored = campaign.limits.ignore_frequency_cap
        admitted = await self._capping.admit(app, campaign.kind, campaign.id, people, ignored=ignored)
        ended |= {device.id: "frequency_capped" for device in awake if device.person_id not in admitted}
        return Spared([device for device in awake if device.id not in ended], asleep, ended)
