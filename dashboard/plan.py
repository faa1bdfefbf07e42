"""When a campaign goes out, as the compose form has it. Pure."""

import re
from datetime import datetime
from typing import Literal

from msgspec import Struct

from dashboard.needs import Need
from dashboard.repeating import well_formed
from sdk_contracts.wire.scheduling import Schedule, Trigger

Mode = Literal["now", "at", "local", "repeat", "event"]
MODES: tuple[Mode, ...] = ("now", "at", "local", "repeat", "event")
MOST_DELAY = 90 * 24 * 3600
_EVENT = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Plan(Struct, frozen=True, kw_only=True):
    mode: Mode = "now"
    at: datetime | None = None
    """With `local`, like `until`, what clocks show, written as if in UTC."""
    local: bool = False
    rule: str = ""
    event: str = ""
    delay_seconds: int = 0
    cancelled_by: tuple[str, ...] = ()
    until: datetime | None = None

    def needs(self, now: datetime) -> list[Need]:
        found: list[str] = []
        if self.mode in {"at", "local", "repeat"} and self.at is None:
            found.append("need.at")
        if self.mode == "at" and self.at is not None and self.at < now:
            found.append("need.at_past")
        if self.mode == "repeat" and not well_formed(self.rule):
            found.append("need.rule")
        if self.mode == "event":
            found += self._trigger_needs()
        if self.mode != "now" and self.until is not None and self.until < (self.at or now):
            found.append("need.until")
        return [Need(key, step="schedule") for key in found]

    def _trigger_needs(self) -> list[str]:
        found = []
        if not _EVENT.fullmatch(self.event):
            found.append("need.event" if not self.event else "need.event_shape")
        if not 0 <= self.delay_seconds <= MOST_DELAY:
            found.append("need.delay")
        if len(self.cancelled_by) > 10 or not all(map(_EVENT.fullmatch, self.cancelled_by)):
            found.append("need.event_shape")
        if self.event in self.cancelled_by:
            found.append("need.event_both")
        return found

    def schedule(self) -> Schedule | None:
        """Ask `needs` first."""
        if self.mode == "now":
            return None
        if self.mode == "event":
            trigger = Trigger(event=self.event, delay_seconds=self.delay_seconds, cancelled_by=list(self.cancelled_by))
            return Schedule(at=self.at, trigger=trigger, until=self.until)
        repeat = self.rule if self.mode == "repeat" else None
        return Schedule(at=self.at, local_time=self.local, repeat=repeat, until=self.until)


def plan_of(schedule: Schedule | None) -> Plan:
    if schedule is None:
        return Plan()
    if schedule.trigger is not None:
        trigger = schedule.trigger
        return Plan(
            mode="event", at=schedule.at, event=trigger.event, delay_seconds=trigger.delay_seconds,
            cancelled_by=tuple(trigger.cancelled_by), until=schedule.until,
        )  # fmt: skip
    mode: Mode = "local" if schedule.local_time else "at"
    return Plan(
        mode="repeat" if schedule.repeat else mode, at=schedule.at, local=schedule.local_time,
        rule=schedule.repeat or "", until=schedule.until,
    )  # fmt: skip
