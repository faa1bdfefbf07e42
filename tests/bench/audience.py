"""What an audience comes to: from a roster, one by one, and the same rule asked of the database alone."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from push.database import DATABASE_AWAY, Document, patiently
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.campaigns import Estimate, EstimateRequest
from tests.bench.audience_seeds import populate
from tests.bench.processes import Watch, memory_mib
from tests.bench.stand import Stand
from tests.bench.table import Table

DEVICES = 30_000
TIMES = 20
LONGEST_SECONDS = 900.0
_RAW_SECONDS = 120.0
PRO = Rule(field="device.tags.plan", op="eq", value="pro")
NEWS = Rule(topics=["news/a"])
ADULT = Rule(field="person.age", op="gte", value=30)
IPHONE = Rule(field="device.platform", op="eq", value="ios")
COLUMNS = (
    "", "devices", "p50 / max ms", "CPU ms", "exact: s", "CPU s, database and bench", "times as long",
    "off by", "bare aggregation: s",
)  # fmt: skip


class Asked(Struct, frozen=True):
    name: str
    rule: Rule
    bare: Document | None = None
    """What asks the database for the same devices, where one collection can tell."""


RULES = (
    Asked("all", Rule(all=True), {}),
    Asked("a topic", NEWS, {"topics": {"$in": ["news", "news/a"]}}),
    Asked(
        "platform and version",
        Rule(and_=[IPHONE, Rule(field="device.app_version", op="gte", value="4.2")]),
        {"platform": "ios", "app_version": {"$gte": "4.2"}},
    ),
    Asked("a tag", PRO, {"tags.plan": "pro"}),
    Asked("age from 30 to 49", Rule(and_=[ADULT, Rule(field="person.age", op="lt", value=50)])),
    Asked(
        "five of them",
        Rule(
            and_=[
                PRO,
                Rule(or_=[ADULT, Rule(field="person.vip", op="eq", value=True)]),
                Rule(not_=NEWS),
                Rule(field="device.last_seen_at", op="within_days", value=30),
            ]
        ),
    ),
)
PARTS = ("people", "devices", "now", "deferred")


async def audience(stand: Stand, devices: int = DEVICES) -> Table:
    return await measured(stand.settings, stand.database, await populate(stand, devices))


async def measured(settings: Settings, database: int, app_id: str) -> Table:
    """`database` is its process id."""
    async with open_engine(settings, "api", database_timeout_seconds=60) as engine:
        app = await engine.apps.get(app_id)
        before = memory_mib_here()
        first, ready = await _cold(engine, app.id, database)
        after = memory_mib_here()
        rows = [await _row(engine, app.id, asked, database) for asked in RULES]
        count = (await engine.audience.estimate(app.id, _request(Rule(all=True)))).devices
    million = (after - before) / count * 1_000_000
    notes = [
        f"- The first answer, of what was read so far, came after {first:.1f} s; the first whole one after {ready}.",
        f"- The roster takes {after - before:,.0f} MiB here: {million:,.0f} MiB a million devices.",
        "- Promotion with its gates and limits; `off by`: the worst of people, devices, pushed now and deferred.",
    ]
    return Table(f"Estimates about {count:,} devices", COLUMNS, rows, notes)


def memory_mib_here() -> float:
    return memory_mib(os.getpid())


def _request(rule: Rule, **fields: Any) -> EstimateRequest:
    return EstimateRequest(audience=Audience(include=rule), kind="promotion", category="offers", **fields)


async def _cold(engine: Engine, app_id: str, database: int) -> tuple[float, str]:
    """Seconds until the first answer; and until one about people was whole, with the CPU it took."""
    watch, started, first = Watch(database=database), time.monotonic(), 0.0
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            found = await engine.audience.estimate(app_id, _request(ADULT))
            first = first or time.monotonic() - started
            if found.complete:
                break
            await asyncio.sleep(0.2)
    usage = watch.stop()
    cpu = f"CPU: database {usage.cpu['database']:.1f} s, bench {usage.cpu['bench']:.1f} s"
    return first, f"{usage.seconds:.1f} s ({cpu})"


async def _row(engine: Engine, app_id: str, asked: Asked, database: int) -> list[str]:
    request, taken, watch = _request(asked.rule), list[float](), Watch(database=database)
    for _ in range(TIMES):
        started = time.monotonic()
        quick = await engine.audience.estimate(app_id, request)
        taken.append((time.monotonic() - started) * 1000)
    quick_cpu = watch.stop().cpu["bench"] / TIMES * 1000
    assert quick.complete
    assert not quick.exact
    slow: Estimate | None = None

    async def walk() -> None:
        nonlocal slow
        slow = await engine.audience.estimate(app_id, msgspec.structs.replace(request, exact=True))

    seconds, cpu = await _timed(walk, database)
    assert slow is not None
    differences = [abs(getattr(quick, name) - getattr(slow, name)) / max(1, getattr(slow, name)) for name in PARTS]
    p50 = sorted(taken)[TIMES // 2]
    return [
        asked.name, f"{quick.devices:,}", f"{p50:.0f} / {max(taken):.0f}", f"{quick_cpu:.0f}", f"{seconds:.1f}", cpu,
        f"{seconds * 1000 / p50:,.0f}", f"{max(differences):.2%}", await _bare(engine, app_id, asked, database),
    ]  # fmt: skip


async def _bare(engine: Engine, app_id: str, asked: Asked, database: int) -> str:
    """Counted by platform in the database: no gates, no people."""
    if asked.bare is None:
        return "–"
    stages: list[Document] = [
        {"$match": {"app_id": app_id, "uninstalled_at": None, **asked.bare}},
        {"$group": {"_id": "$platform", "devices": {"$sum": 1}}},
    ]

    async def count() -> None:
        with patiently(_RAW_SECONDS):
            await engine.database.collection("devices").aggregate(stages).to_list(None)

    try:
        seconds, _ = await _timed(count, database)
    except DATABASE_AWAY as error:
        return f"over {_RAW_SECONDS:.0f} ({type(error).__name__})"
    return f"{seconds:.1f}"


async def _timed(work: Callable[[], Awaitable[None]], database: int) -> tuple[float, str]:
    watch = Watch(database=database)
    await work()
    usage = watch.stop()
    return usage.seconds, f"{usage.cpu['database']:.1f} + {usage.cpu['bench']:.1f}"
