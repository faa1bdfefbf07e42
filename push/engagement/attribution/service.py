"""What people did is attributed some seconds later, person by person, whenever something new is heard of them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from push.apps.service import Apps
from push.campaigns.model import Conversion
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.database import DATABASE_AWAY, Session
from push.engagement.attribution.model import LONGEST, Outcome, after, changes, credited, last_touch, worth
from push.engagement.attribution.store import OutcomeStore
from push.ledger.counters.store import Pen
from push.ledger.participants.model import Change, Participant
from push.ledger.service import Ledger

log = structlog.get_logger()
SETTLES = timedelta(seconds=10)
"""So long after it is stored an outcome is looked at: longer than any transaction of the API, so that what was being
stored at the same moment, and did not see the outcome, is seen by then."""
PEOPLE_AT_ONCE = 200
EVERY_SECONDS = 2.0
_REMEMBERED = 10_000


class Attribution:
    def __init__(self, store: OutcomeStore, campaigns: CampaignStore, ledger: Ledger, apps: Apps, clock: Clock) -> None:
        self.store = store
        self._campaigns = campaigns
        self._ledger = ledger
        self._apps = apps
        self._clock = clock
        self._rules: dict[str, Conversion | None] = {}

    async def run(self) -> None:
        """Attribute what is due in every app until cancelled. What fails is tried again at the next look."""
        while True:
            try:
                for app in await self._apps.all():
                    while await self.settle(app.id) == PEOPLE_AT_ONCE:
                        pass
            except DATABASE_AWAY as error:
                log.warning("attribution_put_off", error=type(error).__name__)
            except Exception:
                log.exception("attribution_failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def settle(self, app_id: str, now: datetime | None = None) -> int:
        """Attribute what is due by now; answers of how many people. Asked again, it finds nothing to change."""
        people = await self.store.due(app_id, now or self._clock.now(), PEOPLE_AT_ONCE)
        if people:
            await self._ledger.write(lambda session, pen: self._settle(app_id, people, session, pen))
        return len(people)

    async def _settle(self, app_id: str, people: Sequence[str], session: Session, pen: Pen) -> None:
        now = self._clock.now()
        outcomes = await self.store.of_people(app_id, people, session)
        since = min((each.at for each in outcomes), default=now) - LONGEST
        participants = await self._ledger.participants.of_people(app_id, people, since, session)
        rules = await self._rules_of(app_id, {each.campaign_id for each in participants})
        did: dict[str, list[Outcome]] = defaultdict(list)
        touched: dict[str, list[Participant]] = defaultdict(list)
        for outcome in outcomes:
            did[outcome.person_id].append(outcome)
        for participant in participants:
            touched[participant.person_id].append(participant)
        found: list[Change] = []
        written: list[Participant] = []
        settled: list[Outcome] = []
        for person_id in people:
            for outcome in did[person_id]:
                to = last_touch(outcome, touched[person_id], credited(outcome, touched[person_id], rules))
                if to != outcome.to:
                    found += worth(outcome, outcome.to, -1) if outcome.to else []
                    found += worth(outcome, to, 1) if to else []
                if to != outcome.to or outcome.due_at is not None:
                    settled.append(replace(outcome, to=to))
            for before in touched[person_id]:
                left = after(before, did[person_id], rules.get(before.campaign_id), now)
                if left != before:
                    found += changes(before, left)
                    written.append(left)
        await self._ledger.participants.put(app_id, written, session)
        await self.store.settle(app_id, settled, session)
        await self._ledger.count_people(app_id, found, session, pen)

    async def worth(self, app_id: str, campaign_id: str) -> AsyncIterator[Change]:
        """The conversions whose value is the campaign's, and what they are worth, as far back as they are kept."""
        async for outcome in self.store.of_campaign(app_id, campaign_id):
            for change in worth(outcome, campaign_id, 1):
                yield change

    async def look_again(self, app_id: str, touches: Iterable[tuple[str, datetime]], session: Session) -> None:
        """Something was heard of these people that happened then; what they did afterwards may be its doing."""
        people: dict[str, datetime] = {}
        for person_id, at in touches:
            people[person_id] = min(at, people.get(person_id, at))
        if people:
            due_at = self._clock.now() + SETTLES
            await self.store.look_again(app_id, list(people), min(people.values()), due_at, session)

    async def move_person(self, app_id: str, source: str, target: str, session: Session) -> None:
        await self.store.move_person(app_id, source, target, self._clock.now() + SETTLES, session)

    async def _rules_of(self, app_id: str, campaign_ids: set[str]) -> dict[str, Conversion | None]:
        """What each campaign is to bring about: it does not change once it was launched."""
        unknown = sorted(campaign_ids - self._rules.keys())
        if unknown:
            if len(self._rules) > _REMEMBERED:
                self._rules.clear()
                unknown = sorted(campaign_ids)
            self._rules |= await self._campaigns.conversions(app_id, unknown)
        return {campaign_id: self._rules.get(campaign_id) for campaign_id in campaign_ids}
