"""Retry-After (RFC 9110 §10.2.3), as far as we honour it."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 3600.0


def parse(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; None for nothing, nonsense or the past."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text) or None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return seconds if seconds > 0 else None


def capped(seconds: float | None, otherwise: float | None = None) -> float | None:
    """At most an hour, whatever was asked for; `otherwise` where nothing was."""
    if seconds is None or not math.isfinite(seconds):
        return otherwise
    return min(max(seconds, 0.0), LONGEST_SECONDS)
