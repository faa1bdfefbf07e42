"""Whom an audience means: looked at, made ready, walked, and counted before anything is sent."""

from collections.abc import Sequence

from msgspec.structs import replace

from push.apps.service import Apps
from push.audience.checking import Naming
from push.audience.composing import to_audience
from push.audience.crowds import speaks_of_persons
from push.audience.estimating import Answers, Estimating
from push.audience.explaining import Explained, explain
from push.audience.knowing import Knowing
from push.audience.meaning import Facts, matches
from push.audience.rules import Audience
from push.audience.segments.placing import Placing
from push.audience.tally import Question
from push.audience.walk import Walk
from push.clock import Clock
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.errors import PersonNotFound
from push.limits.capping import Capping
from push.people.model import Person
from push.people.store import PeopleStore
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
        answers: Answers | None = None,
    ) -> None:
        """With `answers`, estimates about large apps are theirs."""
        self._people = people
        self._devices = devices
        self._knowing = knowing
        self._placing = placing
        self._naming = naming
        self._apps = apps
        self._estimating = Estimating(self._walk_by_age, people.get_many, capping, answers)
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

    def _walk_by_age(self, app_id: str, audience: Audience) -> Walk:
        return Walk(self._knowing, self._people, self._devices, app_id, audience, self._clock.now(), by_age=True)

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
        """Raises Invalid."""
        audience = await self.settled(app_id, await self.compose(app_id, request.audience))
        app = await self._apps.get(app_id)
        return await self._estimating.estimate(Question(app, audience, request, self._clock.now()))

    async def close(self) -> None:
        await self._estimating.close()


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
