"""From what a marketer asks for to a schedule that can be kept."""

from push.clock import to_milliseconds
from push.errors import Invalid
from push.scheduling.model import Schedule, Trigger
from push.scheduling.recurrence import BadRule, Recurrence
from push.scheduling.wall import as_utc, as_wall
from sdk_contracts.wire.scheduling import Schedule as Contract


def to_schedule(contract: Contract | None) -> Schedule | None:
    """Raises Invalid."""
    if contract is None:
        return None
    _check(contract)
    # With local_time the time counts as it is written, whatever its offset.
    meant = (lambda at: as_utc(at.replace(tzinfo=None))) if contract.local_time else to_milliseconds
    schedule = Schedule(
        at=meant(contract.at) if contract.at else None,
        local_time=contract.local_time,
        repeat=contract.repeat,
        trigger=_trigger(contract),
        until=meant(contract.until) if contract.until else None,
    )
    if schedule.until is not None and schedule.at is not None and schedule.until < schedule.at:
        raise Invalid("/schedule/until", "It would be over before it begins.")
    if schedule.repeat is not None and schedule.at is not None:
        try:
            Recurrence(schedule.repeat, as_wall(schedule.at)).check()
        except BadRule as problem:
            raise Invalid("/schedule/repeat", str(problem)) from None
    return schedule


def _check(contract: Contract) -> None:
    if contract.trigger is not None:
        if contract.repeat is not None or contract.local_time:
            raise Invalid("/schedule/trigger", "What an event sets off neither repeats nor has a local time.")
    elif contract.at is None:
        raise Invalid("/schedule/at", "Say when, with at, or what sets it off, with trigger.")


def _trigger(contract: Contract) -> Trigger | None:
    asked = contract.trigger
    if asked is None:
        return None
    if asked.event in asked.cancelled_by:
        raise Invalid("/schedule/trigger/cancelled_by", "An event cannot set it off and cancel it.")
    return Trigger(event=asked.event, delay_seconds=asked.delay_seconds, cancelled_by=tuple(asked.cancelled_by))
