"""A wall clock that is off, for one process; what counts seconds since it started is right, as on a real machine."""

import datetime as dates
import signal
import sys
import time
from typing import Any

_REAL = dates.datetime
_KINDS_ONLY = {"push.database", __name__}
"""Modules that never ask what time it is, and mean the type itself."""


class _Kind(type(_REAL)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)


def set_clock_wrong(seconds: tuple[float, ...]) -> None:
    """Off by the first of these from now on, in all modules; each SIGUSR1 makes the clock jump to the next one."""
    off = list(seconds)
    real_time, real_ns = time.time, time.time_ns

    class Wrong(_REAL, metaclass=_Kind):
        @classmethod
        def now(cls, tz: dates.tzinfo | None = None) -> Any:
            return _REAL.now(tz) + dates.timedelta(seconds=off[0])

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(dates.UTC).replace(tzinfo=None)

    def jump(_: int, __: object) -> None:
        off.pop(0)

    time.time = lambda: real_time() + off[0]
    time.time_ns = lambda: real_ns() + int(off[0] * 1e9)
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else []:
            if value is _REAL and getattr(module, "__name__", "") not in _KINDS_ONLY:
                setattr(module, name, Wrong)
            elif value is real_time:
                setattr(module, name, time.time)
    signal.signal(signal.SIGUSR1, jump)
