"""An app at a glance, from counters and a census of its devices."""

from collections import Counter
from datetime import datetime, timedelta

from msgspec import Struct

from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.devices.model import STALE_AFTER
from push.devices.store import DeviceStore
from push.ledger.model import Counts
from push.ledger.service import Ledger, summed


class Overview(Struct, frozen=True, kw_only=True):
    as_of: datetime
    devices: int
    reachable: int
    """Opted in, with a live address."""
    stale: int
    """Of these, with an FCM address not confirmed for 30 days."""
    by_platform: dict[str, int]
    campaigns: dict[str, int]
    counts: dict[str, list[Counts]]
    """What happened within the time asked for, hour by hour, by channel."""
    timeline: list[tuple[datetime, dict[str, int]]]


class Overviews:
    def __init__(self, devices: DeviceStore, campaigns: CampaignStore, ledger: Ledger, clock: Clock) -> None:
        self._devices = devices
        self._campaigns = campaigns
        self._ledger = ledger
        self._clock = clock

    async def overview(self, app_id: str, start: datetime, stop: datetime) -> Overview:
        """`start` and `stop` are widened to whole hours."""
        census = await self._devices.census(app_id, self._clock.now() - STALE_AFTER)
        by_platform: Counter[str] = Counter()
        for group in census:
            by_platform[group["_id"]["platform"]] += group["devices"]
        reachable = [group for group in census if group["_id"]["opted_in"] and group["_id"]["reachable"]]
        hours = await self._ledger.counters.hours(app_id, start, stop)
        return Overview(
            as_of=self._clock.now(),
            devices=by_platform.total(),
            reachable=sum(group["devices"] for group in reachable),
            stale=sum(group["stale"] for group in reachable),
            by_platform=dict(by_platform),
            campaigns=await self._campaigns.states(app_id),
            counts={channel: [counts for _, counts in series] for channel, series in hours.items()},
            timeline=summed([point for series in hours.values() for point in series], timedelta(hours=1)),
        )
