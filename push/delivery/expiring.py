"""Dead letters expire: once their message is over, or somebody gives them up, they are dead no more but skipped."""

from datetime import timedelta

import structlog
from msgspec import Struct

from push.apps.model import Principal
from push.audit.service import Audit
from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import Session
from push.delivery.store import BatchStore
from push.errors import CampaignNotFound, IllegalMove
from push.ids import new_id
from push.ledger.counters.store import Pen
from push.ledger.model import Tally, tallied
from push.ledger.service import Ledger

log = structlog.get_logger()
MAX_ROWS = 5_000
"""How many letters one transaction expires; a call of the API is one."""
MAX_CAMPAIGNS = 100
"""How many campaigns one look is for; the rest at the next."""
PUT_OFF = timedelta(hours=1)
"""A campaign that is over and yet not at its end (paused, or its last batches wait) is looked at again after this."""


class Expired(Struct, frozen=True):
    expired: int
    remaining: int
    """Letters that a further call would expire."""


class Expiring:
    def __init__(
        self, campaigns: CampaignStore, batches: BatchStore, ledger: Ledger, audit: Audit, clock: Clock
    ) -> None:
        self._campaigns = campaigns
        self._batches = batches
        self._ledger = ledger
        self._audit = audit
        self._clock = clock

    async def expire(
        self, actor: Principal, campaign_id: str, attempt_id: str | None = None, limit: int = MAX_ROWS
    ) -> Expired:
        """Give up to `limit` dead letters of a campaign up for good, and write down who did.

        A second call with the same `attempt_id` answers what the first one did. Raises CampaignNotFound, and
        IllegalMove for a campaign that was never launched.
        """
        app_id, attempt = actor.app_id, attempt_id or new_id("aud")

        async def move(session: Session, pen: Pen) -> int:
            done = await self._audit.recorded(app_id, attempt, session)
            if done is not None:
                return int(str(done.details["expired"]))
            campaign = await self._campaigns.get(app_id, campaign_id, session)
            if campaign is None:
                raise CampaignNotFound(campaign_id)
            campaign.check_letters()
            expired = await self._move(campaign, limit, session, pen)
            if expired:
                await self._audit.record(
                    actor, "dead_letters.expired", campaign_id, {"expired": expired},
                    attempt_id=attempt, session=session,
                )  # fmt: skip
            return expired

        expired = await self._ledger.write(move)
        log.info("dead_letters_expired", app_id=app_id, campaign_id=campaign_id, expired=expired)
        return Expired(expired, await self._ledger.store.left_to_expire(app_id, campaign_id))

    async def of_app(self, app_id: str, limit: int = MAX_ROWS) -> int:
        """Expire the letters of all campaigns of an app that are over; answers how many, for the log and for tests."""
        expired = 0
        for campaign in await self._campaigns.over(app_id, self._clock.now(), MAX_CAMPAIGNS):
            expired += await self._end(campaign, limit)
        return expired

    async def _end(self, campaign: Campaign, limit: int) -> int:
        """In transactions of `limit` letters; where a worker is stopped between two, the next look goes on."""
        expired = 0
        at_its_end = campaign.state not in ("sending", "paused") and not await self._batches.any_of(
            campaign.app_id, campaign.id
        )
        while moved := await self._ledger.write(lambda session, pen: self._again(campaign, limit, session, pen)):
            expired += moved
        await self._campaigns.put_off_letters(campaign, None if at_its_end else self._clock.now() + PUT_OFF)
        if expired:
            log.info("dead_letters_expired", app_id=campaign.app_id, campaign_id=campaign.id, expired=expired)
        return expired

    async def _again(self, campaign: Campaign, limit: int, session: Session, pen: Pen) -> int:
        current = await self._campaigns.get(campaign.app_id, campaign.id, session)
        return await self._move(current, limit, session, pen) if current else 0

    async def _move(self, campaign: Campaign, limit: int, session: Session, pen: Pen) -> int:
        """Rows and counters: both or neither."""
        rows = await self._ledger.store.expirable(campaign.app_id, campaign.id, limit, session)
        if not rows:
            return 0
        # As redriving does: of two who want the same letters, one waits and finds what the other left.
        if not await self._campaigns.move(campaign, campaign, session):
            raise IllegalMove(campaign.state, "rid of dead letters")
        tallies, groups, parts = tallied(rows, Tally.expire)
        await self._ledger.store.expire(campaign.app_id, [row.id for row in rows], session)
        await self._ledger.counters.fold(campaign.app_id, tallies, self._clock.now(), session, pen, groups, parts=parts)
        return len(rows)
