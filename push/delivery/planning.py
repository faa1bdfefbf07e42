"""Plan: freeze who is meant into the ledger, page by page, and cut the work into batches."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog

from push.audience.service import Audiences
from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import Document, Session
from push.delivery.announcing import Announcer
from push.delivery.model import BATCH_SIZE, PAUSED_RECHECK, Batch, numbered
from push.delivery.rows import deviceless_rows, inbox_rows, push_rows
from push.delivery.store import BatchStore
from push.errors import LeaseLost
from push.ledger.counters.store import Pen
from push.ledger.model import recipient_of
from push.ledger.service import Ledger

log = structlog.get_logger()


class Planner:
    def __init__(
        self,
        audiences: Audiences,
        campaigns: CampaignStore,
        batches: BatchStore,
        ledger: Ledger,
        clock: Clock,
        announcer: Announcer,
    ) -> None:
        self._announcer = announcer
        self._audiences = audiences
        self._campaigns = campaigns
        self._batches = batches
        self._ledger = ledger
        self._clock = clock

    async def claim(self, app_id: str, owner: str) -> Campaign | None:
        return await self._campaigns.claim(app_id, owner, self._clock.now())

    async def plan(self, campaign: Campaign, planned: asyncio.Event, stopping: asyncio.Event) -> bool:
        """Walk the audience from where the last planner stopped; `planned` is set after each page, which can be sent.

        True once everybody is planned. A paused campaign is put aside, a cancelled one is planned no further.
        Raises LeaseLost.
        """
        walk = self._audiences.walk(campaign.app_id, campaign.audience)
        campaign = await self._announcer.announce(campaign)
        if campaign.state == "sending" and not campaign.planned and campaign.per_recipient:
            async for page in walk.devices(campaign.planned_to):
                if page:
                    now = self._clock.now()
                    pushes, persons = push_rows(campaign, page, now), inbox_rows(campaign, page, now)
                    campaign = await self._write(campaign, pushes, persons, page[-1].id)
                    planned.set()
                if stopping.is_set() or campaign.state != "sending":
                    break
        if stopping.is_set() or campaign.state == "paused":
            wait = timedelta() if stopping.is_set() else PAUSED_RECHECK
            await self._campaigns.hand_back(campaign, self._clock.now() + wait)
            return False
        if campaign.state == "sending" and not campaign.planned:
            rows = deviceless_rows(campaign, await walk.people_without_device(), self._clock.now())
            await self._plan_deviceless(campaign, rows)
        await self._announcer.count(campaign)
        await self._end(campaign)
        return True

    async def _plan_deviceless(self, campaign: Campaign, rows: list[Document]) -> None:
        for start in range(0, len(rows), BATCH_SIZE):
            campaign = await self._write(campaign, [], rows[start : start + BATCH_SIZE], campaign.planned_to)

    async def _write(
        self, campaign: Campaign, pushes: list[Document], persons: list[Document], planned_to: str
    ) -> Campaign:
        """One transaction: rows, counters, batches, and the place reached."""

        async def store(session: Session, pen: Pen) -> Campaign:
            added = await self._ledger.plan(campaign.app_id, campaign.id, pushes, persons, session, pen)
            batches = list(self._cut(campaign, pushes, [row for row in persons if row["_id"] in added]))
            await self._batches.add(batches, session)
            progress = {"planned_to": planned_to, "batches": campaign.batches + len(batches)}
            advanced = await self._campaigns.advance(campaign, progress, self._clock.now(), session)
            if advanced is None:
                raise LeaseLost(campaign.id)
            return advanced

        return await self._ledger.write(store)

    def _cut(self, campaign: Campaign, *channels: Sequence[Document]) -> Iterator[Batch]:
        number = campaign.batches
        for rows in channels:
            planned = [row for row in rows if row["state"] == "planned"]
            for start in range(0, len(planned), BATCH_SIZE):
                part = planned[start : start + BATCH_SIZE]
                yield Batch(
                    id=numbered(campaign.id, number),
                    app_id=campaign.app_id,
                    campaign_id=campaign.id,
                    channel=part[0]["channel"],
                    recipients=tuple(recipient_of(row["_id"]) for row in part),
                    device_ids=tuple(row["device_id"] for row in part),
                    due_at=self._clock.now(),
                )
                number += 1

    async def _end(self, campaign: Campaign) -> None:
        if not await self._campaigns.end_planning(campaign):
            raise LeaseLost(campaign.id)
        log.info("campaign_planned", app_id=campaign.app_id, campaign_id=campaign.id)
