"""Read what a campaign did, a thousand lines at a time, and write it as it is read."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from push.engagement.exports.model import COLUMNS, Column, Format, Line, What
from push.engagement.store import EventStore
from push.ledger.model import Row
from push.ledger.store import LedgerStore
from push.people.store import PeopleStore

_LINES = 1000
_NAMES = 200
"""Asked for at once: the embedded server gets slower by the square of it."""


class Exports:
    def __init__(self, ledger: LedgerStore, events: EventStore, people: PeopleStore) -> None:
        self._ledger = ledger
        self._events = events
        self._people = people

    async def export(self, app_id: str, campaign_id: str, what: What, form: Format) -> AsyncIterator[bytes]:
        """The file, in pieces; about 10,000 lines a second. Deliveries are in the order of their ids, events in that of
        `EventStore.of_campaign`."""
        lines = self._deliveries(app_id, campaign_id) if what == "deliveries" else self._reported(app_id, campaign_id)
        async for written in write(COLUMNS[what], lines, form):
            yield written

    async def _deliveries(self, app_id: str, campaign_id: str) -> AsyncIterator[list[Line]]:
        rows: list[Row] = []
        async for row in self._ledger.all(app_id, campaign_id):
            rows.append(row)
            if len(rows) == _LINES:
                yield await self._named(app_id, rows)
                rows = []
        yield await self._named(app_id, rows)

    async def _named(self, app_id: str, rows: list[Row]) -> list[Line]:
        """With the names that the app has for its people."""
        ids = sorted({row.person_id for row in rows})
        names: dict[str, str | None] = {}
        for start in range(0, len(ids), _NAMES):
            people = await self._people.get_many(app_id, ids[start : start + _NAMES])
            names |= {person.id: person.external_id for person in people}
        return [
            {**msgspec.structs.asdict(row), "delivery_id": row.id, "external_id": names.get(row.person_id)}
            for row in rows
        ]

    async def _reported(self, app_id: str, campaign_id: str) -> AsyncIterator[list[Line]]:
        async for events in self._events.of_campaign(app_id, campaign_id, _LINES):
            yield [dict(event) for event in events]


async def write(columns: Sequence[Column], pieces: AsyncIterator[list[Line]], form: Format) -> AsyncIterator[bytes]:
    """The file, in pieces."""
    # Arrow is large, and most processes never write a file.
    from push.engagement.exports.formats import WRITERS

    writer = WRITERS[form](columns)
    async for piece in pieces:
        # Compressing is work: others are served meanwhile.
        if written := await asyncio.to_thread(writer.write, piece):
            yield written
    yield await asyncio.to_thread(writer.close)
