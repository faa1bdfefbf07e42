"""Whose turn it is to have a batch sent: apps in turn, and the campaigns of each, however much one has to do."""

Turn = tuple[str, str]
"""App and campaign."""


class Turns:
    """The campaigns believed to have work. To be wrong costs a look; what is missing is added as soon as it is seen."""

    def __init__(self) -> None:
        self._apps: dict[str, dict[str, bool]] = {}
        """app → campaign → whether it was named again since its last turn; whoever comes first is next."""

    def add(self, app_id: str, campaign_id: str) -> None:
        campaigns = self._apps.setdefault(app_id, {})
        campaigns[campaign_id] = True

    def next(self) -> Turn | None:
        """The first in line, who goes to its end."""
        app_id = next(iter(self._apps), None)
        if app_id is None:
            return None
        campaigns = self._apps[app_id] = self._apps.pop(app_id)
        campaign_id = next(iter(campaigns))
        del campaigns[campaign_id]
        campaigns[campaign_id] = False
        return app_id, campaign_id

    def done(self, app_id: str, campaign_id: str) -> None:
        """Nothing was found at its turn, so it has none until it is named again, which it may have been meanwhile."""
        campaigns = self._apps.get(app_id, {})
        if campaigns.get(campaign_id) is False:
            del campaigns[campaign_id]
            if not campaigns:
                del self._apps[app_id]
