"""The moment has come: a scheduled campaign goes out, or the next run of one that recurs."""

import contextlib
from collections.abc import Awaitable, Callable

import structlog
from msgspec.structs import replace

from push.apps.service import Apps
from push.campaigns.model import Campaign
from push.campaigns.runs import missed, run_of, second_step, waiting
from push.campaigns.searching import Search
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import Database, Session
from push.errors import IllegalMove, LeaseLost, Outdated
from push.ids import derived_id
from push.limits.quiet import zone_of

Cancel = Callable[[str, str], Awaitable[object]]
log = structlog.get_logger()
_RUNS_AT_ONCE = 200


class Starting:
    def __init__(self, database: Database, campaigns: CampaignStore, apps: Apps, cancel: Cancel, clock: Clock) -> None:
        """`cancel` ends one campaign of an app."""
        self._cancel = cancel
        self._database = database
        self._campaigns = campaigns
        self._apps = apps
        self._clock = clock

    async def start(self, campaign: Campaign) -> Campaign | None:
        """A scheduled campaign that was claimed, on its way; None where it is not it that is to be planned now.

        Whoever lost the lease, or was overtaken by a pause, begins nothing. Raises LeaseLost.
        """
        now, schedule = self._clock.now(), campaign.schedule
        if schedule is None or schedule.trigger is not None or campaign.start is None:
            await self._move(campaign, waiting(campaign, None, now))
            return None
        if schedule.repeat is not None:
            await self._begin_run(campaign)
            return None
        if schedule.over(now) or campaign.expired(now):
            log.warning("campaign_missed", app_id=campaign.app_id, campaign_id=campaign.id)
            await self._move(campaign, missed(campaign, now))
            return None
        begun = campaign.begin(now, campaign.due_at)
        await self._move(campaign, begun)
        return begun

    async def follow_up(self, campaign: Campaign) -> None:
        """The second step of one that was sent, once. Raises LeaseLost."""
        now = self._clock.now()
        step = second_step(campaign, derived_id("cmp", campaign.created_at, campaign.id, "follow_up"), now)

        async def store(session: Session) -> None:
            if not campaign.expired(now):
                await self._campaigns.add_run(step, session)
            await self._move(campaign, replace(campaign, due_at=None, owner=None), session)

        await self._database.transaction(store)
        log.info("campaign_followed", app_id=campaign.app_id, campaign_id=campaign.id, step_id=step.id)

    async def call_off(self, campaign: Campaign) -> None:
        """The runs that are under way of a campaign that was cancelled."""
        cursor: str | None = None
        while True:
            wanted = Search(run_of=campaign.id)
            runs, cursor = await self._campaigns.page(campaign.app_id, cursor, _RUNS_AT_ONCE, wanted)
            for run in runs:
                if run.state in ("sending", "paused"):
                    with contextlib.suppress(IllegalMove, Outdated):
                        await self._cancel(run.app_id, run.id)
            if cursor is None:
                return

    async def _begin_run(self, campaign: Campaign) -> None:
        """The run and the date of the next one: both or neither, and each run once, however many try."""
        assert campaign.schedule is not None
        assert campaign.start is not None
        now, zone = self._clock.now(), zone_of((await self._apps.get(campaign.app_id)).timezone)
        start, following = campaign.schedule.due(campaign.start, now, zone)
        run_id = derived_id("cmp", start.occurrence, campaign.id, start.occurrence.isoformat())
        if campaign.expired(now):
            await self._move(campaign, waiting(campaign, None, now))
            return

        async def store(session: Session) -> None:
            await self._campaigns.add_run(run_of(campaign, run_id, start, now), session)
            await self._move(campaign, waiting(campaign, following, now), session)

        await self._database.transaction(store)
        log.info("campaign_run_begun", app_id=campaign.app_id, campaign_id=campaign.id, run_id=run_id)

    async def _move(self, was: Campaign, becomes: Campaign, session: Session | None = None) -> None:
        if not await self._campaigns.move(was, becomes, session, held=True):
            raise LeaseLost(was.id)
