"""One move of a campaign: stored only if nobody has moved or changed it since it was read."""

from push.audit.service import Witness
from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.database import Database, Session
from push.errors import CampaignNotFound, IllegalMove, Outdated


class Moves:
    def __init__(self, database: Database, store: CampaignStore) -> None:
        self._database = database
        self._store = store

    async def get(self, app_id: str, campaign_id: str) -> Campaign:
        """Raises CampaignNotFound."""
        campaign = await self._store.get(app_id, campaign_id)
        if campaign is None:
            raise CampaignNotFound(campaign_id)
        return campaign

    async def move(self, campaign: Campaign, moved: Campaign, move: str, witness: Witness | None = None) -> Campaign:
        """What it is now; written down by a `witness`, if there is one, in the same transaction.

        Raises IllegalMove, Outdated, CampaignNotFound.
        """

        async def store(session: Session) -> bool:
            if witness is not None and await witness.recorded(session):
                return True
            done = await self._store.move(campaign, moved, session)
            if done and witness is not None:
                await witness.record(session, {"version": moved.review.version})
            return done

        if not await (self._database.transaction(store) if witness else self._store.move(campaign, moved)):
            now = await self.get(campaign.app_id, campaign.id)
            raise IllegalMove(now.state, move) if now.state != campaign.state else Outdated
        return moved
