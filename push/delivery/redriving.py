"""Redrive: dead letters of a campaign go out once more, after what killed them was mended."""

from collections import defaultdict
from collections.abc import Iterator

import structlog
from msgspec import Struct

from push.apps.model import Principal
from push.audit.service import Audit
from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import Session
from push.delivery.flow.pace import batch_size
from push.delivery.mixing import mixed
from push.delivery.model import Batch
from push.delivery.store import BatchStore
from push.errors import CampaignNotFound, IllegalMove
from push.ids import new_id
from push.ledger.counters.store import Pen
from push.ledger.model import Channel, Row, Tally, recipient_of, tallied
from push.ledger.service import Ledger

log = structlog.get_logger()
MAX_ROWS = 5_000
"""How many letters one call redrives: it is one transaction, and the API gives one 4.5 s (this many take 1.5 s)."""


class Redriven(Struct, frozen=True):
    redriven: int
    remaining: int
    """Letters that a further call would redrive."""


class Redriving:
    def __init__(
        self,
        campaigns: CampaignStore,
        batches: BatchStore,
        ledger: Ledger,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._batches = batches
        self._ledger = ledger
        self._audit = audit
        self._clock = clock

    async def redrive(
        self, actor: Principal, campaign_id: str, attempt_id: str | None = None, limit: int = MAX_ROWS
    ) -> Redriven:
        """Send up to `limit` dead letters again, each once in its life; a campaign that was sent is sending again.

        A letter that dies again stays dead. A second call with the same `attempt_id` answers what the first one did.
        Raises CampaignNotFound, and IllegalMove unless the campaign is or was being sent and is not over.
        """
        app_id, attempt = actor.app_id, attempt_id or new_id("aud")

        async def move(session: Session, pen: Pen) -> int:
            done = await self._audit.recorded(app_id, attempt, session)
            if done is not None:
                return int(str(done.details["redriven"]))
            return await self._move(actor, campaign_id, attempt, limit, session, pen)

        redriven = await self._ledger.write(move)
        log.info("dead_letters_redriven", app_id=app_id, campaign_id=campaign_id, redriven=redriven)
        return Redriven(redriven, await self._ledger.store.redrivable(app_id, campaign_id))

    async def _move(
        self, actor: Principal, campaign_id: str, attempt: str, limit: int, session: Session, pen: Pen
    ) -> int:
        """Rows, counters, batches, the campaign and the audit log: all of it or nothing."""
        app_id, now = actor.app_id, self._clock.now()
        campaign = await self._campaigns.get(app_id, campaign_id, session)
        if campaign is None:
            raise CampaignNotFound(campaign_id)
        redriven = campaign.redrive(now)
        rows = await self._ledger.store.dead(app_id, campaign_id, limit, session)
        if not rows:
            return 0
        # Written even when its state stays: of two who redrive at once, one waits and finds what the other left.
        if not await self._campaigns.move(campaign, redriven, session):
            raise IllegalMove(campaign.state, "redriven")
        batches = list(self._cut(rows, campaign))
        for batch in batches:
            await self._ledger.store.redrive(app_id, batch.deliveries, batch.lot, now, session)
        tallies, groups, parts = tallied(rows, Tally.redrive)
        await self._ledger.counters.fold(app_id, tallies, now, session, pen, groups, parts=parts)
        await self._batches.add(batches, session)
        await self._audit.record(
            actor, "dead_letters.redriven", campaign_id, {"redriven": len(rows)}, attempt_id=attempt, session=session
        )
        return len(rows)

    def _cut(self, rows: list[Row], campaign: Campaign) -> Iterator[Batch]:
        alike: dict[tuple[Channel, str | None], list[Row]] = defaultdict(list)
        for row in rows:
            alike[row.channel, row.variant].append(row)
        for (channel, variant), all_of_it in alike.items():
            size = batch_size(campaign, channel)
            for start in range(0, len(all_of_it), size):
                part = all_of_it[start : start + size]
                batch_id = new_id("bat")
                yield Batch(
                    id=batch_id,
                    lot=batch_id,
                    app_id=part[0].app_id,
                    campaign_id=part[0].campaign_id,
                    channel=channel,
                    variant=variant,
                    recipients=tuple(recipient_of(row.id) for row in part),
                    device_ids=tuple(row.device_id for row in part) if channel != "push" else (),
                    due_at=self._clock.now(),
                    mix=mixed({"platform": row.platform, "locale": row.locale} for row in part),
                )
