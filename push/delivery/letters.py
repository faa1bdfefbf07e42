"""Letters made ready: one a person, whatever devices they have."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from push.apps.tokens import Tokens
from push.audience.gates import EMAIL, person_gate
from push.campaigns.model import Campaign
from push.clock import Clock
from push.content.facts import Facts, facts_of
from push.content.rendering import CannotRender, Renderer
from push.database import Document
from push.delivery.model import Batch
from push.delivery.sparing import Sparing
from push.delivery.work import Target, Work
from push.devices.model import Device
from push.ledger.model import delivery_id, recipient_of
from push.ledger.service import Ledger
from push.people.model import Gate, Person, gate_of
from push.people.store import PeopleStore
from push.senders.model import Mailbox, Notification
from push.smtp.addresses import ADDRESS, is_address


class _Reader(Struct, frozen=True, gc=False):
    """Who is written to, and the device of theirs whose language and hours count."""

    id: str
    person: Person
    device: Device | None
    gate: Gate

    @property
    def person_id(self) -> str:
        return self.person.id

    @property
    def timezone(self) -> str | None:
        return self.device.timezone if self.device else None


class Letters:
    def __init__(
        self,
        tokens: Tokens,
        people: PeopleStore,
        ledger: Ledger,
        sparing: Sparing,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._people = people
        self._ledger = ledger
        self._sparing = sparing
        self._unsubscribe = f"{public_url}/unsubscribe/"
        self._clock = clock

    async def load(
        self,
        campaign: Campaign,
        batch: Batch,
        devices: Mapping[str, Device],
        app: Facts,
        renderer: Renderer,
        events: Mapping[str, Facts],
    ) -> Work:
        """Whoever may not be written to any more, or has no address, is left out; who has quiet hours waits."""
        work = Work()
        spared = await self._sparing.spare(campaign, await self._readers(campaign, batch, devices, work))
        for until, those in spared.asleep.items():
            work.asleep[until] = {each.id: each.device.id if each.device else None for each in those}
        for recipient, reason in spared.ended.items():
            work.ended[delivery_id(campaign.id, EMAIL, recipient)] = ("skipped", reason)
        self._write(campaign, spared.awake, work, app, renderer, events)
        return work

    async def _readers(
        self, campaign: Campaign, batch: Batch, devices: Mapping[str, Device], work: Work
    ) -> list[_Reader]:
        """Those who may be written to; the others have ended."""
        rows = await self._ledger.store.existing(batch.app_id, batch.deliveries)
        found = await self._people.get_many(batch.app_id, sorted({row["person_id"] for row in rows.values()}))
        people, reachable = {person.id: person for person in found}, list[_Reader]()
        doubled = await self._doubled(campaign, rows)
        for delivery, device_id in zip(batch.deliveries, batch.devices, strict=True):
            # Who was erased meanwhile has no row any more.
            person = people.get(rows[delivery]["person_id"]) if delivery in rows else None
            if person is None:
                if delivery in rows:
                    work.ended[delivery] = ("skipped", "no_address")
                continue
            gate = gate_of(person.preferences)
            reason = person_gate(gate, campaign.kind, campaign.category, EMAIL)
            if reason is None and not is_address(person.attributes.get(ADDRESS)):
                reason = "no_address"
            if reason is None and delivery in doubled:
                reason = "duplicate_person"
            if reason is not None:
                work.ended[delivery] = ("skipped", reason)
                continue
            device = devices.get(device_id) if device_id else None
            reachable.append(_Reader(recipient_of(delivery), person, device, gate))
        return reachable

    def _write(
        self,
        campaign: Campaign,
        readers: Sequence[_Reader],
        work: Work,
        app: Facts,
        renderer: Renderer,
        events: Mapping[str, Facts],
    ) -> None:
        ttl_seconds = campaign.ttl_seconds(self._clock.now())
        for reader in readers:
            delivery = delivery_id(campaign.id, EMAIL, reader.id)
            try:
                facts = facts_of(reader.device, app, reader.person, events.get(reader.person_id))
                rendered = renderer.render(reader.device.locale if reader.device else None, facts, EMAIL)
            except CannotRender:
                work.ended[delivery] = ("failed", "render_error")
                continue
            work.notifications.append(
                Notification(
                    delivery_id=delivery,
                    receipt="",
                    address=Mailbox(reader.person.attributes[ADDRESS]),
                    rendered=rendered,
                    ttl_seconds=ttl_seconds,
                    unsubscribe_url=self._way_out(campaign, delivery),
                )
            )
            work.targets.append(Target(delivery, reader.id, reader.device.id if reader.device else None, None, None))

    async def _doubled(self, campaign: Campaign, rows: Mapping[str, Document]) -> set[str]:
        """Those of somebody who has logged in since, and so become a person with a letter of their own."""
        own = {each: delivery_id(campaign.id, EMAIL, row["person_id"]) for each, row in rows.items()}
        moved = {each: theirs for each, theirs in own.items() if theirs != each}
        known = await self._ledger.store.existing(campaign.app_id, list(moved.values())) if moved else {}
        return {each for each, theirs in moved.items() if theirs in known}

    def _way_out(self, campaign: Campaign, delivery: str) -> str | None:
        """Where to say no to such letters; there is no such thing for a message that somebody asked for."""
        if campaign.kind != "promotion" and campaign.category is None:
            return None
        return self._unsubscribe + self._tokens.unsubscribe(campaign.app_id, delivery)
