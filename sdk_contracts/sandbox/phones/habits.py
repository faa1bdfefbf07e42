"""What sort of phone this is and how its owner behaves, drawn once from a seed."""

import math
import random
from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct

from sdk_contracts.wire.devices import Platform

PLATFORMS: dict[Platform, int] = {"android": 55, "ios": 25, "web": 20}
PLACES = {
    ("en-US", "America/New_York"): 16,
    ("en-US", "America/Los_Angeles"): 10,
    ("en-GB", "Europe/London"): 10,
    ("de", "Europe/Berlin"): 20,
    ("fr", "Europe/Paris"): 10,
    ("es-MX", "America/Mexico_City"): 8,
    ("pt-BR", "America/Sao_Paulo"): 8,
    ("ja", "Asia/Tokyo"): 8,
    ("zh-CN", "Asia/Shanghai"): 10,
}
APP_VERSIONS = {"3.2.0": 60, "3.1.4": 25, "2.9.1": 15}
MODELS: dict[Platform, list[tuple[str, str]]] = {
    "android": [("Pixel 9", "16"), ("Galaxy S24", "15"), ("Moto G54", "14")],
    "ios": [("iPhone 16", "18.3"), ("iPhone 13", "17.7")],
    "web": [("Firefox 140", "Linux"), ("Chrome 141", "Windows 11"), ("Safari 18", "macOS 15")],
}
TOPICS = {"news": 45, "news/sports": 30, "news/culture": 15, "offers": 50, "training": 20}
ANONYMOUS_SHARE = 0.15
SECOND_DEVICE_SHARE = 0.15
T = TypeVar("T")


class Habits(Struct, frozen=True, kw_only=True):
    """One phone. Chances are from 0 to 1; the same seed and number give the same habits."""

    number: int
    external_id: str | None
    """Who logs in; None stays anonymous."""
    platform: Platform
    by_fid: bool
    """Reached by a Firebase installation id, not by a registration token."""
    locale: str
    timezone: str
    app_version: str
    os_version: str
    model: str
    topics: list[str]
    opted_in: bool
    consents: bool
    """To promotion."""
    tends_to_open: float
    tends_to_click: float
    tends_to_dismiss: float
    tends_to_uninstall: float
    """After a push that was dismissed."""
    reads_inbox: bool
    wanders: bool
    """Loses its connection now and then."""


def draw_population(seed: int, phones: int) -> Iterator[Habits]:
    """The habits of `phones` phones. Some persons, `demo-0001` and on, have two in a row."""
    person = 0
    last: str | None = None
    for number in range(phones):
        draw = random.Random(f"{seed}/{number}")
        second = draw.random() < SECOND_DEVICE_SHARE
        external_id: str | None
        if last is not None and second:
            external_id, last = last, None
        elif draw.random() < ANONYMOUS_SHARE:
            external_id = last = None
        else:
            person += 1
            external_id = last = f"demo-{person:04d}"
        yield _draw(draw, number, external_id)


def _draw(draw: random.Random, number: int, external_id: str | None) -> Habits:
    platform = _one(draw, PLATFORMS)
    locale, timezone = _one(draw, PLACES)
    model, os_version = draw.choice(MODELS[platform])
    never_opens = draw.random() < 0.25
    return Habits(
        number=number,
        external_id=external_id,
        platform=platform,
        by_fid=platform == "android" and draw.random() < 0.25,
        locale=locale,
        timezone=timezone,
        app_version=_one(draw, APP_VERSIONS),
        os_version=os_version,
        model=model,
        topics=[topic for topic, percent in TOPICS.items() if draw.random() * 100 < percent],
        opted_in=draw.random() >= 0.08,
        consents=draw.random() >= 0.12,
        tends_to_open=0.0 if never_opens else draw.betavariate(2, 4),
        tends_to_click=draw.betavariate(3, 3),
        tends_to_dismiss=draw.betavariate(2, 4),
        tends_to_uninstall=0.01,
        reads_inbox=draw.random() < 0.4,
        wanders=draw.random() < 0.12,
    )


def _one(draw: random.Random, weights: dict[T, int]) -> T:
    return draw.choices([*weights], [*weights.values()])[0]


class Moods:
    """How long this owner takes for things, in seconds of real life; most react within a minute."""

    def __init__(self, seed: int, number: int) -> None:
        self._draw = random.Random(f"{seed}/{number}/moods")

    def chance(self, probability: float) -> bool:
        return self._draw.random() < probability

    def pick(self, things: list[T]) -> T:
        return self._draw.choice(things)

    def arrival(self) -> float:
        """From the push service to the phone."""
        return self._draw.uniform(0.1, 1.5)

    def display(self) -> float:
        return self._draw.uniform(0.05, 0.5)

    def reaction(self) -> float:
        """Until the owner taps or swipes: half within twelve seconds, nineteen of twenty within a minute."""
        return self._draw.lognormvariate(math.log(12), 1.0)

    def reading(self) -> float:
        return self._draw.uniform(1, 6)

    def between_visits(self) -> float:
        """Until the owner opens the app without a push."""
        return self._draw.expovariate(1 / 120)

    def online(self) -> float:
        return self._draw.expovariate(1 / 90)

    def offline(self) -> float:
        return self._draw.expovariate(1 / 45)
