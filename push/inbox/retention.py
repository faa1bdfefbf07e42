"""How long an app keeps what it puts into inboxes."""

import time
from datetime import datetime, timedelta

from push.apps.service import Apps

_REMEMBERED_SECONDS = 10.0


class Retention:
    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self._known: dict[str, tuple[float, timedelta | None]] = {}

    async def end(self, app_id: str, since: datetime, said: datetime | None) -> datetime | None:
        """When what is put in at `since` goes: when it was said to, or earlier where the app keeps nothing so long."""
        kept = await self._kept(app_id)
        ends = [each for each in (said, since + kept if kept else None) if each is not None]
        return min(ends, default=None)

    async def _kept(self, app_id: str) -> timedelta | None:
        asked_at, kept = self._known.get(app_id, (float("-inf"), None))
        if time.monotonic() - asked_at > _REMEMBERED_SECONDS:
            days = (await self._apps.get(app_id)).inbox_days
            kept = timedelta(days=days) if days else None
            self._known[app_id] = (time.monotonic(), kept)
        return kept
