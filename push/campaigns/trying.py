"""Test sends: what a campaign says now, sent to a few by name, as a message of its own."""

import msgspec

from push.apps.model import Principal
from push.audience.rules import Audience, Rule
from push.audit.service import Audit
from push.campaigns.model import Campaign, Limits
from push.campaigns.moving import Moves
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.errors import CampaignNotFound, Invalid
from push.ids import new_id
from sdk_contracts.wire.campaigns import TestSend


class Trying:
    def __init__(self, moves: Moves, store: CampaignStore, audit: Audit, clock: Clock) -> None:
        self._moves = moves
        self._store = store
        self._audit = audit
        self._clock = clock

    async def send(self, by: Principal, campaign_id: str, request: TestSend, message_id: str | None = None) -> Campaign:
        """The message, on its way at once at any hour, and written down; its numbers are not the campaign's.

        Consent and muted categories hold for testers, too. A second call with the same `message_id` sends nothing.
        Raises CampaignNotFound, also for a message, and Invalid.
        """
        named = {name: names for name, names in msgspec.to_builtins(request).items() if name != "variant"}
        if len(named) != 1:
            raise Invalid("", "Name people by external_ids or devices by device_ids, one of the two.")
        campaign = await self._moves.get(by.app_id, campaign_id)
        if campaign.type != "campaign":
            raise CampaignNotFound(campaign_id)
        now = self._clock.now()
        message = Campaign(
            id=message_id or new_id("cmp"),
            app_id=by.app_id,
            type="transactional",
            state="draft",
            name="",
            kind=campaign.kind,
            category=campaign.category,
            content=campaign.as_told(_variant(campaign, request)).content,
            audience=Audience(include=msgspec.convert(named, Rule)),
            channels=campaign.channels,
            limits=Limits(ignore_quiet_hours=True, ignore_frequency_cap=True),
            test_of=campaign.id,
            created_at=now,
        ).launch(now)
        await self._store.add(message)
        details: dict[str, str | int | list[str] | None] = {
            "version": campaign.review.version, "message_id": message.id
        }  # fmt: skip
        await self._audit.record(by, "campaign.tested", campaign_id, details, attempt_id=message.id)
        return message


def _variant(campaign: Campaign, request: TestSend) -> str | None:
    """Which one of its experiment, if it has one; the first unless it is said. Raises Invalid."""
    names = [variant.name for variant in campaign.experiment.variants] if campaign.experiment else []
    wanted = None if request.variant is msgspec.UNSET else request.variant
    if wanted is not None and wanted not in names:
        raise Invalid("/variant", f"There is no variant {wanted}.")
    return wanted or next(iter(names), None)
