"""The part of planning that is for everybody at once: a campaign's broadcast."""

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import Session
from push.errors import LeaseLost
from push.inbox.broadcasts.service import Broadcasts
from push.ledger.counters.store import Pen
from push.ledger.service import Ledger


class Announcer:
    def __init__(self, campaigns: CampaignStore, broadcasts: Broadcasts, ledger: Ledger, clock: Clock) -> None:
        self._campaigns = campaigns
        self._broadcasts = broadcasts
        self._ledger = ledger
        self._clock = clock

    async def announce(self, campaign: Campaign) -> Campaign:
        """Lay a broadcast into all inboxes, unless it was called off; one that is there stays. Raises LeaseLost."""
        if not campaign.broadcast or campaign.planned or campaign.state != "sending":
            return campaign

        async def store(session: Session, _: Pen) -> Campaign:
            # Written as well as read, so that calling it off at the same moment comes before or after.
            current = await self._campaigns.advance(campaign, {}, self._clock.now(), session)
            if current is None:
                raise LeaseLost(campaign.id)
            if current.state == "sending":
                await self._broadcasts.put(current, session)
            return current

        return await self._ledger.write(store)

    async def count(self, campaign: Campaign) -> None:
        """Those it is meant for go into the counters, once; one that was called off is seen to have ended."""
        if not campaign.broadcast:
            return
        if campaign.state == "cancelled":
            # Whoever called it off may have been cut short before the broadcast was ended.
            await self._broadcasts.end(campaign.app_id, campaign.id)
        await self._broadcasts.count(campaign.app_id, campaign.id)
