"""Everybody an audience means, in an order that can be taken up again."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime

from push.audience.compiling import Bound, bound, sifted
from push.audience.crowds import Crowds, asked, key, of_person, speaks_of_persons
from push.audience.knowing import Knowing
from push.audience.matching import Matcher
from push.audience.rules import Audience, Rule
from push.database import from_document
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.people.model import Person
from push.people.store import PeopleStore

_FEW = 1000
"""Devices of so many persons are found one by one; those of more by looking through all."""


class Walk:
    """One reading of an audience, devices in `_id` order: who registers meanwhile sorts behind, none comes twice.

    What rules ask of persons is found out once, when it begins.
    """

    def __init__(
        self,
        knowing: Knowing,
        people: PeopleStore,
        devices: DeviceStore,
        app_id: str,
        audience: Audience,
        now: datetime,
        *,
        by_age: bool = False,
    ) -> None:
        """The audience has its segments in their places. `by_age`: many short queries, and no long one."""
        self._by_age = by_age
        self._knowing = knowing
        self._people = people
        self._devices = devices
        self._app_id = app_id
        self._audience = audience
        self._now = now
        self._prepared: _Prepared | None = None

    async def devices(self, after: str = "") -> AsyncIterator[list[Device]]:
        """Pages of the devices meant, from the one behind `after` on; a page may be empty."""
        ready = await self._ready()
        if ready.bound is not None and not ready.bound.values:
            return
        sift = sifted(self._audience.include, self._now) if ready.bound is None else None
        if sift is not None:
            pages = self._devices.sift(self._app_id, sift, after)
        elif self._by_age and ready.bound is None and not after:
            pages = self._devices.walk_by_age(self._app_id)
        else:
            pages = self._devices.walk(self._app_id, ready.bound.query() if ready.bound else {}, after)
        async for page in pages:
            yield [
                device
                for device in page
                if device.uninstalled_at is None and ready.include(device) and not ready.exclude(device)
            ]

    async def people_without_device(self) -> AsyncIterator[list[Person]]:
        """Pages of those meant who have no device now, but an inbox that waits for them.

        They are sought where the rule names people or asks for what people have: somebody without a device is not
        found by `all`, nor by what devices have.
        """
        if not speaks_of_persons(self._audience.include):
            return
        ready = await self._ready()
        if ready.bound is None:
            async for page in self._people.walk(self._app_id):
                meant = [from_document(each, Person) for each in page if ready.without_device(each)]
                if meant:
                    owners = await self._devices.owners_between(self._app_id, meant[0].id, meant[-1].id)
                    yield [person for person in meant if person.id not in owners]
        elif ready.bound.field == "person_id" and ready.bound.values:
            people = await self._people.get_many(self._app_id, sorted(ready.bound.values))
            meant = [each for each in people if ready.means(each)]
            owners = await self._devices.owners(self._app_id, [person.id for person in meant]) if meant else set()
            yield [person for person in meant if person.id not in owners]

    async def _ready(self) -> "_Prepared":
        if self._prepared is None:
            crowds = await self._knowing.crowds(self._app_id, self._audience.rules, self._now)
            names = {name for part in self._audience.include.all_parts() for name in part.external_ids}
            ids = await self._people.ids_of(self._app_id, sorted(names)) if names else {}
            self._prepared = _Prepared(self._audience, self._now, crowds, ids)
        return self._prepared


class _Prepared:
    def __init__(self, audience: Audience, now: datetime, crowds: Crowds, ids: dict[str, str]) -> None:
        self._crowds = crowds
        self._ids = ids
        self.include = Matcher(audience.include, now, crowds)
        self.exclude = Matcher(audience.exclude, now, crowds)
        self.bound: Bound | None = bound(audience.include, self._persons)

    def means(self, person: Person) -> bool:
        """Where they have no device."""
        return self._means(person.id, person.external_id)

    def without_device(self, stored: dict[str, str]) -> bool:
        return self._means(stored["_id"], stored.get("external_id"))

    def _means(self, person_id: str, external_id: str | None) -> bool:
        return self.include.person(person_id, external_id) and not self.exclude.person(person_id, external_id)

    def _persons(self, rule: Rule) -> Collection[str] | None:
        """All whom a rule about persons means, where they are few."""
        if rule.external_ids:
            return [self._ids[name] for name in rule.external_ids if name in self._ids]
        if not of_person(rule):
            return None
        positive, contrary = asked(rule)
        crowd = self._crowds[key(positive)]
        return None if contrary or len(crowd) > _FEW else list(crowd)
