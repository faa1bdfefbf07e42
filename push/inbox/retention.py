"""How long an app keeps what it puts into inboxes."""

from datetime import datetime, timedelta

from push.apps.service import Apps, Remembered


class Retention:
    def __init__(self, apps: Apps) -> None:
        self._apps = Remembered(apps)

    async def end(self, app_id: str, since: datetime, said: datetime | None) -> datetime | None:
        """When what is put in at `since` goes: when it was said to, or earlier where the app keeps nothing so long."""
        days = (await self._apps.get(app_id)).inbox_days
        ends = [each for each in (said, since + timedelta(days=days) if days else None) if each is not None]
        return min(ends, default=None)
