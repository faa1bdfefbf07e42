"""What an audience comes to, before anything is sent."""

from collections import Counter
from collections.abc import Set
from datetime import datetime

from push.apps.service import Apps
from push.audience.composing import to_audience
from push.audience.gates import INBOX, PUSH, person_gate, push_gate
from push.audience.rules import Audience
from push.audience.walk import Walk
from push.clock import Clock
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.limits.capping import Capping
from push.limits.quiet import Quiet
from push.people.model import gate_of
from push.people.store import PeopleStore
from sdk_contracts.wire.campaigns import Estimate, EstimateRequest


class Audiences:
    def __init__(self, people: PeopleStore, devices: DeviceStore, apps: Apps, capping: Capping, clock: Clock) -> None:
        self._people = people
        self._devices = devices
        self._apps = apps
        self._capping = capping
        self._clock = clock

    def walk(self, app_id: str, audience: Audience) -> Walk:
        return Walk(self._people, self._devices, app_id, audience)

    async def larger_than(self, app_id: str, audience: Audience, people: int) -> bool:
        """Whether more than so many are meant; reads no more devices than it takes to know."""
        walk, found = self.walk(app_id, audience), set[str]()
        async for page in walk.devices():
            found.update(device.person_id for device in page)
            if len(found) > people:
                return True
        found.update(person.id for person in await walk.people_without_device())
        return len(found) > people

    async def estimate(self, app_id: str, request: EstimateRequest) -> Estimate:
        """Counted exactly, by the same walk and gates that planning uses: about 10 s a million devices."""
        walk = self.walk(app_id, to_audience(request.audience))
        app, now, limits = await self._apps.get(app_id), self._clock.now(), request.limits
        quiet = Quiet(app, request.kind, now, ignored=limits.ignore_quiet_hours)
        capped = await self._capping.capped(app, request.kind, ignored=limits.ignore_frequency_cap)
        tally = _Tally(request, now, quiet, capped)
        async for page in walk.devices():
            for device in page:
                tally.device(device)
        for person in await walk.people_without_device():
            tally.person(person.id, person_gate(gate_of(person.preferences), request.kind, request.category, INBOX))
        return tally.estimate()


class _Tally:
    def __init__(self, request: EstimateRequest, at: datetime, quiet: Quiet, capped: Set[str]) -> None:
        self._request = request
        self._at = at
        self._quiet = quiet
        self._capped = capped
        self._deferred = 0
        self._devices = 0
        self._people: set[str] = set()
        self._platforms: Counter[str] = Counter()
        self._excluded: Counter[str] = Counter()
        self._by_channel: Counter[str] = Counter(dict.fromkeys(request.channels, 0))

    def device(self, device: Device) -> None:
        self._devices += 1
        self._platforms[device.platform] += 1
        if PUSH in self._request.channels:
            self._count(
                PUSH, push_gate(device, self._request.kind, self._request.category, self._at) or self._limit(device)
            )
        self.person(device.person_id, person_gate(device.gate, self._request.kind, self._request.category, INBOX))

    def _limit(self, device: Device) -> str | None:
        """Why it would not be pushed although it may be; where it would be pushed later, that is counted."""
        until, ends = self._quiet.until(device.gate, device.timezone), self._request.limits.expires_at
        if until is None:
            return "frequency_capped" if device.person_id in self._capped else None
        if ends is not None and ends <= until:
            return "expired"
        self._deferred += 1
        return None

    def person(self, person_id: str, reason: str | None) -> None:
        if person_id in self._people:
            return
        self._people.add(person_id)
        if INBOX in self._request.channels:
            self._count(INBOX, reason)

    def _count(self, channel: str, reason: str | None) -> None:
        if reason is None:
            self._by_channel[channel] += 1
        else:
            self._excluded[reason] += 1

    def estimate(self) -> Estimate:
        return Estimate(
            people=len(self._people),
            devices=self._devices,
            by_channel=dict(self._by_channel),
            by_platform=dict(self._platforms),
            excluded=dict(self._excluded),
            deferred=self._deferred,
        )
