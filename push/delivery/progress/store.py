"""How far a campaign has been planned: an entry for each page, written in the page's own transaction.

Pages are numbered, and each is written once. So a planner whose lease was lost can write no page that another one has
written, and two pages can be on their way at once: they write nothing in common.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from push.campaigns.model import Campaign
from push.database import Database, Session
from push.errors import LeaseLost

_KEPT = timedelta(days=400)
"""Longer than a campaign can be paused, or anybody who believes to hold it be away."""


class ProgressStore:
    def __init__(self, database: Database) -> None:
        self._pages = database.collection(
            "planned_pages",
            IndexModel([("app_id", 1), ("campaign_id", 1), ("_id", 1)]),
            IndexModel([("app_id", 1), ("planned_to", 1)]),
            IndexModel([("at", 1)], expireAfterSeconds=int(_KEPT.total_seconds())),
        )

    async def restored(self, campaign: Campaign) -> Campaign:
        """The campaign with how far it has come, where anybody has held it before."""
        if campaign.attempt <= 1:
            return campaign
        query = {"app_id": campaign.app_id, "campaign_id": campaign.id}
        found = await self._pages.find(query, sort=[("_id", -1)], limit=1).to_list(1)
        if not found:
            return campaign
        page = found[0]
        return replace(
            campaign,
            pages=page["number"],
            planned_to=page["planned_to"],
            batches=page["batches"],
            locales=tuple(page["locales"]),
        )

    async def add(self, campaign: Campaign, at: datetime, session: Session) -> None:
        """The page that brought the campaign as far as it says. Raises LeaseLost where another planner wrote it."""
        page = {
            "_id": f"{campaign.id}:{campaign.pages:08d}",
            "app_id": campaign.app_id,
            "campaign_id": campaign.id,
            "number": campaign.pages,
            "planned_to": campaign.planned_to,
            "batches": campaign.batches,
            "locales": list(campaign.locales),
            "at": at,
        }
        try:
            await self._pages.insert_one(page, session=session)
        except DuplicateKeyError:
            raise LeaseLost(campaign.id) from None
