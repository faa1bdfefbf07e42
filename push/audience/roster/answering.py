"""Estimates by a roster: whole, or as far as it has been made."""

import time

from push.audience.crowds import Crowd, asked, key
from push.audience.knowing import Knowing
from push.audience.roster.asking import Crowds, NotKept
from push.audience.roster.columns import Fingerprints
from push.audience.roster.counting import count
from push.audience.roster.keeping import Kept, Rosters
from push.audience.roster.remembered import Found, Remembered
from push.audience.roster.store import DEVICES, PEOPLE, RosterStore
from push.audience.rules import Rule
from push.audience.tally import Answer, Question
from push.clock import Clock
from push.database import Database
from push.limits.capping import Capping


class RosterAnswers:
    def __init__(self, database: Database, knowing: Knowing, capping: Capping, clock: Clock, most_bytes: int) -> None:
        """`most_bytes` is for all rosters of this process together; with 0 there are none."""
        self.rosters = Rosters(database, RosterStore(database), clock, most_bytes)
        self.remembered = Remembered(clock)
        self._knowing = knowing
        self._capping = capping

    async def answer(self, question: Question, seconds: float) -> Answer | None:
        """By the roster that is there, or by one that is made from now on: a part of the numbers where that takes
        longer. None for a small app, and where too little is known in that time."""
        ends = time.monotonic() + seconds
        kept = self.rosters.of(question.app.id) or self.rosters.begin(question.app.id)
        if kept is None:
            return None
        needed = [DEVICES, PEOPLE] if question.about_people else [DEVICES]
        found: dict[bytes, Found] = {}
        for rule in _about_doings(question):
            did = await self._did(question, rule, ends - time.monotonic())
            if did is None:
                return None
            found[key(rule)] = did
        capped = await self._capped(question, ends - time.monotonic())
        if not await kept.wait(needed, ends - time.monotonic()):
            return None
        return await _ask(kept, question, needed, found, capped)

    async def close(self) -> None:
        await self.rosters.close()
        await self.remembered.close()

    async def _did(self, question: Question, rule: Rule, seconds: float) -> Found | None:
        async def look() -> Crowd:
            crowds = await self._knowing.crowds(question.app.id, [rule], question.now)
            return crowds[key(rule)]

        return await self.remembered.of((question.app.id, key(rule)), look, seconds)

    async def _capped(self, question: Question, seconds: float) -> Found | None:
        """Who has had enough; None as well where it does not matter."""
        app = question.app
        if not question.capped:
            return None
        known = (app.id, app.promotions_per_day)
        return await self.remembered.of(known, lambda: self._capping.capped(app, "promotion"), seconds)


def _about_doings(question: Question) -> list[Rule]:
    """What rules ask of what people did, made so that it is so of those who did it."""
    parts = (part for rule in question.audience.rules for part in rule.all_parts())
    return [asked(part)[0] for part in parts if part.campaign_id is not None or part.event is not None]


async def _ask(
    kept: Kept, question: Question, needed: list[str], did: dict[bytes, Found], capped: Found | None
) -> Answer | None:
    complete = kept.has_read(*needed)
    crowds: Crowds = {name: each.people for name, each in did.items()}
    enough: Fingerprints | None = None if capped is None else capped.people
    try:
        counted = await kept.ask(lambda roster: count(roster, question, crowds, enough, complete=complete))
    except NotKept:
        return None
    times = [kept.as_of or question.now, *(each.as_of for each in did.values()), *([capped.as_of] if capped else [])]
    return Answer(counted, min(times), complete and (capped is not None or not question.capped))
