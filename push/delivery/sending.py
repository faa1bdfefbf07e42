"""Send one batch: claim → load → render → send → settle."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import structlog

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Session
from push.delivery.lanes import Lanes
from push.delivery.loading import Loader, Work
from push.delivery.model import PAUSED_RECHECK, Batch, again
from push.delivery.retry import delay_seconds, exhausted
from push.delivery.store import BatchStore
from push.devices.store import DeviceStore
from push.errors import LeaseLost
from push.inbox.service import Inbox
from push.ledger.counters.store import Pen
from push.ledger.model import delivery_id
from push.ledger.service import Ledger, Settlement
from push.senders.model import Accepted, AddressGone, LaneDown, Outcome, Refused, TryLater

log = structlog.get_logger()
MAX_CLAIMS = 50
"""A batch whose workers keep dying is given up after so many; one a process is killed in costs it one."""


class Result:
    """How a batch ended so far, and who of it is to be tried again when."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.settlement = Settlement()
        self.later: dict[tuple[float, bool], dict[str, str | None]] = {}
        """(seconds from now, whether it counts as a try) → recipients and their devices."""
        self.gone: list[str] = []
        """Fingerprints of the addresses that will never work again."""


class Sending:
    def __init__(
        self,
        campaigns: CampaignStore,
        batches: BatchStore,
        devices: DeviceStore,
        ledger: Ledger,
        inbox: Inbox,
        loader: Loader,
        lanes: Lanes,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._batches = batches
        self._devices = devices
        self._ledger = ledger
        self._inbox = inbox
        self._loader = loader
        self._lanes = lanes
        self._clock = clock
        self._random = random.SystemRandom()

    async def claim(self, app_id: str, owner: str) -> Batch | None:
        return await self._batches.claim(app_id, owner, self._clock.now())

    async def hand_back(self, batch: Batch) -> None:
        """Let another worker have it at once."""
        await self._batches.hand_back(batch, self._clock.now())

    async def deliver(self, batch: Batch) -> None:
        """Send a claimed batch and settle it. Raises LeaseLost when another worker has taken it over meanwhile."""
        campaign = await self._campaigns.get(batch.app_id, batch.campaign_id)
        if campaign is not None and campaign.state == "paused":
            await self._batches.hand_back(batch, self._clock.now() + PAUSED_RECHECK)
            return
        async with self._renewed(batch):
            result = Result(batch)
            work = Work()
            if campaign is None or (reason := self._stopped(campaign)) == "cancelled":
                self._end_all(result, "skipped", "cancelled")
            elif reason is not None:
                self._end_all(result, "skipped", reason)
            elif batch.attempt > MAX_CLAIMS:
                self._end_all(result, "dead", "worker_lost")
            else:
                work = await self._loader.load(campaign, batch)
                for delivery, end in work.ended.items():
                    result.settlement.end(delivery, *end)
                outcomes = await self._lanes.send(batch.app_id, work.notifications)
                self._sort(result, work, outcomes)
            await self._settle(result, work)
        await self._devices.retire(batch.app_id, result.gone, self._clock.now())
        await self._finish(batch)

    def _stopped(self, campaign: Campaign) -> str | None:
        if campaign.state == "cancelled":
            return "cancelled"
        return "expired" if campaign.expired(self._clock.now()) else None

    def _end_all(self, result: Result, state: str, reason: str) -> None:
        batch = result.batch
        for recipient in batch.recipients:
            result.settlement.end(delivery_id(batch.campaign_id, batch.channel, recipient), state, reason)

    def _sort(self, result: Result, work: Work, outcomes: Sequence[Outcome]) -> None:
        """Name what each answer means for its recipient."""
        tries = result.batch.tries + 1
        shared: dict[Outcome, float] = {}
        for target, outcome in zip(work.targets, outcomes, strict=True):
            match outcome:
                case Accepted():
                    result.settlement.accept(target.delivery_id, target.platform)
                case AddressGone(reason=reason):
                    result.settlement.end(target.delivery_id, "failed", reason)
                    result.gone.append(target.fingerprint)
                case Refused(reason=reason):
                    result.settlement.end(target.delivery_id, "failed", reason)
                case TryLater() | LaneDown():
                    if exhausted(outcome, tries):
                        result.settlement.end(target.delivery_id, "dead", outcome.reason)
                        continue
                    # Those who were told the same wait the same, so that they come back as one batch.
                    if outcome not in shared:
                        shared[outcome] = delay_seconds(outcome, tries, self._random)
                    key = (shared[outcome], isinstance(outcome, TryLater))
                    result.later.setdefault(key, {})[target.recipient] = target.device_id
        for item in work.items:
            result.settlement.accept(item.delivery_id, None)

    async def _settle(self, result: Result, work: Work) -> None:
        """Rows, counters, items, what comes again, and the end of the batch: all of it or nothing."""
        batch, now = result.batch, self._clock.now()
        retries = [
            again(batch, recipients, now + timedelta(seconds=seconds), counts)
            for (seconds, counts), recipients in result.later.items()
        ]

        async def store(session: Session, pen: Pen) -> None:
            if not await self._batches.remove(batch, session):
                raise LeaseLost(batch.id)
            await self._inbox.put(work.items, session)
            await self._ledger.settle(batch.app_id, batch.campaign_id, batch.channel, result.settlement, session, pen)
            await self._batches.add(retries, session)

        await self._ledger.write(store)
        log.info(
            "batch_settled",
            app_id=batch.app_id,
            campaign_id=batch.campaign_id,
            batch_id=batch.id,
            accepted=len(result.settlement.accepted),
            later=sum(map(len, result.later.values())),
            gone=len(result.gone),
        )

    async def _finish(self, batch: Batch) -> None:
        """The last batch of a campaign that is planned to its end makes it sent."""
        if await self._batches.any_of(batch.app_id, batch.campaign_id):
            return
        campaign = await self._campaigns.get(batch.app_id, batch.campaign_id)
        if campaign is not None and campaign.planned:
            await self._campaigns.finish(batch.app_id, batch.campaign_id, self._clock.now())

    async def finish_if_empty(self, campaign: Campaign) -> None:
        """A campaign whose batches were settled before its planning ended, or that had none."""
        if not await self._batches.any_of(campaign.app_id, campaign.id):
            await self._campaigns.finish(campaign.app_id, campaign.id, self._clock.now())

    @contextlib.asynccontextmanager
    async def _renewed(self, batch: Batch) -> AsyncIterator[None]:
        """Keep the lease while the block runs."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._batches.lease.total_seconds() / 3)
                with contextlib.suppress(*DATABASE_AWAY):
                    if not await self._batches.renew(batch, self._clock.now()):
                        return

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
