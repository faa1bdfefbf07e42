"""A batch: the part of a campaign that one worker sends at a time."""

from datetime import datetime, timedelta

from msgspec import Struct

from push.ids import body, new_id
from push.leases import Lease
from push.ledger.model import Channel, delivery_id

BATCH_SIZE = 1000
PAUSED_RECHECK = timedelta(seconds=2)
"""How often work of a paused campaign is looked at again."""


class Batch(Struct, frozen=True, kw_only=True):
    """Recipients of one campaign on one channel who have had the same number of tries. Gone once settled."""

    id: str
    app_id: str
    campaign_id: str
    channel: Channel
    lot: str
    """What its rows in the ledger call themselves. Of those with one lot there is one batch at a time."""
    variant: str | None = None
    """The group of an experiment that all of its recipients are in."""
    first: str = ""
    last: str = ""
    """Where the rows of a planned batch of pushes lie: then no list of recipients is stored with it."""
    recipients: tuple[str, ...] = ()
    """Devices (push) or persons (inbox, email), as in their delivery ids."""
    device_ids: tuple[str | None, ...] = ()
    """Not of pushes: whose words and gate count, one for each recipient."""
    mix: dict[str, int] = {}
    """How many of its recipients are of which platform and locale."""
    tries: int = 0
    due_at: datetime
    owner: str | None = None
    attempt: int = 0
    returned: int = 0
    """How many claims ended in good order, without a try."""

    @property
    def lease(self) -> Lease:
        return Lease(self.owner or "", self.attempt)

    @property
    def devices(self) -> tuple[str | None, ...]:
        """One for each recipient."""
        return self.recipients if self.channel == "push" else self.device_ids

    @property
    def deliveries(self) -> list[str]:
        return [delivery_id(self.campaign_id, self.channel, recipient) for recipient in self.recipients]


class Queue(Struct, frozen=True, kw_only=True):
    """What waits to be sent, or to be tried again."""

    batches: int = 0
    held: int = 0
    """Batches that a worker is sending."""
    due: int = 0
    """Batches that could be sent now, and that nobody holds."""
    oldest_due_at: datetime | None = None
    """Since when the first of those waits."""


def numbered(campaign_id: str, number: int) -> str:
    """The id of a planned batch: planning that goes on after a crash numbers on from the last one stored."""
    return f"bat_{body(campaign_id)}{number:08d}"


def again(batch: Batch, keep: dict[str, str | None], due_at: datetime, counts: bool, lot: str | None = None) -> Batch:
    """The part of a batch that is to be tried once more; `keep` maps recipients to their device.

    Its rows have a lot of their own unless one is given.
    """
    batch_id = new_id("bat")
    return Batch(
        id=batch_id,
        app_id=batch.app_id,
        campaign_id=batch.campaign_id,
        channel=batch.channel,
        lot=lot or batch_id,
        variant=batch.variant,
        first=batch.first,
        last=batch.last,
        recipients=tuple(keep),
        device_ids=tuple(keep.values()) if batch.device_ids else (),
        tries=batch.tries + counts,
        due_at=due_at,
    )
