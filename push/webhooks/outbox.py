"""What is to be posted is written down in the transaction that makes it true, or not at all."""

import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from push.campaigns.model import Campaign
from push.clock import Clock
from push.database import Session
from push.ids import new_id
from push.ledger.model import campaign_of, channel_of
from push.ledger.telling import Happened
from push.webhooks.model import MOST_STEPS, STEPS_EVENT, Delivery, Step
from push.webhooks.store import OutboxStore, WebhookStore

Write = Callable[[Session], Awaitable[None]]
_REMEMBER_SECONDS = 3.0


class Outbox:
    def __init__(self, webhooks: WebhookStore, deliveries: OutboxStore, clock: Clock) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._clock = clock
        self._remembered: dict[str, tuple[float, dict[str, frozenset[str]]]] = {}

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

    async def of_steps(self, app_id: str, happened: Callable[[], Iterable[Happened]]) -> Write | None:
        """What writes these steps down for each webhook that wants any of them, in the transaction that stores them.

        Who wants what is up to 3 s old: where nobody does, this asks the database nothing.
        """
        wanted = await self._wanted(app_id)
        if not wanted:
            return None
        steps, now = [_step(each) for each in happened()], self._clock.now()
        posts = []
        for webhook_id, events in wanted.items():
            theirs = [step for step in steps if step.event in events]
            posts += [
                Delivery(
                    id=new_id("whd"),
                    app_id=app_id,
                    webhook_id=webhook_id,
                    event=STEPS_EVENT,
                    at=now,
                    steps=tuple(theirs[start : start + MOST_STEPS]),
                    due_at=now,
                )
                for start in range(0, len(theirs), MOST_STEPS)
            ]
        return partial(self._deliveries.add, posts) if posts else None

    async def _wanted(self, app_id: str) -> dict[str, frozenset[str]]:
        """The webhooks of an app that want steps, and which."""
        until, wanted = self._remembered.get(app_id, (0.0, {}))
        if time.monotonic() > until:
            webhooks = [each for each in await self._webhooks.all(app_id) if each.active]
            wanted = {each.id: steps for each in webhooks if (steps := frozenset(filter(_is_step, each.events)))}
            self._remembered[app_id] = (time.monotonic() + _REMEMBER_SECONDS, wanted)
        return wanted


def _is_step(event: str) -> bool:
    return event.startswith("delivery.")


def _step(happened: Happened) -> Step:
    return Step(
        event=f"delivery.{happened.step}",
        delivery_id=happened.delivery_id,
        campaign_id=campaign_of(happened.delivery_id),
        channel=channel_of(happened.delivery_id),
        at=happened.at,
        reason=happened.reason,
    )
