"""What is to be posted is written down where it happens: with the move of a campaign, or not at all."""

from collections.abc import Awaitable, Callable

from push.campaigns.model import Campaign
from push.clock import Clock
from push.database import Session
from push.ids import new_id
from push.webhooks.model import Delivery
from push.webhooks.store import OutboxStore, WebhookStore

Write = Callable[[Session], Awaitable[None]]


class Outbox:
    def __init__(self, webhooks: WebhookStore, deliveries: OutboxStore, clock: Clock) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._clock = clock

    async def of_campaign(self, campaign: Campaign, was: str | None) -> Write | None:
        """What writes down that it is now in its state, for whoever moves it in a transaction; None: nobody wants it.

        Messages of backends are left out: what becomes of them their deliveries tell.
        """
        if campaign.type != "campaign":
            return None
        event, now = f"campaign.{campaign.state}", self._clock.now()
        wanted = [each for each in await self._webhooks.all(campaign.app_id) if each.active and event in each.events]
        if not wanted:
            return None
        data = {
            "campaign_id": campaign.id,
            "name": campaign.name,
            "state": campaign.state,
            "was": was,
            "run_of": campaign.run_of,
        }

        async def write(session: Session) -> None:
            posts = [
                Delivery(
                    id=new_id("whd"),
                    app_id=campaign.app_id,
                    webhook_id=each.id,
                    event=event,
                    at=now,
                    data=data,
                    due_at=now,
                )
                for each in wanted
            ]
            await self._deliveries.add(posts, session)

        return write
