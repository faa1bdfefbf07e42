"""Take in people and devices as they stream in; what is stored once is not stored again."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
import structlog

from push.apps.model import Principal
from push.audit.model import Details
from push.audit.service import Audit
from push.clock import Clock
from push.database import DATABASE_AWAY, Database, Session
from push.devices.model import Device
from push.errors import BadCursor, ImportNotFound, ImportRunning, LeaseLost, OtherFile
from push.ids import new_id
from push.imports.checking import Checker
from push.imports.model import Counts, Format, Import, Line
from push.imports.reading import Piece, pieces
from push.imports.store import LEASE, ImportStore, Raced
from push.people.attributes import AttributeTypes
from push.people.changing import changed
from push.people.model import Person, Preferences, gate_of
from push.people.service import People
from push.people.store import PeopleStore

log = structlog.get_logger()
_TRIES = 5


class Importing:
    def __init__(
        self,
        database: Database,
        store: ImportStore,
        people: People,
        people_store: PeopleStore,
        types: AttributeTypes,
        audit: Audit,
        clock: Clock,
        extra_hosts: frozenset[str],
    ) -> None:
        self._database = database
        self._store = store
        self._people = people
        self._people_store = people_store
        self._types = types
        self._audit = audit
        self._clock = clock
        self._extra_hosts = extra_hosts

    async def get(self, app_id: str, import_id: str) -> Import:
        """Raises ImportNotFound."""
        found = await self._store.get(app_id, import_id)
        if found is None:
            raise ImportNotFound(import_id)
        return found

    async def page(self, app_id: str, limit: int, cursor: str | None) -> tuple[list[Import], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("imp_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def take(self, actor: Principal, kind: Format, key: str | None, body: AsyncIterator[bytes]) -> Import:
        """Store what the body says, a piece at a time, and answer what became of it.

        With the `key` of an import that was cut, it goes on behind what is stored; with that of a finished one it
        answers the same again. Raises ImportRunning while somebody else sends under this key, OtherFile where the
        body is not the one that began, Invalid for a CSV file that is not OneSignal's.
        """
        held = await self._begin(actor.app_id, kind, key)
        if held.state == "done":
            return await self._taken(held, kind, body)
        try:
            return await self._finish(actor, await self._taken(held, kind, body))
        except Exception:
            # Whoever sends it again need not wait for this one.
            with contextlib.suppress(*DATABASE_AWAY):
                await self._store.advance(held, {"until": self._clock.now()}, Counts(), ())
            raise

    async def _taken(self, held: Import, kind: Format, body: AsyncIterator[bytes]) -> Import:
        """Raises OtherFile, Invalid."""
        checker = Checker(held.app_id, kind, self._types, self._extra_hosts)
        seen = 0
        async for piece in pieces(body, kind):
            seen = piece.last
            if piece.last > held.lines:
                if piece.first <= held.lines or held.state == "done":
                    raise OtherFile
                held = await self._piece(held, checker, piece)
                continue
            checker.without_header(piece.records)
            if piece.last == held.lines and piece.digest != held.digest:
                raise OtherFile
        if seen < held.lines:
            raise OtherFile
        return held

    async def _begin(self, app_id: str, kind: Format, key: str | None) -> Import:
        now = self._clock.now()
        new_one = new_id("imp")
        name = hashlib.sha256((key or new_one).encode()).hexdigest()
        new = Import(id=new_one, app_id=app_id, key=name, format=kind, started_at=now, until=now + LEASE)
        if await self._store.add(new):
            return new
        known = await self._store.by_key(app_id, name)
        if known is None or (known.state == "running" and known.until > now):
            raise ImportRunning
        if known.format != kind:
            raise OtherFile
        if known.state == "done":
            return known
        held = await self._store.take_over(known, now)
        if held is None:
            raise ImportRunning
        return held

    async def _piece(self, held: Import, checker: Checker, piece: Piece) -> Import:
        """All of it with the place reached, or nothing."""
        now = self._clock.now()
        lines, errors = await checker.check(piece.records, now)

        async def store(session: Session) -> Import:
            counts = await self._write(held.app_id, lines, now, session)
            counts = msgspec.structs.replace(counts, failed=len(errors))
            fields = {"lines": piece.last, "digest": piece.digest, "until": now + LEASE}
            advanced = await self._store.advance(held, fields, counts, errors, session)
            if advanced is None:
                raise LeaseLost(held.id)
            return advanced

        for _ in range(_TRIES):
            with contextlib.suppress(Raced):
                return await self._database.transaction(store)
        raise ImportRunning

    async def _write(self, app_id: str, lines: Sequence[Line], now: datetime, session: Session) -> Counts:
        named = [line for line in lines if line.said.external_id is not None]
        first = {line.said.external_id or "": _preferring(Preferences(), line) for line in reversed(named)}
        people: dict[str, Person] = {}
        created: set[str] = set()
        if named:
            people, created = await self._store.put_people(app_id, named, first, now, session)
            await self._prefer(app_id, named, people, created, now, session)
        owned = [(line, device) for line in lines for device in line.devices]
        free = await self._store.unclaimed(app_id, [device for _, device in owned], session)
        kept = {device.id for device in free}
        nobody: list[Person] = []
        devices: list[Device] = []
        for line, device in owned:
            if device.id in kept:
                person = people.get(line.said.external_id or "")
                if person is None:
                    person = Person(id=new_id("per"), app_id=app_id, created_at=device.created_at)
                    nobody.append(person)
                devices.append(_given_to(device, person))
        await self._store.add_people(nobody, session)
        await self._store.add_devices(devices, now, session)
        return Counts(
            people_created=len(created) + len(nobody),
            people_known=len(people) - len(created),
            devices_created=len(devices),
            devices_known=len(owned) - len(devices),
        )

    async def _prefer(
        self,
        app_id: str,
        lines: Sequence[Line],
        people: dict[str, Person],
        created: set[str],
        now: datetime,
        session: Session,
    ) -> None:
        """New people have begun with theirs; those who are known, and what is said of one twice, go one by one."""
        log_new = []
        begun: set[str] = set()
        for line in lines:
            name = line.said.external_id or ""
            if name in created and name not in begun:
                begun.add(name)
                if line.consent is not None:
                    log_new.append((people[name].id, line.consent))
            elif line.consent or line.said.categories or line.said.quiet_hours:
                person = await self._people.hold(app_id, people[name].id, session)
                preferences = _preferring(person.preferences, line)
                await self._people.prefer(person, preferences, line.consent, session)
                people[name] = msgspec.structs.replace(person, preferences=preferences)
        if log_new:
            await self._people_store.log_consents(app_id, log_new, now, session)

    async def _finish(self, actor: Principal, held: Import) -> Import:
        # Written down first: who comes again after a crash writes the same entry.
        counted: Details = {"lines": held.lines, **msgspec.structs.asdict(held.counts)}
        await self._audit.record(actor, "people.imported", held.id, counted, attempt_id=held.id)
        now = self._clock.now()
        finished = await self._store.advance(held, {"state": "done", "finished_at": now, "until": now}, Counts(), ())
        if finished is None:
            raise LeaseLost(held.id)
        log.info("people_imported", app_id=held.app_id, import_id=held.id, lines=finished.lines)
        return finished


def _preferring(before: Preferences, line: Line) -> Preferences:
    return changed(before, line.said.categories, line.said.quiet_hours, line.consent)


def _given_to(device: Device, person: Person) -> Device:
    return msgspec.structs.replace(
        device, person_id=person.id, external_id=person.external_id, gate=gate_of(person.preferences)
    )
