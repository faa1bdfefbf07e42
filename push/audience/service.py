"""Whom an audience means: looked at, made ready, walked, and counted before anything is sent."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import datetime

from msgspec.structs import replace

from push.apps.service import Apps
from push.audience.checking import Naming
from push.audience.composing import to_audience
from push.audience.crowds import speaks_of_persons
from push.audience.explaining import Explained, explain
from push.audience.gates import EMAIL, INBOX, PUSH, person_gate, push_gate
from push.audience.knowing import Knowing
from push.audience.meaning import Facts, matches
from push.audience.rules import Audience
from push.audience.segments.placing import Placing
from push.audience.walk import Walk
from push.clock import Clock
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.errors import PersonNotFound
from push.limits.capping import Capping
from push.limits.quiet import Quiet
from push.people.model import Gate, Person, gate_of
from push.people.store import PeopleStore
from push.smtp.addresses import ADDRESS, is_address
from sdk_contracts.wire.audience import Audience as AudienceContract
from sdk_contracts.wire.audience import ExplainRequest
from sdk_contracts.wire.campaigns import Estimate, EstimateRequest


class Audiences:
    def __init__(
        self,
        people: PeopleStore,
        devices: DeviceStore,
        knowing: Knowing,
        placing: Placing,
        naming: Naming,
        apps: Apps,
        capping: Capping,
        clock: Clock,
    ) -> None:
        self._people = people
        self._devices = devices
        self._knowing = knowing
        self._placing = placing
        self._naming = naming
        self._apps = apps
        self._capping = capping
        self._clock = clock

    async def compose(self, app_id: str, contract: AudienceContract, pointer: str = "/audience") -> Audience:
        """As it is kept. Raises Invalid, also for campaigns and segments that there are not."""
        audience = to_audience(contract, (await self._apps.get(app_id)).attributes, pointer)
        await self._placing.audience(app_id, audience, pointer)
        await self._naming.check(app_id, audience.rules, pointer)
        return audience

    async def settled(self, app_id: str, audience: Audience) -> Audience:
        """With its segments in their places, as they are now. Raises Invalid."""
        return await self._placing.audience(app_id, audience)

    async def begun(self, app_id: str, audience: Audience) -> Audience:
        """The same, for a campaign that goes out to it now. Raises Invalid."""
        return await self._placing.used(app_id, audience, self._clock.now())

    def walk(self, app_id: str, audience: Audience) -> Walk:
        """The audience has its segments in their places."""
        return Walk(self._knowing, self._people, self._devices, app_id, audience, self._clock.now())

    async def few(self, app_id: str, audience: Audience, people: Sequence[Person]) -> "Few":
        """The same asked of a few. The audience has its segments in their places."""
        now = self._clock.now()
        return Few(audience, await self._knowing.facts(app_id, people, audience.rules, now))

    async def explain(self, app_id: str, request: ExplainRequest) -> Explained:
        """Whether it means this person now, and which rules decide that. Raises Invalid, PersonNotFound."""
        audience = await self.settled(app_id, await self.compose(app_id, request.audience))
        person = await self._people.by_external_id(app_id, request.external_id)
        if person is None:
            raise PersonNotFound(request.external_id)
        few = await self.few(app_id, audience, [person])
        return few.explained(person.id, await self._devices.of_person(app_id, person.id))

    async def larger_than(self, app_id: str, audience: Audience, people: int) -> bool:
        """Whether more than so many are meant; reads no more devices than it takes to know. Raises Invalid."""
        walk, found = self.walk(app_id, await self.settled(app_id, audience)), set[str]()
        async for page in walk.devices():
            found.update(device.person_id for device in page)
            if len(found) > people:
                return True
        async for persons in walk.people_without_device():
            found.update(person.id for person in persons)
            if len(found) > people:
                return True
        return False

    async def estimate(self, app_id: str, request: EstimateRequest) -> Estimate:
        """Counted exactly, by the same walk and gates that planning uses: about 10 s a million devices.

        Raises Invalid.
        """
        audience = await self.settled(app_id, await self.compose(app_id, request.audience))
        walk = self.walk(app_id, audience)
        app, now, limits = await self._apps.get(app_id), self._clock.now(), request.limits
        quiet = Quiet(app, request.kind, now, ignored=limits.ignore_quiet_hours)
        capped = await self._capping.capped(app, request.kind, ignored=limits.ignore_frequency_cap)
        tally = _Tally(request, now, quiet, capped)
        async for page in walk.devices():
            for device in page:
                tally.device(device)
            if tally.unaddressed:
                tally.letters(await self._people.get_many(app_id, sorted(tally.unaddressed)))
        async for persons in walk.people_without_device():
            for person in persons:
                tally.person(person.id, gate_of(person.preferences))
            if tally.unaddressed:
                tally.letters(persons)
        return tally.estimate()


class Few:
    """An audience and what is known of a few."""

    def __init__(self, audience: Audience, facts: dict[str, Facts]) -> None:
        self._audience = audience
        self._facts = facts

    def means(self, person_id: str, device: Device | None) -> bool:
        """Whether it means this device of theirs, or them without any."""
        facts = self._facts.get(person_id)
        included = facts is not None and matches(self._audience.include, replace(facts, device=device))
        return included and not self.left_out(person_id, device)

    def left_out(self, person_id: str, device: Device | None) -> bool:
        exclude, facts = self._audience.exclude, self._facts.get(person_id)
        return exclude is not None and facts is not None and matches(exclude, replace(facts, device=device))

    def explained(self, person_id: str, devices: Sequence[Device]) -> Explained:
        """Why they are meant, or not; of somebody whose facts are known."""
        return explain(self._audience, self._facts[person_id], devices)

    def reaches(self, person_id: str) -> bool:
        """Whether they are sought and meant where they have no device."""
        return speaks_of_persons(self._audience.include) and self.means(person_id, None)


class _Tally:
    def __init__(self, request: EstimateRequest, at: datetime, quiet: Quiet, capped: Set[str]) -> None:
        self._request = request
        self._at = at
        self._quiet = quiet
        self._capped = capped
        self._deferred = 0
        self._devices = 0
        self._people: set[str] = set()
        self.unaddressed: set[str] = set()
        """Who may be written to, if there is an address."""
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
        self.person(device.person_id, device.gate)

    def _limit(self, device: Device) -> str | None:
        """Why it would not be pushed although it may be; where it would be pushed later, that is counted."""
        until, ends = self._quiet.until(device.gate, device.timezone), self._request.limits.expires_at
        if until is None:
            return "frequency_capped" if device.person_id in self._capped else None
        if ends is not None and ends <= until:
            return "expired"
        self._deferred += 1
        return None

    def person(self, person_id: str, gate: Gate) -> None:
        if person_id in self._people:
            return
        self._people.add(person_id)
        kind, category = self._request.kind, self._request.category
        if INBOX in self._request.channels:
            self._count(INBOX, person_gate(gate, kind, category, INBOX))
        if EMAIL in self._request.channels:
            reason = person_gate(gate, kind, category, EMAIL)
            if reason is None:
                self.unaddressed.add(person_id)
            else:
                self._count(EMAIL, reason)

    def letters(self, people: Iterable[Person]) -> None:
        """What is known of those who are `unaddressed`."""
        reached = {person.id for person in people if is_address(person.attributes.get(ADDRESS))}
        for person_id in self.unaddressed:
            self._count(EMAIL, None if person_id in reached else "no_address")
        self.unaddressed.clear()

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
