"""What persons prefer and agreed to."""

from collections.abc import Awaitable, Callable

from push.clock import Clock
from push.database import Database, Session
from push.errors import PersonNotFound
from push.ids import new_id
from push.people.changing import changed, said
from push.people.model import Consent, Gate, Person, Preferences, gate_of, merged
from push.people.store import PeopleStore
from sdk_contracts.wire.people import PreferencesChange

GateChanged = Callable[[str, str, Gate, Session], Awaitable[None]]
Merged = Callable[[str, str, str, Session], Awaitable[None]]


class People:
    def __init__(self, database: Database, store: PeopleStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self.on_gate_changed: list[GateChanged] = []
        """Called within the transaction that changes what a person may be sent."""
        self.on_merged: list[Merged] = []
        """Called as (app, from person, to person) within the transaction that merges the two."""

    async def add_anonymous(self, app_id: str, session: Session) -> Person:
        person = Person(id=new_id("per"), app_id=app_id, created_at=self._clock.now())
        await self._store.add(person, session)
        return person

    async def known_as(self, app_id: str, external_id: str) -> Person:
        """The person with this external id, made when new."""
        person, _ = await self._store.find_or_add(app_id, external_id, self._clock.now())
        return person

    async def get(self, app_id: str, person_id: str, session: Session | None = None) -> Person:
        """Raises PersonNotFound."""
        person = await self._store.get(app_id, person_id, session)
        if person is None:
            raise PersonNotFound(person_id)
        return person

    async def hold(self, app_id: str, person_id: str, session: Session) -> Person:
        """The person, unchanged by anybody else until the transaction ends. Raises PersonNotFound."""
        person = await self._store.hold(app_id, person_id, session)
        if person is None:
            raise PersonNotFound(person_id)
        return person

    async def preferences(self, app_id: str, person_id: str) -> Preferences:
        """Raises PersonNotFound."""
        return (await self.get(app_id, person_id)).preferences

    async def change_preferences(self, app_id: str, person_id: str, change: PreferencesChange) -> Preferences:
        """Raises PersonNotFound, Invalid."""

        consent = said(change.consent, self._clock.now()) if change.consent else None

        async def store(session: Session) -> Preferences:
            before = await self.hold(app_id, person_id, session)
            after = changed(before.preferences, change.categories, change.quiet_hours, consent)
            await self.prefer(before, after, consent, session)
            return after

        return await self._database.transaction(store)

    async def prefer(self, before: Person, preferences: Preferences, consent: Consent | None, session: Session) -> None:
        """Write down what a person, who is held, wants from now on, and what was said about promotion."""
        if consent is not None and consent != before.preferences.consent:
            await self._store.log_consents(before.app_id, [(before.id, consent)], self._clock.now(), session)
        if preferences != before.preferences:
            await self._set(before.app_id, before.id, preferences, session)

    async def merge(self, app_id: str, source: Person, target: Person, session: Session) -> None:
        """Everything the anonymous `source` said, was sent and has becomes the `target`'s; the source is gone."""
        known = await self.get(app_id, target.id, session)
        await self._set(app_id, target.id, merged(known.preferences, source.preferences), session)
        await self._store.move_consents(app_id, source.id, target.id, session)
        for moved in self.on_merged:
            await moved(app_id, source.id, target.id, session)
        await self._store.remove(app_id, source.id, session)

    async def _set(self, app_id: str, person_id: str, preferences: Preferences, session: Session) -> None:
        await self._store.set_preferences(app_id, person_id, preferences, session)
        for told in self.on_gate_changed:
            await told(app_id, person_id, gate_of(preferences), session)
