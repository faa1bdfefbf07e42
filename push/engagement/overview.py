"""An app at a glance, from counters and a census of its devices."""

from datetime import datetime, timedelta

from msgspec import Struct

from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.devices.census import Census, Censuses
from push.ledger.model import Counts
from push.ledger.service import Ledger, summed


class Overview(Struct, frozen=True, kw_only=True):
    as_of: datetime
    census: Census
    campaigns: dict[str, int]
    counts: dict[str, list[Counts]]
    """What happened within the time asked for, hour by hour, by channel."""
    people: Counts
    """Each once for each campaign."""
    timeline: list[tuple[datetime, dict[str, int]]]


class Overviews:
    def __init__(self, censuses: Censuses, campaigns: CampaignStore, ledger: Ledger, clock: Clock) -> None:
        self._censuses = censuses
        self._campaigns = campaigns
        self._ledger = ledger
        self._clock = clock

    async def overview(self, app_id: str, start: datetime, stop: datetime) -> Overview:
        """`start` and `stop` are widened to whole hours."""
        # Counters first: they tell in time that the database is away, while a census is waited for patiently.
        hours = await self._ledger.counters.hours(app_id, start, stop)
        census = await self._censuses.census(app_id)
        return Overview(
            as_of=self._clock.now(),
            census=census,
            campaigns=await self._campaigns.states(app_id),
            counts={channel: [counts for _, counts in series] for channel, series in hours.items()},
            people=await self._ledger.counters.people_hours(app_id, start, stop),
            timeline=summed([point for series in hours.values() for point in series], timedelta(hours=1)),
        )
