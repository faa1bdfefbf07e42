"""Everybody an audience means, in an order that can be taken up again."""

from collections.abc import AsyncIterator, Sequence

from push.audience.compiling import narrowed
from push.audience.matching import Matcher
from push.audience.rules import Audience
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.people.model import Person
from push.people.store import PeopleStore


class Walk:
    """One reading of an audience, devices in `_id` order: who registers meanwhile sorts behind, none comes twice."""

    def __init__(self, people: PeopleStore, devices: DeviceStore, app_id: str, audience: Audience) -> None:
        self._people = people
        self._devices = devices
        self._app_id = app_id
        self._include = audience.include
        self._exclude = Matcher(audience.exclude)

    async def devices(self, after: str = "") -> AsyncIterator[list[Device]]:
        """Pages of the devices meant, from the one behind `after` on."""
        people = [person.id async for person in self._named()]
        async for page in self._devices.walk(self._app_id, narrowed(self._include, people), after):
            yield [device for device in page if device.uninstalled_at is None and not self._exclude(device)]

    async def people_without_device(self) -> Sequence[Person]:
        """Those meant by name who have no device now, but an inbox that waits for them."""
        named = [person async for person in self._named() if not self._exclude.names(person.external_id)]
        owners = await self._devices.owners(self._app_id, [person.id for person in named]) if named else set()
        return [person for person in named if person.id not in owners]

    async def _named(self) -> AsyncIterator[Person]:
        if self._include.external_ids:
            async for person in self._people.known_as(self._app_id, self._include.external_ids):
                yield person
