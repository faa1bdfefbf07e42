"""When a campaign goes out."""

from typing import Annotated

from msgspec import Meta

from sdk_contracts.wire.common import Contract, Key, Request, Time, in_our_times

Rule = Annotated[
    str,
    Meta(min_length=6, max_length=500, pattern=r"^(RRULE:)?[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*(?!\n)$"),
]


class Trigger(Request, frozen=True, kw_only=True):
    """A named event of a person sets it off for them; who waits already is not set off a second time."""

    event: Key
    delay_seconds: Annotated[int, Meta(ge=0, le=90 * 24 * 3600)] = 0
    cancelled_by: Annotated[list[Key], Meta(max_length=10)] = []
    """Events that call it off for a person while the delay lasts."""


class Schedule(Request, frozen=True, kw_only=True):
    """`at`, or `trigger`. Launched, the campaign is `scheduled` until then."""

    at: Time | None = None
    """When it begins; of what repeats, the first day and the time of day; of a trigger, from when on events count."""
    local_time: bool = False
    """`at` and `until` are what clocks show where each device is, as written and whatever their offset. Where that time
    is past, it goes at once. A device that has told no time zone has the app's."""
    repeat: Rule | None = None
    """An RFC 5545 RRULE with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, by the app's clocks. Each run is a campaign of its
    own, with its own numbers."""
    trigger: Trigger | None = None
    until: Time | None = None
    """Nothing begins after it."""

    def __post_init__(self) -> None:
        in_our_times(self.at)
        in_our_times(self.until)


class ScheduleRequest(Request, frozen=True, kw_only=True):
    """What would come of a schedule if it were launched now."""

    schedule: Schedule
    count: Annotated[int, Meta(ge=1, le=20)] = 5
    """How many runs to tell of one that repeats."""


class ComingRuns(Contract, frozen=True, kw_only=True):
    timezone: str
    """The app's: by its clocks repeats what has no `local_time`."""
    local_time: bool
    """`starts` are what clocks show where each device is, as written."""
    starts: list[Time]
    """In order; empty where its time is past. Of what an event sets off, from when on events count."""
