"""`limits.per_minute`: how many pushes of a campaign go, by all workers together. Inbox items disturb nobody."""

from datetime import datetime, timedelta

from push.campaigns.model import Campaign
from push.clock import Clock
from push.delivery.flow.quota import Buckets
from push.delivery.model import BATCH_SIZE, Batch
from push.ledger.model import Channel

EMAIL_BATCH = 50
"""Mail servers are slow: about what one takes in a second, so that few are put off to a lot of their own."""
_BATCHES_A_MINUTE = 40
_SIZE_SECONDS = 3.0
"""What gathers in a campaign's bucket: 5 % of a minute, and enough for a worker that is a second late."""
_LATE_SECONDS = 1.0


def batch_size(campaign: Campaign, channel: Channel) -> int:
    """At most a second and a half's worth, so that a minute is made of many batches."""
    if channel == "email":
        return EMAIL_BATCH
    per_minute = campaign.limits.per_minute
    if per_minute is None or channel != "push":
        return BATCH_SIZE
    return min(BATCH_SIZE, max(1, per_minute // _BATCHES_A_MINUTE))


class Paces:
    """A batch pays for all of its recipients before it goes, or waits."""

    def __init__(self, buckets: Buckets, clock: Clock) -> None:
        self._buckets = buckets
        self._clock = clock
        self._resting: dict[str, datetime] = {}

    def rests(self, campaign_id: str) -> bool:
        """Whether nothing of this campaign need be claimed now."""
        until = self._resting.get(campaign_id)
        if until is None:
            return False
        if until <= self._clock.now():
            del self._resting[campaign_id]
            return False
        return True

    def forget(self, campaign_id: str) -> None:
        """Its batches may be claimed one after the other."""
        self._resting.pop(campaign_id, None)

    async def not_before(self, campaign: Campaign, batch: Batch) -> datetime | None:
        """None when the batch may go and has paid; else when there will be enough for it."""
        per_minute, count, now = campaign.limits.per_minute, len(batch.recipients), self._clock.now()
        if per_minute is None or batch.channel != "push" or not count:
            return None
        rate = per_minute / 60
        size = max(_SIZE_SECONDS * rate, batch_size(campaign, batch.channel) + _LATE_SECONDS * rate)
        taken = await self._buckets.take(campaign.app_id, campaign.id, count, rate, size, now, least=count)
        if taken.granted:
            return None
        later = self._resting[campaign.id] = now + timedelta(seconds=taken.wait_seconds)
        return later
