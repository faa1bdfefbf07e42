"""Who came back after a campaign, of those it reached and of those it did not: looked up in a sample of them."""

import time
from datetime import datetime, timedelta

from msgspec import Struct

from push.campaigns.model import Campaign
from push.campaigns.statistics import Share
from push.clock import Clock
from push.devices.store import DeviceStore
from push.ledger.model import ENDS
from push.ledger.service import Ledger

DAYS = (1, 7, 30)
SAMPLE = 4000
"""Rows of the ledger, drawn anew each time."""
_AT_ONCE = 500
_REMEMBERED_SECONDS = 300.0
_MOST_REMEMBERED = 200
_GROUPS = ("reached", "held_out", "not_sent")


class Cohort(Struct, frozen=True, kw_only=True):
    people: int
    came_back: dict[int, Share]
    """On that day after the launch or later, for the days that are over."""


class Returning(Struct, frozen=True, kw_only=True):
    as_of: datetime
    looked_at: int
    """People."""
    sampled: bool
    """There are more of them."""
    cohorts: dict[str, Cohort]


class Returners:
    def __init__(self, ledger: Ledger, devices: DeviceStore, clock: Clock) -> None:
        self._ledger = ledger
        self._devices = devices
        self._clock = clock
        self._known: dict[str, tuple[float, Returning]] = {}

    async def of(self, campaign: Campaign) -> Returning:
        """At most five minutes old."""
        until, known = self._known.get(campaign.id, (0.0, None))
        if known is None or time.monotonic() > until:
            known = await self._look(campaign)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[campaign.id] = (time.monotonic() + _REMEMBERED_SECONDS, known)
        return known

    async def _look(self, campaign: Campaign) -> Returning:
        now = self._clock.now()
        rows = await self._ledger.store.sample(campaign.app_id, campaign.id, SAMPLE)
        people = sorted({row["person_id"] for row in rows})
        reached: set[str] = set()
        seen: dict[str, datetime] = {}
        for start in range(0, len(people), _AT_ONCE):
            part = people[start : start + _AT_ONCE]
            reached |= await self._ledger.participants.reached(campaign.app_id, campaign.id, part)
            seen |= await self._devices.last_seen(campaign.app_id, part)
        groups: dict[str, set[str]] = {name: set() for name in _GROUPS}
        for row in rows:
            if row["person_id"] in reached:
                groups["reached"].add(row["person_id"])
            elif row.get("reason") == "holdout":
                groups["held_out"].add(row["person_id"])
            elif row.get("end") in ENDS:
                groups["not_sent"].add(row["person_id"])
        launched_at = campaign.launched_at or now
        over = [day for day in DAYS if launched_at + timedelta(days=day) <= now]
        return Returning(
            as_of=now,
            looked_at=len(people),
            sampled=len(rows) == SAMPLE,
            cohorts={
                name: Cohort(
                    people=len(those),
                    came_back={
                        day: Share(_since(those, seen, launched_at + timedelta(days=day)), len(those)) for day in over
                    },
                )
                for name, those in groups.items()
            },
        )


def _since(people: set[str], seen: dict[str, datetime], at: datetime) -> int:
    return sum(person in seen and seen[person] >= at for person in people)
