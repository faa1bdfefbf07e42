"""What persons prefer and agreed to."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from push.clock import CLOCK_SKEW, Clock, to_milliseconds
from push.database import Database, Session
from push.errors import Invalid, PersonNotFound
from push.ids import new_id
from push.people.model import CategoryPreference, Consent, Gate, Person, Preferences, QuietHours, gate_of, merged
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
        return await self._store.find_or_add(app_id, external_id, self._clock.now())

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

        async def store(session: Session) -> Preferences:
            before = (await self.get(app_id, person_id, session)).preferences
            after = self._changed(before, change)
            if after.consent is not None and change.consent is not None:
                await self._store.log_consent(app_id, person_id, after, self._clock.now(), session)
            await self._set(app_id, person_id, after, session)
            return after

        return await self._database.transaction(store)

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
        for changed in self.on_gate_changed:
            await changed(app_id, person_id, gate_of(preferences), session)

    def _changed(self, before: Preferences, change: PreferencesChange) -> Preferences:
        fields: dict[str, Any] = {"categories": {**before.categories, **_as(change.categories, CategoryPreference)}}
        if change.consent is not None:
            now = self._clock.now()
            if change.consent.at > now + CLOCK_SKEW:
                raise Invalid("/consent/at", "Consent cannot have been given in the future.")
            consent = _as({"": change.consent}, Consent)[""]
            fields["consent"] = msgspec.structs.replace(consent, at=min(to_milliseconds(consent.at), now))
        if change.quiet_hours is not None:
            fields["quiet_hours"] = _as({"": change.quiet_hours}, QuietHours)[""]
        return msgspec.structs.replace(before, **fields)


def _as(structs: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    return {name: msgspec.convert(msgspec.to_builtins(struct), kind) for name, struct in structs.items()}
