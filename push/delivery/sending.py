"""Send one batch: claim → load → render → send → settle."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Session
from push.delivery.deciding import Deciding
from push.delivery.flow.pace import Paces
from push.delivery.lanes import Lanes
from push.delivery.loading import Fresh, Loader
from push.delivery.mixing import Mixing
from push.delivery.model import PAUSED_RECHECK, Batch, again
from push.delivery.retry import delay_seconds, exhausted
from push.delivery.store import BatchStore
from push.delivery.work import Work
from push.devices.store import DeviceStore
from push.errors import LeaseLost
from push.inbox.service import Inbox
from push.ledger.counters.store import Pen
from push.ledger.model import REST
from push.ledger.service import Ledger, Settlement
from push.ledger.telling import Happened
from push.senders.model import Accepted, AddressGone, Held, LaneDown, Outcome, Refused, TryLater

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

    def happened(self, at: datetime) -> Iterator[Happened]:
        """Who of it was accepted, failed or died: all but those who come again or were skipped."""
        other = {each for ids in self.settlement.moved.values() for each in ids}
        for state, reasons in self.settlement.ended.items():
            for reason, ids in reasons.items():
                other.update(ids)
                if state != "skipped":
                    yield from (Happened(state, each, at, reason) for each in ids)
        if self.settlement.accepted:
            yield from (Happened("accepted", each, at) for each in self.batch.deliveries if each not in other)


class Sending:
    def __init__(
        self,
        campaigns: CampaignStore,
        batches: BatchStore,
        devices: DeviceStore,
        ledger: Ledger,
        inbox: Inbox,
        loader: Loader,
        deciding: Deciding,
        lanes: Lanes,
        paces: Paces,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._batches = batches
        self._devices = devices
        self._ledger = ledger
        self._inbox = inbox
        self._loader = loader
        self._deciding = deciding
        self._lanes = lanes
        self._paces = paces
        self._clock = clock
        self._random = random.SystemRandom()
        self.planned_here: set[str] = set()
        """Campaigns that this process is planning: it asks whether they are finished once it is done with that."""

    async def waiting(self, app_id: str) -> list[str]:
        """The campaigns of this app with something to claim."""
        return await self._batches.waiting(app_id, self._clock.now())

    async def claim(self, app_id: str, campaign_id: str, owner: str) -> Batch | None:
        if self._paces.rests(campaign_id):
            return None
        return await self._batches.claim(app_id, campaign_id, owner, self._clock.now())

    async def hand_back(self, batch: Batch) -> None:
        """Let another worker have it at once."""
        await self._batches.hand_back(batch, self._clock.now())

    async def deliver(self, batch: Batch, fresh: Fresh | None = None) -> None:
        """Send a claimed batch and settle it. Raises LeaseLost when another worker has taken it over meanwhile.

        `fresh` is what its planner has just read.
        """
        if fresh is not None and fresh.stale:
            fresh = None
        campaign = fresh.campaign if fresh else await self._campaigns.get(batch.app_id, batch.campaign_id)
        if campaign is not None and (later := self._not_before(campaign)) is not None:
            await self._batches.hand_back(batch, later)
            return
        if campaign is not None and batch.variant == REST and self._stopped(campaign) is None:
            campaign = await self._deciding.decided(campaign)
            if campaign is None:
                await self._batches.hand_back(batch, self._clock.now() + PAUSED_RECHECK)
                return
        async with self._renewed(batch):
            result = Result(await self._loader.named(batch))
            if (later := await self._pace(campaign, result.batch)) is not None:
                await self._batches.hand_back(batch, later)
                return
            work = await self._send(campaign, result, fresh)
            await self._settle(result, work)
        if result.later or work.asleep:
            await self._hurry_if_cancelled(batch)
        await self._devices.retire(batch.app_id, result.gone, self._clock.now())
        if batch.campaign_id not in self.planned_here:
            await self.finish_if_empty(batch.app_id, batch.campaign_id)

    async def _hurry_if_cancelled(self, batch: Batch) -> None:
        """Who cancelled while the batch was in flight did not see what it left to be sent later."""
        campaign = await self._campaigns.get(batch.app_id, batch.campaign_id)
        if campaign is None or campaign.state == "cancelled":
            await self._batches.hurry(batch.app_id, batch.campaign_id, self._clock.now())

    def _not_before(self, campaign: Campaign) -> datetime | None:
        """When a batch that may not go now is to be looked at again."""
        return self._clock.now() + PAUSED_RECHECK if campaign.state == "paused" else None

    async def _pace(self, campaign: Campaign | None, batch: Batch) -> datetime | None:
        """When a batch is to go that would be too soon now. What goes nowhere keeps no pace."""
        if campaign is None or self._stopped(campaign) is not None:
            self._paces.forget(batch.campaign_id)
            return None
        return await self._paces.not_before(campaign, batch)

    async def _send(self, campaign: Campaign | None, result: Result, fresh: Fresh | None) -> Work:
        """Hand it to the providers, unless it is to go nowhere."""
        batch = result.batch
        if campaign is None:
            self._end_all(result, "skipped", "cancelled")
        elif (reason := self._stopped(campaign)) is not None:
            self._end_all(result, "skipped", reason)
        elif batch.attempt - batch.returned > MAX_CLAIMS:
            self._end_all(result, "dead", "worker_lost")
        else:
            work = await self._loader.load(campaign.as_told(batch.variant), batch, fresh.devices if fresh else None)
            for delivery, end in work.ended.items():
                result.settlement.end(delivery, *end)
            self._sort(result, work, await self._lanes.send(batch.app_id, work.notifications))
            return work
        return Work()

    def _stopped(self, campaign: Campaign) -> str | None:
        if campaign.state == "cancelled":
            return "cancelled"
        return "expired" if campaign.expired(self._clock.now()) else None

    def _end_all(self, result: Result, state: str, reason: str) -> None:
        for delivery in result.batch.deliveries:
            result.settlement.end(delivery, state, reason)

    def _sort(self, result: Result, work: Work, outcomes: Sequence[Outcome]) -> None:
        """Name what each answer means for its recipient."""
        tries = result.batch.tries + 1
        shared: dict[Outcome, float] = {}
        accepted: list[str | None] = [None] * len(work.items)
        for target, outcome in zip(work.targets, outcomes, strict=True):
            match outcome:
                case Accepted():
                    accepted.append(target.platform)
                case AddressGone(reason=reason):
                    result.settlement.end(target.delivery_id, "failed", reason)
                    if target.fingerprint is not None:
                        result.gone.append(target.fingerprint)
                case Refused(reason=reason):
                    result.settlement.end(target.delivery_id, "failed", reason)
                case TryLater() | LaneDown() | Held():
                    if exhausted(outcome, tries):
                        result.settlement.end(target.delivery_id, "dead", outcome.reason)
                        continue
                    # Those who were told the same wait the same, so that they come back as one batch.
                    if outcome not in shared:
                        shared[outcome] = delay_seconds(outcome, tries, self._random)
                    key = (shared[outcome], isinstance(outcome, TryLater))
                    result.later.setdefault(key, {})[target.recipient] = target.device_id
        result.settlement.accept(accepted)

    async def _settle(self, result: Result, work: Work) -> None:
        """Rows, counters, items, what comes again, and the end of the batch: all of it or nothing."""
        batch, again = result.batch, self._retries(result) + self._waiting(result, work)
        mixing = Mixing(batch, result.settlement, again)
        if unknown := mixing.unknown:
            mixing.learn(await self._ledger.store.existing(batch.app_id, unknown))
        result.settlement.parts, retries = mixing.parts(), mixing.told()
        told = await self._ledger.telling.of(batch.app_id, lambda: result.happened(self._clock.now()))

        async def store(session: Session, pen: Pen) -> None:
            if not await self._batches.remove(batch, session):
                raise LeaseLost(batch.id)
            await self._inbox.put(work.items, session)
            await self._ledger.settle(
                batch.app_id,
                batch.campaign_id,
                batch.channel,
                batch.lot,
                result.settlement,
                session,
                pen,
                batch.variant,
            )
            await self._batches.add(retries, session)
            if told is not None:
                await told(session)

        await self._ledger.write(store)
        log.info(
            "batch_settled",
            app_id=batch.app_id,
            campaign_id=batch.campaign_id,
            batch_id=batch.id,
            accepted=result.settlement.accepted,
            later=sum(map(len, (*result.later.values(), *work.asleep.values()))),
            gone=len(result.gone),
        )

    def _retries(self, result: Result) -> list[Batch]:
        """Batches of those who are tried again, each with rows in a lot of their own.

        Where nobody was accepted the largest stays in the lot there is, and no row of it is written: a provider's
        outage costs no more than sending does.
        """
        batch, now = result.batch, self._clock.now()
        retries: list[Batch] = []
        for (seconds, counts), recipients in sorted(result.later.items(), key=lambda each: -len(each[1])):
            lot = None if retries or result.settlement.accepted else batch.lot
            retry = again(batch, recipients, now + timedelta(seconds=seconds), counts, lot)
            if lot is None:
                result.settlement.moved[retry.lot] = retry.deliveries
            retries.append(retry)
        return retries

    def _waiting(self, result: Result, work: Work) -> list[Batch]:
        """Batches of those who are to be sent it later, which costs them no try."""
        waiting: list[Batch] = []
        for until, recipients in work.asleep.items():
            later = again(result.batch, recipients, until, counts=False)
            result.settlement.moved[later.lot] = later.deliveries
            result.settlement.not_before[later.lot] = until
            waiting.append(later)
        return waiting

    async def finish_if_empty(self, app_id: str, campaign_id: str) -> None:
        """A campaign that is planned to its end and has no batch left was sent."""
        # Read before the batches: who redrives or resumes it meanwhile moves it, and then it is not finished.
        campaign = await self._campaigns.get(app_id, campaign_id)
        if campaign is None or not campaign.planned or campaign.due_at is None:
            return
        if not await self._batches.any_of(app_id, campaign_id):
            await self._campaigns.finish(campaign, self._clock.now())

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
