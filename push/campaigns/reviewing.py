"""Approval: an author submits, somebody who may launch approves or rejects, and large campaigns need four eyes."""

from push.apps.model import Principal
from push.apps.service import Apps
from push.audience.service import Audiences
from push.audit.service import Audit
from push.campaigns.model import Campaign
from push.campaigns.moving import Moves
from push.clock import Clock
from push.errors import NeedsApproval, Outdated


class Reviewing:
    def __init__(self, moves: Moves, apps: Apps, audiences: Audiences, audit: Audit, clock: Clock) -> None:
        self._moves = moves
        self._apps = apps
        self._audiences = audiences
        self._audit = audit
        self._clock = clock

    async def submit(self, by: Principal, campaign_id: str, note: str = "") -> Campaign:
        """Ask for approval of what it says now. Raises CampaignNotFound, IllegalMove, Outdated."""
        campaign = await self._moves.get(by.app_id, campaign_id)
        witness = self._audit.witness(by, "campaign.submitted", campaign_id)
        return await self._moves.move(campaign, campaign.submit(by, self._clock.now(), note), "submitted", witness)

    async def approve(self, by: Principal, campaign_id: str, version: int | None = None, note: str = "") -> Campaign:
        """Raises CampaignNotFound, IllegalMove, Outdated, and NeedsApproval for one's own work where others must look.

        With a `version`, only that one is approved.
        """
        campaign = await self._seen(by, campaign_id, version)
        approved = campaign.approve(by, self._clock.now(), note)
        await self.check(approved)
        witness = self._audit.witness(by, "campaign.approved", campaign_id)
        return await self._moves.move(campaign, approved, "approved", witness)

    async def reject(self, by: Principal, campaign_id: str, version: int | None = None, note: str = "") -> Campaign:
        """Back to its author. Raises CampaignNotFound, IllegalMove, Outdated."""
        campaign = await self._seen(by, campaign_id, version)
        witness = self._audit.witness(by, "campaign.rejected", campaign_id)
        return await self._moves.move(campaign, campaign.reject(by, self._clock.now(), note), "rejected", witness)

    async def check(self, campaign: Campaign) -> None:
        """Raises NeedsApproval where the app wants four eyes on so many people, and two have seen it."""
        if campaign.review.by_another:
            return
        above = (await self._apps.get(campaign.app_id)).four_eyes_above
        if above is not None and await self._audiences.larger_than(campaign.app_id, campaign.audience, above):
            raise NeedsApproval(above)

    async def _seen(self, by: Principal, campaign_id: str, version: int | None) -> Campaign:
        campaign = await self._moves.get(by.app_id, campaign_id)
        if version is not None and version != campaign.review.version:
            raise Outdated
        return campaign
