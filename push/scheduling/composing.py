"""From what a marketer asks for to a schedule that can be kept."""

from push.clock import to_milliseconds
from push.errors import Invalid
from push.scheduling.model import Schedule
from push.scheduling.recurrence import BadRule, Recurrence
from push.scheduling.wall import as_utc, as_wall
from sdk_contracts.wire.scheduling import Schedule as Contract


def to_schedule(contract: Contract | None) -> Schedule | None:
    """Raises Invalid."""
    if contract is None:
        return None
    # With local_time the time counts as it is written, whatever its offset.
    meant = (lambda at: as_utc(at.replace(tzinfo=None))) if contract.local_time else to_milliseconds
    schedule = Schedule(
        at=meant(contract.at),
        local_time=contract.local_time,
        repeat=contract.repeat,
        until=meant(contract.until) if contract.until else None,
    )
    if schedule.until is not None and schedule.until < schedule.at:
        raise Invalid("/schedule/until", "It would be over before it begins.")
    if schedule.repeat is not None:
        try:
            Recurrence(schedule.repeat, as_wall(schedule.at)).check()
        except BadRule as problem:
            raise Invalid("/schedule/repeat", str(problem)) from None
    return schedule
