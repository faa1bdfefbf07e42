"""A fleet of phones behind the stand-in providers, and a worker that sends to them: what sending is tested with."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec

from push.apps.model import AppCreated
from push.campaigns.model import Campaign
from push.database import to_document
from push.devices.addresses import fingerprint
from push.devices.model import Device, FcmToken, WebPush
from push.engine import Engine
from push.ids import new_id
from push.inbox.reading import Reader
from push.ledger.model import Counts
from push.people.model import Gate, Person
from push.settings import Settings
from push.worker import Worker, open_worker
from sdk_contracts.sandbox import FcmStandIn, WebPushStandIn
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.content import Content, Translation

HELLO = Content(default_locale="en", translations={"en": Translation(title="Hello"), "zh": Translation(title="你好")})


def provider_settings(settings: Settings, fcm: FcmStandIn, web_push: WebPushStandIn | None = None) -> Settings:
    """The same settings, with the stand-ins in the providers' places."""
    hosts = frozenset({web_push.authority}) if web_push else frozenset()
    return msgspec.structs.replace(settings, fcm_url=fcm.url, web_push_hosts=hosts)


class Fleet:
    """One app with its phones."""

    def __init__(self, engine: Engine, created: AppCreated, fcm: FcmStandIn) -> None:
        self.engine = engine
        self.created = created
        self.app_id = created.app.id
        self.fcm = fcm

    async def phones(self, count: int, **fields: Any) -> list[Device]:
        """Registered at once, each with a person of their own unless `person_id` is given."""
        devices = [self._phone(**fields) for _ in range(count)]
        await self._put(devices)
        return devices

    async def browser(self, web_push: WebPushStandIn, **fields: Any) -> Device:
        address = msgspec.convert(web_push.subscription().address, WebPush)
        device = self._phone(platform="web", address=address, **fields)
        await self._put([device])
        return device

    def _phone(self, **fields: Any) -> Device:
        now = self.engine.clock.now() - timedelta(days=1)
        device_id = new_id("dev")
        address = fields.pop("address", FcmToken(token=f"token-{device_id}"))
        given = {"platform": "android", "person_id": new_id("per"), "gate": Gate(consent=True), **fields}
        return Device(
            id=device_id,
            app_id=self.app_id,
            created_at=now,
            last_seen_at=now,
            installation_id=secrets.token_hex(8),
            address=address,
            fingerprint=fingerprint(address) if address else None,
            confirmed_at=now if address else None,
            **given,
        )

    async def _put(self, devices: list[Device]) -> None:
        people = {
            device.person_id: Person(
                id=device.person_id, app_id=self.app_id, created_at=device.created_at, external_id=device.external_id
            )
            for device in devices
        }
        database = self.engine.database
        rows = [{k: v for k, v in to_document(device).items() if v is not None} for device in devices]
        await database.collection("devices").insert_many(rows, ordered=False)
        rows = [{k: v for k, v in to_document(person).items() if v is not None} for person in people.values()]
        with contextlib.suppress(Exception):
            await database.collection("people").insert_many(rows, ordered=False)

    async def campaign(self, **fields: Any) -> Campaign:
        """A draft to everybody, by push, unless told otherwise."""
        draft = {
            "name": "Hello",
            "kind": "service",
            "content": HELLO,
            "audience": wire.Audience(include=wire.Rule(all=True)),
            "channels": ["push"],
            **fields,
        }
        return await self.engine.campaigns.create(self.app_id, wire.CampaignDraft(**draft))

    async def launch(self, **fields: Any) -> Campaign:
        campaign = await self.campaign(**fields)
        return await self.engine.campaigns.launch(self.app_id, campaign.id)

    async def until(self, campaign: Campaign, state: str = "sent", seconds: float = 30) -> Campaign:
        """The campaign once it is in this state. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                current = await self.engine.campaigns.get(self.app_id, campaign.id)
                if current.state == state:
                    return current
                await asyncio.sleep(0.05)

    async def inbox(self, phone: Device) -> Reader:
        """Whoever uses the phone now, knowing every broadcast there is."""
        await self.engine.live.refresh(self.app_id)
        return await self.engine.inbox.reader(self.app_id, phone.id)

    async def settled(self, campaign: Campaign, channel: str = "push", seconds: float = 30) -> Counts:
        """The milestones once nothing is planned any more."""
        async with asyncio.timeout(seconds):
            while True:
                counts = (await self.engine.ledger.funnel(self.app_id, campaign.id)).get(channel)
                if counts is not None and counts["targeted"] and not counts["planned"]:
                    return counts
                await asyncio.sleep(0.05)

    async def finished(self, campaign: Campaign, seconds: float = 60) -> Counts:
        """The milestones of pushes once the campaign is sent: planned to its end, and nothing left to do."""
        await self.until(campaign, seconds=seconds)
        return await self.counts(campaign)

    async def counts(self, campaign: Campaign, channel: str = "push") -> Counts:
        return (await self.engine.ledger.funnel(self.app_id, campaign.id))[channel]

    async def recounted(self, campaign: Campaign) -> bool:
        """Whether the counters say what the rows say."""
        recounting = self.engine.recounting
        counted = await recounting.counted(self.app_id, campaign.id)
        recount = await recounting.recount(self.app_id, campaign.id)
        return recount == {name: numbers for name, numbers in counted.items() if numbers}


@contextlib.asynccontextmanager
async def fleet_of(engine: Engine, fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    """A new app whose FCM credentials the stand-in knows, and that sends at any hour the tests are run."""
    created = await engine.apps.create("Fleet")
    await engine.apps.change(created.app.id, SettingsChange(quiet_hours=None))
    await engine.apps.set_fcm_credentials(created.app.id, fcm.service_account("demo"))
    yield Fleet(engine, created, fcm)


@contextlib.asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[Worker]:
    """A worker at work in this process."""
    async with open_worker(engine) as worker:
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stopping.set()
            await running
