"""What a person did, apart from any delivery: it has a name, and may set something off for them."""

from collections.abc import Mapping
from datetime import datetime

from push.clock import Clock
from push.database import Database, Document, Session
from push.devices.model import Device
from push.engagement.recorder import Recorder
from push.engagement.store import EventStore
from push.triggers.hearing import Named
from sdk_contracts.wire.events import Event


class Happenings:
    def __init__(self, database: Database, store: EventStore, recorder: Recorder, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._recorder = recorder
        self._clock = clock

    async def record(self, device: Device, events: Mapping[int, tuple[Event, datetime]]) -> int:
        """How many of these were new, each with the moment that is believed. Returns once they are stored for good."""
        if not events:
            return 0
        now = self._clock.now()
        stored = [(f"{device.id}:{event.event_id}", _document(event, at, now)) for event, at in events.values()]
        happened = [Named(device.person_id, event.name or "", at) for event, at in events.values()]

        async def store(session: Session) -> int:
            new = await self._store.add(device.app_id, stored, session)
            for tell in self._recorder.on_named if new else ():
                await tell(device.app_id, [happened[index] for index in sorted(new)], session)
            return len(new)

        return await self._database.transaction(store)


def _document(event: Event, at: datetime, received_at: datetime) -> Document:
    given = {"name": event.name, "value": event.value, "currency": event.currency, "action_id": event.action_id}
    return {
        "kind": event.kind,
        "event_id": event.event_id,
        "at": at,
        "received_at": received_at,
        **{name: value for name, value in given.items() if value is not None},
    }
