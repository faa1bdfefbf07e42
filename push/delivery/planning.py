"""Plan: freeze who is meant into the ledger, page by page, and cut the work into batches."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import structlog
from msgspec import to_builtins
from msgspec.structs import replace

from push.campaigns.model import Campaign
from push.campaigns.starting import Starting
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Database, Document, Session
from push.delivery.announcing import Announcer
from push.delivery.choosing import Choosing, Walk
from push.delivery.cutting import cut, narrowed
from push.delivery.dispatch import Dispatch
from push.delivery.loading import Fresh
from push.delivery.model import BATCH_SIZE, PAUSED_RECHECK, Batch
from push.delivery.progress.store import ProgressStore
from push.delivery.reading import Page, gathered, read_ahead
from push.delivery.rows import deviceless_rows, of_persons, person_rows, push_rows, with_locales
from push.delivery.store import BatchStore
from push.errors import LeaseLost
from push.ledger.counters.store import Pen
from push.ledger.model import PER_PERSON, REST
from push.ledger.service import Ledger

log = structlog.get_logger()
_PAGES_AT_ONCE = 2
_PATIENCE_SECONDS = 1.0
"""How long a page waits to be sent by this worker before it is left to whoever comes first."""


class _Draft(NamedTuple):
    page: Page
    pushes: list[Document]
    persons: list[Document]
    locales: tuple[str, ...]
    """Those that are counted by themselves, with this page's."""


class Planner:
    def __init__(
        self,
        choosing: Choosing,
        campaigns: CampaignStore,
        batches: BatchStore,
        ledger: Ledger,
        clock: Clock,
        announcer: Announcer,
        dispatch: Dispatch,
        starting: Starting,
        progress: ProgressStore,
        database: Database,
    ) -> None:
        self._starting = starting
        self._progress = progress
        self._announcer = announcer
        self._database = database
        self._choosing = choosing
        self._campaigns = campaigns
        self._batches = batches
        self._ledger = ledger
        self._clock = clock
        self._dispatch = dispatch
        self.on_free_batch: Callable[[str, str], None] = lambda _app_id, _campaign_id: None
        """Told app and campaign when this worker had no room for what it would have sent: it is to have its turn."""

    async def claim(self, app_id: str, owner: str) -> Campaign | None:
        return await self._campaigns.claim(app_id, owner, self._clock.now())

    async def plan(self, campaign: Campaign, yielding: asyncio.Event) -> bool:
        """Walk the audience from where the last planner stopped; each page is sent at once where there is room.

        True once everybody is planned. One that was scheduled begins first, or its next run does. A paused campaign is
        put aside, a cancelled one is planned no further, and once `yielding` is set it is left to whoever claims it
        next. Raises LeaseLost.
        """
        if campaign.state == "scheduled":
            begun = await self._starting.start(campaign)
            if begun is None:
                return False
            campaign = begun
        if campaign.follows_at is not None:
            await self._starting.follow_up(campaign)
            return False
        if campaign.state == "cancelled" and campaign.launched_at is None:
            await self._starting.call_off(campaign)
        try:
            async with self._holding(campaign):
                return await self._walk(campaign, yielding)
        except LeaseLost:
            # If it is still held, another planner was at work without holding it: whoever comes next goes on there.
            await self._campaigns.hand_back(campaign, self._clock.now())
            raise

    async def _walk(self, campaign: Campaign, yielding: asyncio.Event) -> bool:
        campaign = await self._settled(campaign)
        walk = self._choosing.walk(campaign)
        campaign = await self._progress.restored(await self._announcer.announce(campaign))
        if campaign.state == "sending" and not campaign.planned and campaign.per_recipient:
            campaign = await self._plan_devices(campaign, walk, yielding)
        if yielding.is_set() or campaign.state == "paused":
            wait = timedelta() if yielding.is_set() else PAUSED_RECHECK
            await self._campaigns.hand_back(campaign, self._clock.now() + wait)
            return False
        if campaign.state == "sending" and not campaign.planned:
            campaign = await self._plan_people(campaign, walk)
        await self._announcer.count(campaign)
        if campaign.type == "campaign" and not campaign.planned:
            # Of very many it takes longer than a command may; then nothing is said of how many people there were.
            with contextlib.suppress(*DATABASE_AWAY):
                await self._ledger.count_targeted(campaign.app_id, campaign.id, campaign.channels)
        await self._end(campaign)
        return True

    @contextlib.asynccontextmanager
    async def _holding(self, campaign: Campaign) -> AsyncIterator[None]:
        """Everybody may have to be looked at before there is somebody to write down, and nobody else is to begin."""
        holding = asyncio.create_task(self._hold(campaign))
        try:
            yield
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

    async def _hold(self, campaign: Campaign) -> None:
        while True:
            await asyncio.sleep(self._campaigns.lease.total_seconds() / 3)
            with contextlib.suppress(*DATABASE_AWAY):
                await self._campaigns.renew(campaign, self._clock.now())

    async def _plan_devices(self, campaign: Campaign, walk: Walk, yielding: asyncio.Event) -> Campaign:
        """Two pages are on their way at once; they are committed one after the other."""
        drafts = read_ahead(self._drafts(campaign, gathered(walk.devices(campaign.planned_to))))
        under_way: deque[asyncio.Task[Campaign]] = deque()
        try:
            async with contextlib.aclosing(drafts):
                async for draft in drafts:
                    devices = draft.page[0]
                    campaign = replace(campaign, locales=draft.locales, planned_to=devices[-1].id)
                    before = under_way[-1] if under_way else None
                    campaign, batches = self._next(campaign, draft.pushes, draft.persons)
                    writing = self._write(campaign, batches, draft.pushes, draft.persons, draft.page, before)
                    under_way.append(asyncio.create_task(writing))
                    if len(under_way) == _PAGES_AT_ONCE:
                        campaign = _at(campaign, await under_way.popleft())
                    if yielding.is_set() or campaign.state != "sending":
                        break
            while under_way:
                campaign = _at(campaign, await under_way.popleft())
        finally:
            # Each ends as the one before it does, so that is soon.
            await asyncio.gather(*under_way, return_exceptions=True)
        return campaign

    async def _drafts(self, campaign: Campaign, pages: AsyncGenerator[Page, None]) -> AsyncGenerator[_Draft, None]:
        """The rows of each page, made while the page before is written."""
        async with contextlib.aclosing(pages):
            async for page in pages:
                now = self._clock.now()
                campaign = replace(campaign, locales=with_locales(campaign.locales, page[0]))
                pushes, persons = push_rows(campaign, page[0], now), person_rows(campaign, page[0], now)
                yield _Draft(page, pushes, persons, campaign.locales)

    async def _plan_people(self, campaign: Campaign, walk: Walk) -> Campaign:
        """Those who have no device; where nothing goes to people one by one nobody is sought."""
        if not of_persons(campaign):
            return campaign
        async for people in walk.people_without_device():
            rows = deviceless_rows(campaign, people, self._clock.now())
            for start in range(0, len(rows), BATCH_SIZE):
                part = rows[start : start + BATCH_SIZE]
                campaign, batches = self._next(campaign, [], part)
                campaign = await self._write(campaign, batches, [], part)
        return campaign

    def _next(
        self, campaign: Campaign, pushes: Sequence[Document], persons: Sequence[Document]
    ) -> tuple[Campaign, list[Batch]]:
        """The page after those that are planned: its batches, and how far it brings the campaign."""
        of_channels = ([row for row in persons if row["channel"] == channel] for channel in PER_PERSON)
        batches = cut(campaign, self._clock.now(), pushes, *of_channels)
        return replace(campaign, pages=campaign.pages + 1, batches=campaign.batches + len(batches)), batches

    async def _still_held(self, campaign: Campaign) -> Campaign:
        """As it is now. Raises LeaseLost."""
        current = await self._campaigns.get(campaign.app_id, campaign.id)
        if current is None or current.lease != campaign.lease:
            raise LeaseLost(campaign.id)
        return _at(campaign, current)

    async def _settled(self, campaign: Campaign) -> Campaign:
        """With its segments in their places: what they say now is what it means, however long the planning takes.

        Raises LeaseLost.
        """
        if campaign.meant is not None or campaign.planned or not campaign.audience.segments:
            return campaign
        now, audience = self._clock.now(), await self._choosing.settled(campaign)

        async def store(session: Session) -> Campaign | None:
            return await self._campaigns.advance(campaign, {"meant": to_builtins(audience)}, now, session)

        settled = await self._database.transaction(store)
        if settled is None:
            raise LeaseLost(campaign.id)
        return settled

    async def _write(
        self,
        campaign: Campaign,
        drafts: Sequence[Batch],
        pushes: Sequence[Document],
        persons: Sequence[Document],
        page: Page | None = None,
        before: "asyncio.Task[Campaign] | None" = None,
    ) -> Campaign:
        """One transaction: rows, counters, batches, and the place that `campaign` says is reached with them. Then those
        batches are sent that this worker has room for; it holds them from the start.

        `before` is the page before, without which this one is not committed.
        """
        # Whatever keeps a pace is claimed when its time has come.
        held, left_over = dict[str, int](), False
        if page and campaign.limits.per_minute is None:
            held, left_over = await self._reserve(campaign, drafts)

        async def store(session: Session, pen: Pen) -> tuple[Campaign, list[Batch]]:
            looking = asyncio.create_task(self._still_held(campaign))
            try:
                await self._progress.add(campaign, self._clock.now(), session)
                added = await self._ledger.plan(campaign.app_id, campaign.id, pushes, persons, session, pen)
                batches = [self._owned(campaign, batch, held) for batch in narrowed(drafts, added, persons)]
                await self._batches.add(batches, session)
                if before is not None:
                    await _written(before, campaign)
                return await looking, batches
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

        try:
            if before is not None and (persons or campaign.experiment is not None):
                # The same person may be on both.
                await _written(before, campaign)
            current, batches = await self._ledger.write(store)
            if page:
                fresh = Fresh(current, {device.id: device for device in page[0]}, page[1])
                for batch in batches:
                    if batch.id in held:
                        self._dispatch.start(batch, held.pop(batch.id), fresh)
            if left_over:
                self.on_free_batch(campaign.app_id, campaign.id)
        finally:
            for size in held.values():
                self._dispatch.leave((campaign.app_id, campaign.id), size)
        return current

    async def _reserve(self, campaign: Campaign, drafts: Sequence[Batch]) -> tuple[dict[str, int], bool]:
        """Which of these batches there is room for, and how much was asked for; and whether others found none."""
        held, left_over = dict[str, int](), False
        turn = campaign.app_id, campaign.id
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        for place, draft in enumerate(drafts):
            size, patience = len(draft.recipients), max(0.0, give_up_at - time.monotonic())
            if draft.variant == REST or not self._dispatch.takes(campaign.batches - len(drafts) + place):
                continue
            if await self._dispatch.room(turn, size, patience):
                held[draft.id] = size
            else:
                left_over = True
        return held, left_over

    def _owned(self, campaign: Campaign, batch: Batch, held: dict[str, int]) -> Batch:
        if batch.id not in held:
            return batch
        return replace(batch, owner=campaign.owner, attempt=1, due_at=self._clock.now() + self._batches.lease)

    async def _end(self, campaign: Campaign) -> None:
        if not await self._campaigns.end_planning(campaign):
            raise LeaseLost(campaign.id)
        log.info("campaign_planned", app_id=campaign.app_id, campaign_id=campaign.id)


async def _written(before: "asyncio.Task[Campaign]", campaign: Campaign) -> None:
    """Once the page before is. Raises LeaseLost where it never will be: nothing may follow a page that is not there."""
    await asyncio.wait([before])
    if before.cancelled() or before.exception() is not None:
        raise LeaseLost(campaign.id)


def _at(place: Campaign, current: Campaign) -> Campaign:
    """The campaign as it is now, with how far it has been planned."""
    return replace(
        current, pages=place.pages, planned_to=place.planned_to, batches=place.batches, locales=place.locales
    )
