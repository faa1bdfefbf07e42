"""A batch: the part of a campaign that one worker sends at a time."""

from datetime import datetime, timedelta

from msgspec import Struct

from push.ids import body, new_id
from push.leases import Lease
from push.ledger.model import Channel

BATCH_SIZE = 500
PAUSED_RECHECK = timedelta(seconds=2)
"""How often work of a paused campaign is looked at again."""


class Batch(Struct, frozen=True, kw_only=True):
    """Recipients of one campaign on one channel who have had the same number of tries. Gone once settled."""

    id: str
    app_id: str
    campaign_id: str
    channel: Channel
    recipients: tuple[str, ...]
    """Devices (push) or persons (inbox), as in their delivery ids."""
    device_ids: tuple[str | None, ...]
    """Whose words and gate count, one for each recipient."""
    tries: int = 0
    due_at: datetime
    owner: str | None = None
    attempt: int = 0

    @property
    def lease(self) -> Lease:
        return Lease(self.owner or "", self.attempt)


def numbered(campaign_id: str, number: int) -> str:
    """The id of a planned batch: planning that goes on after a crash numbers on from the last one stored."""
    return f"bat_{body(campaign_id)}{number:08d}"


def again(batch: Batch, keep: dict[str, str | None], due_at: datetime, counts: bool) -> Batch:
    """The part of a batch that is to be tried once more; `keep` maps recipients to their device."""
    return Batch(
        id=new_id("bat"),
        app_id=batch.app_id,
        campaign_id=batch.campaign_id,
        channel=batch.channel,
        recipients=tuple(keep),
        device_ids=tuple(keep.values()),
        tries=batch.tries + counts,
        due_at=due_at,
    )
