"""The delay is over: those who waited are sent it, all who are due at a time in one run."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import structlog

from push.campaigns.model import Campaign
from push.campaigns.runs import run_of
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Database, Session
from push.errors import IllegalMove
from push.ids import new_id
from push.scheduling.model import Start
from push.triggers.store import Wait, WaitStore

log = structlog.get_logger()
MOST_AT_ONCE = 1000
RECHECK = timedelta(seconds=30)
"""How often those are looked at again who wait for a campaign that is paused."""


class Firing:
    def __init__(self, database: Database, campaigns: CampaignStore, waits: WaitStore, clock: Clock) -> None:
        self._database = database
        self._campaigns = campaigns
        self._waits = waits
        self._clock = clock

    async def fire(self, app_id: str) -> bool:
        """Begin what is due in this app; True where there was something."""
        due = await self._waits.due(app_id, self._clock.now(), MOST_AT_ONCE)
        by_campaign: dict[str, list[str]] = defaultdict(list)
        for wait in due:
            by_campaign[wait.campaign_id].append(wait.id)
        for campaign_id, ids in by_campaign.items():
            await self._fire_one(app_id, campaign_id, ids)
        return bool(due)

    async def _fire_one(self, app_id: str, campaign_id: str, ids: Sequence[str]) -> None:
        """Whatever goes wrong with a campaign stays with it: those who wait for it are looked at again later."""
        try:
            run = await self._database.transaction(lambda session: self._begin(app_id, campaign_id, ids, session))
        except DATABASE_AWAY:
            raise
        except Exception:
            log.exception("trigger_failed", app_id=app_id, campaign_id=campaign_id)
            await self._waits.put_off(app_id, ids, self._clock.now() + RECHECK)
        else:
            if run is not None:
                log.info("campaign_run_begun", app_id=app_id, campaign_id=campaign_id, run_id=run.id)

    async def _begin(self, app_id: str, campaign_id: str, ids: Sequence[str], session: Session) -> Campaign | None:
        """The run, and nobody waits for it any more: both or neither, so that of two workers one sends it."""
        now = self._clock.now()
        waiting = [wait for wait in await self._waits.of(app_id, ids, session) if wait.due_at <= now]
        campaign = await self._campaigns.get(app_id, campaign_id, session) if waiting else None
        if campaign is None or not campaign.hears:
            await self._waits.end(app_id, [wait.id for wait in waiting], session)
            return None
        if campaign.state == "paused":
            await self._waits.put_off(app_id, [wait.id for wait in waiting], now + RECHECK, session)
            return None
        await self._waits.end(app_id, [wait.id for wait in waiting], session)
        if campaign.expired(now) or (campaign.schedule is not None and campaign.schedule.over(now)):
            return None
        run = run_of(campaign, new_id("cmp"), Start(now, now), now, tuple(map(_person, waiting)))
        # Written as well as read, so that a pause or an end at the same moment comes before or after.
        if not await self._campaigns.move(campaign, campaign, session):
            raise IllegalMove(campaign.state, "set off")
        await self._campaigns.add_run(run, session)
        if run.about_event:
            await self._waits.keep(run.id, waiting, session)
        return run


def _person(wait: Wait) -> str:
    return wait.person_id
