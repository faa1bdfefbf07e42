"""Load what a batch needs: its devices as they are now, whether they may still be sent to, and the words for each."""

import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from push.apps.service import Apps
from push.apps.tokens import Tokens
from push.audience.gates import EMAIL, INBOX, PUSH, person_gate, push_gate
from push.campaigns.model import Campaign
from push.clock import Clock
from push.content.facts import Facts, facts_of, sample_event
from push.content.rendering import CannotRender, Renderer
from push.delivery.letters import Letters
from push.delivery.local_time import Over
from push.delivery.model import Batch
from push.delivery.sparing import Sparing
from push.delivery.work import Target, Work
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.ids import body, new_id
from push.inbox.badges import Badges
from push.inbox.model import InboxItem, item_id
from push.ledger.model import delivery_id, recipient_of
from push.ledger.service import Ledger
from push.people.model import Gate, Person, gate_of
from push.people.store import PeopleStore
from push.senders.model import Notification
from push.triggers.store import WaitStore

_REMEMBERED_RENDERERS = 100
_FRESH_SECONDS = 2.0


class Fresh(Struct, frozen=True):
    """What a planner has just read and need not be read again at once."""

    campaign: Campaign
    devices: dict[str, Device]
    read_at: float
    """By `time.monotonic`."""

    @property
    def stale(self) -> bool:
        return time.monotonic() - self.read_at > _FRESH_SECONDS


class _Always(dict[str, Facts]):
    """The same for everybody."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self._facts = facts

    def get(self, _person_id: str, _default: Facts | None = None) -> Facts:  # type: ignore[override]
        return self._facts


class Loader:
    def __init__(
        self,
        apps: Apps,
        tokens: Tokens,
        people: PeopleStore,
        devices: DeviceStore,
        ledger: Ledger,
        sparing: Sparing,
        badges: Badges,
        waits: WaitStore,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._apps = apps
        self._tokens = tokens
        self._people = people
        self._devices = devices
        self._ledger = ledger
        self._sparing = sparing
        self._badges = badges
        self._waits = waits
        self._letters = Letters(tokens, people, ledger, sparing, public_url, clock)
        self._clock = clock
        self._renderers: dict[tuple[str, str | None], Renderer] = {}
        self._causes: dict[str, dict[str, Facts]] = {}
        self._app_facts: dict[str, dict[str, Any]] = {}

    async def named(self, batch: Batch) -> Batch:
        """With its recipients, which a planned batch of pushes leaves to its rows to name."""
        if batch.recipients or not batch.first:
            return batch
        deliveries = await self._ledger.store.of_lot(batch.app_id, batch.lot, batch.first, batch.last)
        return replace(batch, recipients=tuple(map(recipient_of, deliveries)))

    async def load(self, campaign: Campaign, batch: Batch, devices: dict[str, Device] | None = None) -> Work:
        """Devices, unless just read, are read: who opted out or went since they were planned is left out."""
        if devices is None:
            wanted = [device_id for device_id in batch.devices if device_id is not None]
            devices = await self._devices.get_many(batch.app_id, wanted) if wanted else {}
        facts = await self._facts_of_app(batch.app_id)
        if batch.channel == PUSH:
            return await self._pushes(campaign, batch, devices, facts)
        if batch.channel == EMAIL:
            renderer, events = self._renderer(campaign, batch.variant), await self._events(campaign)
            return await self._letters.load(campaign, batch, devices, facts, renderer, events)
        return await self._items(campaign, batch, devices, facts)

    async def _pushes(self, campaign: Campaign, batch: Batch, devices: dict[str, Device], app: dict[str, Any]) -> Work:
        work, renderer = Work(), self._renderer(campaign, batch.variant)
        now = self._clock.now()
        reachable: list[Device] = []
        for recipient in batch.recipients:
            device = devices.get(recipient)
            reason: str | None = "no_address"
            if device is not None and device.uninstalled_at is None:
                reason = push_gate(device, campaign.kind, campaign.category, now)
            if device is None or reason is not None:
                work.ended[delivery_id(campaign.id, PUSH, recipient)] = ("skipped", reason or "no_address")
            else:
                reachable.append(device)
        spared = await self._sparing.spare(campaign, reachable)
        work.asleep = {until: {device.id: None for device in those} for until, those in spared.asleep.items()}
        for device_id, reason in spared.ended.items():
            work.ended[delivery_id(campaign.id, PUSH, device_id)] = ("skipped", reason)
        badges = await self._badges.of(campaign, spared.awake)
        ttl_seconds, personal = campaign.ttl_seconds(now), campaign.content.personal
        people = await self._known(campaign, {device.person_id for device in spared.awake})
        events = await self._events(campaign)
        for device in spared.awake:
            delivery = delivery_id(campaign.id, PUSH, device.id)
            assert device.address is not None
            try:
                person_id, facts = device.person_id, dict[str, Any]()
                if personal:
                    facts = facts_of(device, app, people.get(person_id), events.get(person_id))
                rendered = renderer.render(device.locale, facts, device.platform)
            except CannotRender:
                work.ended[delivery] = ("failed", "render_error")
                continue
            work.notifications.append(
                Notification(
                    delivery_id=delivery,
                    receipt=self._tokens.receipt(batch.app_id, delivery),
                    address=device.address,
                    rendered=rendered,
                    ttl_seconds=ttl_seconds,
                    badge=badges.get(device.person_id),
                )
            )
            work.targets.append(Target(delivery, device.id, device.id, device.platform, device.fingerprint or ""))
        return work

    async def _items(self, campaign: Campaign, batch: Batch, devices: dict[str, Device], app: dict[str, Any]) -> Work:
        work, renderer = Work(), self._renderer(campaign, batch.variant)
        now = self._clock.now()
        deliveries = batch.deliveries
        # The person may have logged in, and so become another one, since the row was planned.
        rows = await self._ledger.store.existing(batch.app_id, deliveries)
        gates = {device.person_id: device.gate for device in devices.values()}
        gates |= await self._gates(batch.app_id, {row["person_id"] for row in rows.values()} - gates.keys())
        people = await self._known(campaign, {row["person_id"] for row in rows.values()})
        events = await self._events(campaign)
        local = await self._sparing.local_time(campaign)
        for delivery, device_id in zip(deliveries, batch.devices, strict=True):
            if delivery not in rows:
                continue
            device = devices.get(device_id) if device_id else None
            gate = gates.get(rows[delivery]["person_id"], Gate())
            reason = person_gate(gate, campaign.kind, campaign.category, INBOX)
            if reason is not None:
                work.ended[delivery] = ("skipped", reason)
                continue
            try:
                begins = local.until(device.timezone if device else None)
            except Over:
                work.ended[delivery] = ("skipped", "expired")
                continue
            if begins is not None:
                work.asleep.setdefault(begins, {})[recipient_of(delivery)] = device_id
                continue
            try:
                person_id = rows[delivery]["person_id"]
                facts = facts_of(device, app, people.get(person_id), events.get(person_id))
                rendered = renderer.render(device.locale if device else None, facts, INBOX)
            except CannotRender:
                work.ended[delivery] = ("failed", "render_error")
                continue
            work.items.append(
                InboxItem(
                    id=item_id(delivery),
                    app_id=batch.app_id,
                    person_id=rows[delivery]["person_id"],
                    order=body(new_id("itm")),
                    campaign_id=campaign.id,
                    delivery_id=delivery,
                    kind=campaign.kind,
                    category=campaign.category,
                    title=rendered.title,
                    body=rendered.body,
                    image_url=rendered.image_url,
                    link=rendered.link,
                    actions=rendered.actions,
                    data=rendered.data,
                    highlighted=rendered.highlight,
                    created_at=now,
                    expires_at=campaign.limits.expires_at,
                )
            )
        return work

    async def _known(self, campaign: Campaign, person_ids: set[str]) -> dict[str, Person]:
        """The people, where the texts speak of what is known of them."""
        if not campaign.content.about_person:
            return {}
        people = await self._people.get_many(campaign.app_id, sorted(person_ids))
        return {person.id: person for person in people}

    async def _events(self, campaign: Campaign) -> Mapping[str, Facts]:
        """What set it off, by person, where the texts speak of that. A test send speaks of one made up."""
        if not campaign.content.about_event:
            return {}
        if campaign.test_of is not None:
            sample = sample_event("test", campaign.created_at)
            return _Always(sample)
        run_id = campaign.follows or campaign.id
        causes = self._causes.get(run_id)
        if causes is None:
            if len(self._causes) >= _REMEMBERED_RENDERERS:
                self._causes.clear()
            causes = self._causes[run_id] = await self._waits.causes(campaign.app_id, run_id)
        return causes

    async def _gates(self, app_id: str, person_ids: set[str]) -> dict[str, Gate]:
        """Of those on none of whose devices theirs is at hand: they have no device, or logged in meanwhile."""
        people = await self._people.get_many(app_id, sorted(person_ids)) if person_ids else []
        return {person.id: gate_of(person.preferences) for person in people}

    def _renderer(self, campaign: Campaign, variant: str | None) -> Renderer:
        """A launched campaign's content does not change any more, so it is parsed once a worker and variant."""
        renderer = self._renderers.get((campaign.id, variant))
        if renderer is None:
            if len(self._renderers) >= _REMEMBERED_RENDERERS:
                self._renderers.clear()
            renderer = self._renderers[campaign.id, variant] = Renderer(campaign.content)
        return renderer

    async def _facts_of_app(self, app_id: str) -> dict[str, Any]:
        if app_id not in self._app_facts:
            self._app_facts[app_id] = {"name": (await self._apps.get(app_id)).name}
        return self._app_facts[app_id]
