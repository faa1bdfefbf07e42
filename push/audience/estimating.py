"""What an audience comes to, before anything is sent: within 5 s, or exactly and however long it takes."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from push.audience.rules import Audience, Rule
from push.audience.tally import Answer, Question, Tally
from push.audience.walk import Walk
from push.database import patiently
from push.limits.capping import Capping
from push.people.model import Person, gate_of
from sdk_contracts.wire.campaigns import Estimate

PATIENCE_SECONDS = 3.5
_MOST_SECONDS = 600.0
_LAST_SECONDS = 1.0
"""For looking up who has had enough."""


class Answers(Protocol):
    """Numbers from what is known of all devices beforehand."""

    async def answer(self, question: Question, seconds: float) -> Answer | None:
        """After so long at most. None where one by one is better, or the only way."""

    async def close(self) -> None: ...


class Estimating:
    def __init__(
        self,
        walk: Callable[[str, Audience], Walk],
        get_people: Callable[[str, Sequence[str]], Awaitable[list[Person]]],
        capping: Capping,
        answers: Answers | None,
    ) -> None:
        """Without `answers` everything is counted one by one."""
        self._walk = walk
        self._get_people = get_people
        self._capping = capping
        self._answers = answers

    async def estimate(self, question: Question) -> Estimate:
        if question.request.exact or self._answers is None or _by_name(question.audience.include):
            with patiently(_MOST_SECONDS):
                return (await self._counted(question)).estimate(exact=True)
        ends = time.monotonic() + PATIENCE_SECONDS
        answer = await self._answers.answer(question, PATIENCE_SECONDS)
        if answer is None:
            return (await self._counted(question, ends)).estimate(exact=True)
        return answer.estimate(exact=False)

    async def close(self) -> None:
        if self._answers is not None:
            await self._answers.close()

    async def _counted(self, question: Question, ends: float | None = None) -> Answer:
        """One by one, by the same walk and gates that planning uses; all, or those met until then."""
        tally, walk = Tally(question), self._walk(question.app.id, question.audience)
        try:
            async with asyncio.timeout(None if ends is None else ends - time.monotonic()):
                async for devices in walk.devices():
                    for device in devices:
                        tally.device(device)
                    if tally.unaddressed:
                        tally.letters(await self._get_people(question.app.id, sorted(tally.unaddressed)))
                async for people in walk.people_without_device():
                    for person in people:
                        tally.person(person.id, gate_of(person.preferences))
                    tally.letters(people)
                complete = True
        except TimeoutError:
            complete = False
        await self._leave_out_capped(question, tally, None if ends is None else _LAST_SECONDS)
        return Answer(tally, question.now, complete)

    async def _leave_out_capped(self, question: Question, tally: Tally, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                kind, among = question.request.kind, list(tally.pushed_now)
                ignored = question.request.limits.ignore_frequency_cap
                tally.enough_for(await self._capping.capped(question.app, kind, among=among, ignored=ignored))


def _by_name(rule: Rule) -> bool:
    """Found by name, however large the app is."""
    return bool(rule.external_ids or rule.device_ids)
