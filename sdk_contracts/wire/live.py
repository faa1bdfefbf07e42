"""What is being sent and reported now."""

from sdk_contracts.wire.campaigns import State
from sdk_contracts.wire.common import Contract, Time


class LiveCampaign(Contract, frozen=True, kw_only=True):
    """A campaign that is being sent, or one of the newest."""

    campaign_id: str
    name: str
    state: State
    waiting: int
    """Planned and not sent yet, on all channels."""
    per_second: dict[str, float]
    """`accepted`, `received` and `opened` since the last event; empty in the first one, when nothing is known yet."""


class LiveQueue(Contract, frozen=True, kw_only=True):
    batches: int
    """Up to 1,000 messages each, waiting or being sent."""
    held: int
    """Of these, being sent."""
    due: int
    """Of these, ready to be sent and held by nobody."""
    oldest_waiting_seconds: float | None
    """For how long the first of the `due` ones has waited."""


class LiveLane(Contract, frozen=True, kw_only=True):
    """How one worker gets on with one push service."""

    worker_id: str
    lane: str
    """`fcm`, or `web_push:` and the service's domain."""
    state: str
    """`open` at full rate, `slowed` below it; `stopped`, `probing`, `ramping` around an outage."""
    per_second: float
    limit_per_second: float
    in_flight: int
    window: int
    """How many may be in flight at once."""
    good: int
    bad: int
    """Answers of the last ten seconds that said "not now"."""
    as_of: Time


class LiveMetrics(Contract, frozen=True, kw_only=True):
    as_of: Time
    campaigns: list[LiveCampaign]
    queue: LiveQueue
    lanes: list[LiveLane]
