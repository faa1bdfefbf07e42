"""At the same time on every clock: who is to wait until it is that time where they are."""

from datetime import datetime

from push.campaigns.model import Campaign
from push.limits.quiet import zone_of


class LocalTime:
    """Of one campaign; made for a batch, whose devices share few time zones."""

    def __init__(self, campaign: Campaign, timezone: str, now: datetime) -> None:
        """`timezone` is the app's, for devices that have told none."""
        self._schedule = campaign.schedule if campaign.local_time else None
        self._ends_at = campaign.limits.expires_at
        self._timezone = timezone
        self._now = now
        self._known: dict[str | None, datetime | None] = {}

    def until(self, timezone: str | None) -> datetime | None:
        """When it may go there, or None for now, also where its time is past. Raises Over."""
        if self._schedule is None:
            return None
        if timezone not in self._known:
            begins, ends = self._schedule.local(zone_of(timezone, self._timezone))
            late = ends is not None and ends < self._now
            if late or (self._ends_at is not None and begins >= self._ends_at):
                raise Over
            self._known[timezone] = begins if begins > self._now else None
        return self._known[timezone]


class Over(Exception):
    """There it is too late, or would be."""
