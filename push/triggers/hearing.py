"""A person's named events: they set campaigns off for them, and call them off."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.database import Session
from push.people.doings.model import Named
from push.triggers.store import Wait, WaitStore, wait_id


class Hearing:
    def __init__(self, campaigns: CampaignStore, waits: WaitStore) -> None:
        self._campaigns = campaigns
        self._waits = waits

    async def heard(self, app_id: str, events: Sequence[Named], session: Session) -> None:
        """Part of the transaction that accepts them: what is acknowledged will set off what it is to set off.

        In the order in which they happened, whatever the order in which they are reported together.
        """
        campaigns = await self._campaigns.hearing(app_id, sorted({event.name for event in events}))
        if not campaigns:
            return
        begun: dict[str, Wait] = {}
        ended: dict[str, datetime] = {}
        for event in sorted(events, key=lambda each: each.at):
            for campaign in campaigns:
                key = wait_id(campaign.id, event.person_id)
                if _calls_off(campaign, event):
                    ended[key] = event.at
                    begun.pop(key, None)
                elif _sets_off(campaign, event) and key not in begun:
                    begun[key] = _wait(campaign, event)
        waiting = await self._waits.of(app_id, list(ended), session) if ended else []
        await self._waits.end(app_id, [wait.id for wait in waiting if wait.since <= ended[wait.id]], session)
        await self._waits.begin(app_id, list(begun.values()), session)


def _calls_off(campaign: Campaign, event: Named) -> bool:
    trigger = campaign.schedule.trigger if campaign.schedule else None
    return trigger is not None and event.name in trigger.cancelled_by


def _sets_off(campaign: Campaign, event: Named) -> bool:
    """Paused, it is set off by nothing; what happened before it was launched does not count."""
    schedule, start = campaign.schedule, campaign.start
    if schedule is None or schedule.trigger is None or start is None or campaign.state != "scheduled":
        return False
    in_window = start.at <= event.at and (schedule.until is None or event.at <= schedule.until)
    return in_window and event.name == schedule.trigger.event


def _wait(campaign: Campaign, event: Named) -> Wait:
    delay = campaign.schedule.trigger.delay_seconds if campaign.schedule and campaign.schedule.trigger else 0
    return Wait(
        id=wait_id(campaign.id, event.person_id),
        app_id=campaign.app_id,
        campaign_id=campaign.id,
        person_id=event.person_id,
        name=event.name,
        value=event.value,
        currency=event.currency,
        since=event.at,
        due_at=event.at + timedelta(seconds=delay),
    )
