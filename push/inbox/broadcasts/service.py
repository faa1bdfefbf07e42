"""A campaign's inbox channel as a broadcast: laid out once, counted once, ended when it is called off."""

from push.audience.compiling import left_out, narrowed
from push.audience.gates import INBOX, person_gate
from push.campaigns.model import Campaign
from push.clock import Clock
from push.database import Database, Document, Session
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.ids import body, new_id
from push.inbox.broadcasts.live import LiveBroadcasts
from push.inbox.broadcasts.model import LONGEST, Broadcast, Joined
from push.inbox.broadcasts.store import BroadcastStore
from push.inbox.retention import Retention
from push.ledger.counters.store import Pen
from push.ledger.model import Tally, campaign_of, parts_of, recipient_of
from push.ledger.service import Ledger
from push.people.model import Gate


class Broadcasts:
    def __init__(
        self,
        database: Database,
        store: BroadcastStore,
        live: LiveBroadcasts,
        devices: DeviceStore,
        ledger: Ledger,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._retention = retention
        self._database = database
        self._store = store
        self._live = live
        self._devices = devices
        self._ledger = ledger
        self._clock = clock

    async def put(self, campaign: Campaign, session: Session) -> None:
        """Everybody it is meant for has it from now on; once it is there, this changes nothing."""
        if await self._store.get(campaign.app_id, campaign.id, session) is not None:
            return
        now = self._clock.now()
        broadcast = Broadcast(
            id=campaign.id,
            app_id=campaign.app_id,
            number=0,
            order=body(new_id("itm")),
            kind=campaign.kind,
            category=campaign.category,
            content=campaign.content,
            audience=campaign.audience,
            starts_at=now,
            ends_at=await self._retention.end(campaign.app_id, now, campaign.limits.expires_at) or now + LONGEST,
        )
        await self._store.put(broadcast, session)

    async def end(self, app_id: str, campaign_id: str) -> None:
        """Nobody sees it any more."""

        async def store(session: Session) -> None:
            found = await self._store.get(app_id, campaign_id, session)
            now = self._clock.now()
            if found is not None and found.ends_at > now:
                await self._store.end(app_id, campaign_id, now, session)

        await self._database.transaction(store)

    async def count(self, app_id: str, campaign_id: str) -> None:
        """Count, once, the people it was meant for when it began; those who come later are counted as they look."""
        broadcast = await self._store.get(app_id, campaign_id)
        if broadcast is None or broadcast.counted:
            return
        tally = await self._census(broadcast)

        async def store(session: Session, pen: Pen) -> None:
            current = await self._store.get(app_id, campaign_id, session)
            if current is None or current.counted:
                return
            await self._store.set_counted(app_id, campaign_id, session)
            await self._ledger.counters.keep_base(app_id, campaign_id, INBOX, tally, session)
            tallies = {(campaign_id, INBOX): tally}
            parts = {(campaign_id, INBOX, part): tally for part in parts_of(None, None)}
            await self._ledger.counters.fold(app_id, tallies, self._clock.now(), session, pen, parts=parts)

        await self._ledger.write(store)

    async def _census(self, broadcast: Broadcast) -> Tally:
        """In one reading of the devices: about a second for 200,000 on the embedded database."""
        audience, tally = broadcast.audience, Tally()
        mute = f"{INBOX}:{broadcast.category}"
        groups = await self._devices.people(
            broadcast.app_id,
            narrowed(audience.include),
            left_out(audience.exclude),
            broadcast.newcomers_from,
            mute,
        )
        for consent, muted, people in groups:
            gate = Gate(consent=consent, muted=(mute,) if muted else ())
            reason = person_gate(gate, broadcast.kind, broadcast.category, INBOX)
            tally["targeted"] += people
            tally["accepted" if reason is None else f"skipped.{reason}"] += people
        return tally

    async def row(self, app_id: str, delivery_id: str, device: Device | None) -> Document | None:
        """The ledger row of a broadcast's delivery; None where there is no such one.

        With a `device`, only one that is meant for the person who uses it.
        """
        person_id = recipient_of(delivery_id)
        if device is not None and device.person_id != person_id:
            return None
        broadcast = await self._live.get(app_id, campaign_of(delivery_id))
        if broadcast is None:
            return None
        if device is not None:
            devices = [device, *await self._devices.of_person(app_id, person_id)]
            if not Joined(broadcast).meant_for(devices):
                return None
        return broadcast.row(person_id)
