"""Whom a campaign is for: everybody its audience means, or those few whose turn it is."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from push.audience.rules import Audience
from push.audience.service import Audiences
from push.campaigns.model import Campaign
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.ledger.model import PER_PERSON, delivery_id
from push.ledger.store import LedgerStore
from push.people.model import Person
from push.people.store import PeopleStore

_PEOPLE_AT_ONCE = 500
_OPENED = ("opened_at", "clicked_at")


class Walk(Protocol):
    def devices(self, after: str = "") -> AsyncIterator[list[Device]]: ...

    def people_without_device(self) -> AsyncIterator[list[Person]]: ...


class Choosing:
    def __init__(self, audiences: Audiences, people: PeopleStore, devices: DeviceStore, ledger: LedgerStore) -> None:
        self._audiences = audiences
        self._people = people
        self._devices = devices
        self._ledger = ledger

    async def settled(self, campaign: Campaign) -> Audience:
        """Whom it is for as it begins, with its segments in their places. Raises Invalid."""
        return await self._audiences.begun(campaign.app_id, campaign.audience)

    def walk(self, campaign: Campaign) -> Walk:
        """The campaign has its segments in their places."""
        if campaign.follows is not None:
            return _Unopened(campaign, self._audiences, self._people, self._devices, self._ledger)
        if campaign.people:
            return _Few(campaign, self._audiences, self._people, self._devices, self._ledger)
        return self._audiences.walk(campaign.app_id, campaign.aimed)


class _Few:
    """The people of a run, as far as its audience means them. Taken up again, it leaves out who is planned already."""

    def __init__(
        self,
        campaign: Campaign,
        audiences: Audiences,
        people: PeopleStore,
        devices: DeviceStore,
        ledger: LedgerStore,
    ) -> None:
        self._campaign = campaign
        self._audiences = audiences
        self._people = people
        self._devices = devices
        self._ledger = ledger
        self._without_device: list[str] = []

    async def devices(self, after: str = "") -> AsyncIterator[list[Device]]:
        """Pages of devices; `after` is of no use here, since people are not in the order of their devices."""
        async for people in self._turns():
            used = await self._devices.of_people(self._campaign.app_id, people)
            self._without_device += [person_id for person_id in people if person_id not in used]
            page = await self._new(await self._meant([device for those in used.values() for device in those]))
            if page:
                yield sorted(page, key=lambda device: device.id)

    async def people_without_device(self) -> AsyncIterator[list[Person]]:
        """Of those met by `devices`."""
        for start in range(0, len(self._without_device), _PEOPLE_AT_ONCE):
            part = self._without_device[start : start + _PEOPLE_AT_ONCE]
            yield await self._meant_people(await self._people.get_many(self._campaign.app_id, part))

    async def _turns(self) -> AsyncIterator[Sequence[str]]:
        for start in range(0, len(self._campaign.people), _PEOPLE_AT_ONCE):
            yield self._campaign.people[start : start + _PEOPLE_AT_ONCE]

    async def _meant(self, devices: Sequence[Device]) -> list[Device]:
        app_id, audience = self._campaign.app_id, self._campaign.aimed
        people = await self._people.get_many(app_id, sorted({device.person_id for device in devices}))
        few = await self._audiences.few(app_id, audience, people)
        return [device for device in devices if few.means(device.person_id, device)]

    async def _meant_people(self, people: Sequence[Person]) -> list[Person]:
        few = await self._audiences.few(self._campaign.app_id, self._campaign.aimed, people)
        return [person for person in people if few.means(person.id, None)]

    async def _new(self, devices: Sequence[Device]) -> list[Device]:
        if "push" not in self._campaign.channels or not devices:
            return list(devices)
        rows = {delivery_id(self._campaign.id, "push", device.id): device for device in devices}
        planned = await self._ledger.existing(self._campaign.app_id, list(rows))
        return [device for row, device in rows.items() if row not in planned]


class _Unopened(_Few):
    """Those whom the campaign that it follows has reached, and of whom nothing shows that they opened it."""

    async def _meant(self, devices: Sequence[Device]) -> list[Device]:
        return list(devices)

    async def _meant_people(self, people: Sequence[Person]) -> list[Person]:
        return list(people)

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
        owners |= {
            delivery_id(followed, channel, person_id): person_id for channel in PER_PERSON for person_id in people
        }
        steps = await self._ledger.steps(app_id, list(owners))
        opened = {owners[row["_id"]] for row in steps if any(row.get(step) is not None for step in _OPENED)}
        return [person_id for person_id in people if person_id not in opened]
