"""What rules name must be there: a name that was mistyped would mean nobody, and its contrary everybody."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from push.audience.rules import Rule
from push.errors import Invalid


class Campaigns(Protocol):
    """What of campaigns, which lie above, rules ask for."""

    async def known(self, app_id: str, campaign_ids: Sequence[str]) -> set[str]:
        """Which of these there are."""


class Naming:
    def __init__(self, campaigns: Campaigns) -> None:
        self._campaigns = campaigns

    async def check(self, app_id: str, rules: Iterable[Rule], pointer: str) -> None:
        """Raises Invalid for a campaign that there is not."""
        named = {part.campaign_id for rule in rules for part in rule.all_parts() if part.campaign_id is not None}
        gone = sorted(named - await self._campaigns.known(app_id, sorted(named))) if named else []
        if gone:
            raise Invalid(pointer, f"There is no campaign {gone[0]}.")
