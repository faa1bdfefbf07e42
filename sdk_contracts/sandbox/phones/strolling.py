"""Owners who walk past posters: now and then one of them scans the code, or taps a link that somebody posted."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sdk_contracts.sandbox.phones.api import Api
from sdk_contracts.sandbox.phones.habits import Habits
from sdk_contracts.sandbox.phones.phone import Phone

BETWEEN_SECONDS = 12.0
"""From one scan to the next, of all owners together, on average."""
LEAST_SECONDS = 0.5
"""Real ones: however fast the owners live, the API is not to drown in scans."""
PREVIEWS = 0.05
"""The share of links that were posted somewhere, where a robot makes a preview."""
_PREVIEWER = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
_FOLLOWED = 302
_BROWSERS = {
    "android": "Mozilla/5.0 (Linux; Android {os}; {model}) AppleWebKit/537.36 Chrome/141.0 Mobile n/{number}",
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS {os} like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 n/{number}",
    "web": "Mozilla/5.0 ({os}) Gecko/20100101 {model} n/{number}",
}


async def stroll(posters: Path, phones: Sequence[Phone], api: Api, seed: int, pace: float, tally: Counter[str]) -> None:
    """For ever. `posters` has a path of a tracked link a line, likelier ones more than once; it may come later."""
    draw = random.Random(f"{seed}/strolls")
    while True:
        await asyncio.sleep(max(LEAST_SECONDS, draw.expovariate(1 / BETWEEN_SECONDS) / pace))
        if not (hung := read(posters)) or not phones:
            continue
        browser = _PREVIEWER if draw.random() < PREVIEWS else browser_of(draw.choice(phones).habits)
        if await api.visit(draw.choice(hung), browser) == _FOLLOWED:
            tally["strolled"] += 1


def read(posters: Path) -> list[str]:
    try:
        lines = posters.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip()]


def browser_of(habits: Habits) -> str:
    """Each phone's own, so that visitors are told apart: all of them have the address of this machine."""
    return _BROWSERS[habits.platform].format(os=habits.os_version, model=habits.model, number=habits.number)
