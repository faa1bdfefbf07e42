"""A backend says what it knows of a person."""

from typing import Any

import msgspec

from push.clock import Clock
from push.database import Database, Session
from push.errors import PersonNotFound
from push.people.attributes import AttributeTypes, merged, typed
from push.people.changing import changed, said
from push.people.model import Person
from push.people.service import People
from push.people.store import PeopleStore
from sdk_contracts.wire.people import PersonChange


class Upserting:
    def __init__(
        self, database: Database, store: PeopleStore, people: People, types: AttributeTypes, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._people = people
        self._types = types
        self._clock = clock

    async def get(self, app_id: str, external_id: str) -> Person:
        """Raises PersonNotFound."""
        person = await self._store.by_external_id(app_id, external_id)
        if person is None:
            raise PersonNotFound(external_id)
        return person

    async def put(self, app_id: str, external_id: str, change: PersonChange) -> tuple[Person, bool]:
        """The person as they are now, and whether they are new. What is not named stays. Raises Invalid.

        The same change again changes nothing, and what was said about promotion is written down once.
        """
        values = typed(change.attributes, await self._types.of(app_id, [change.attributes]))
        consent = said(change.consent, self._clock.now()) if change.consent else None
        known, created = await self._store.find_or_add(app_id, external_id, self._clock.now())

        async def store(session: Session) -> Person:
            before = await self._people.hold(app_id, known.id, session)
            fields: dict[str, Any] = {"attributes": merged(before.attributes, values)}
            if change.relations is not None:
                fields["relations"] = tuple(sorted(set(change.relations)))
            preferences = changed(before.preferences, change.categories, change.quiet_hours, consent)
            after = msgspec.structs.replace(before, preferences=preferences, **fields)
            await self._store.change(app_id, before.id, fields, session)
            await self._people.prefer(before, preferences, consent, session)
            return after

        return await self._database.transaction(store), created
