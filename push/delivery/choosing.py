"""Whom a campaign is for: everybody its audience means, or those few whose turn it is."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

from push.audience.matching import Matcher
from push.audience.service import Audiences
from push.campaigns.model import Campaign
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.ledger.model import delivery_id
from push.ledger.store import LedgerStore
from push.people.model import Person
from push.people.store import PeopleStore

_PEOPLE_AT_ONCE = 500
_OPENED = ("opened_at", "clicked_at")


class Walk(Protocol):
    def devices(self, after: str = "") -> AsyncIterator[list[Device]]: ...

    async def people_without_device(self) -> Sequence[Person]: ...


class Choosing:
    def __init__(self, audiences: Audiences, people: PeopleStore, devices: DeviceStore, ledger: LedgerStore) -> None:
        self._audiences = audiences
        self._people = people
        self._devices = devices
        self._ledger = ledger

    def walk(self, campaign: Campaign) -> Walk:
        if campaign.follows is not None:
            return _Unopened(campaign, self._people, self._devices, self._ledger)
        if campaign.people:
            return _Few(campaign, self._people, self._devices, self._ledger)
        return self._audiences.walk(campaign.app_id, campaign.audience)


class _Few:
    """The people of a run, as far as its audience means them. Taken up again, it leaves out who is planned already."""

    def __init__(self, campaign: Campaign, people: PeopleStore, devices: DeviceStore, ledger: LedgerStore) -> None:
        self._campaign = campaign
        self._people = people
        self._devices = devices
        self._ledger = ledger
        self._without_device: list[str] = []

    async def devices(self, after: str = "") -> AsyncIterator[list[Device]]:
        """Pages of devices; `after` is of no use here, since people are not in the order of their devices."""
        async for people in self._turns():
            used = await self._devices.of_people(self._campaign.app_id, people)
            self._without_device += [person_id for person_id in people if person_id not in used]
            page = await self._new(self._meant(device for those in used.values() for device in those))
            if page:
                yield sorted(page, key=lambda device: device.id)

    async def people_without_device(self) -> Sequence[Person]:
        """Of those met by `devices`."""
        if not self._without_device:
            return []
        people = await self._people.get_many(self._campaign.app_id, self._without_device)
        return [person for person in people if self._means(person)]

    async def _turns(self) -> AsyncIterator[Sequence[str]]:
        for start in range(0, len(self._campaign.people), _PEOPLE_AT_ONCE):
            yield self._campaign.people[start : start + _PEOPLE_AT_ONCE]

    def _meant(self, devices: Iterable[Device]) -> list[Device]:
        include, exclude = Matcher(self._campaign.audience.include), Matcher(self._campaign.audience.exclude)
        return [device for device in devices if include(device) and not exclude(device)]

    def _means(self, person: Person) -> bool:
        include, exclude = Matcher(self._campaign.audience.include), Matcher(self._campaign.audience.exclude)
        return include.names(person.external_id) and not exclude.names(person.external_id)

    async def _new(self, devices: Sequence[Device]) -> list[Device]:
        if "push" not in self._campaign.channels or not devices:
            return list(devices)
        rows = {delivery_id(self._campaign.id, "push", device.id): device for device in devices}
        planned = await self._ledger.existing(self._campaign.app_id, list(rows))
        return [device for row, device in rows.items() if row not in planned]


class _Unopened(_Few):
    """Those whom the campaign that it follows has reached, and of whom nothing shows that they opened it."""

    def _meant(self, devices: Iterable[Device]) -> list[Device]:
        return list(devices)

    def _means(self, person: Person) -> bool:
        return True

    async def _turns(self) -> AsyncIterator[Sequence[str]]:
        people: dict[str, None] = {}
        async for row in self._ledger.all(self._campaign.app_id, self._campaign.follows or ""):
            if row.accepted_at is not None:
                people[row.person_id] = None
            if len(people) == _PEOPLE_AT_ONCE:
                yield await self._unopened(list(people))
                people.clear()
        if people:
            yield await self._unopened(list(people))

    async def _unopened(self, people: Sequence[str]) -> Sequence[str]:
        """Without those who opened it, on whichever of their devices."""
        followed, app_id = self._campaign.follows or "", self._campaign.app_id
        used = await self._devices.of_people(app_id, people)
        phones = [(person_id, device) for person_id in people for device in used.get(person_id, ())]
        owners = {delivery_id(followed, "push", device.id): person_id for person_id, device in phones}
        owners |= {delivery_id(followed, "inbox", person_id): person_id for person_id in people}
        steps = await self._ledger.steps(app_id, list(owners))
        opened = {owners[row["_id"]] for row in steps if any(row.get(step) is not None for step in _OPENED)}
        return [person_id for person_id in people if person_id not in opened]
