"""What it costs to find whom a rule means, beside reading everybody."""

import time

from push.audience.rules import Audience, Rule
from tests.bench.audience_seeds import populate
from tests.bench.stand import Stand
from tests.bench.table import Table

DEVICES = 20_000


def _rules() -> dict[str, Rule]:
    return {
        "everybody": Rule(all=True),
        "a topic": Rule(topics=("news/a",)),
        "a tag one in ten has": Rule(field="device.tags.beta", op="eq", value=True),
        "a version or later": Rule(field="device.app_version", op="gte", value="4.0"),
        "an attribute of 3 in 100": Rule(field="person.vip", op="eq", value=True),
        "an attribute of half": Rule(field="person.age", op="lt", value=53),
        "a relation of 3 in 5": Rule(field="person.relation", op="eq", value="customer"),
        "who did not do something": Rule(event="purchase", did_not="happened"),
    }


async def walks(stand: Stand) -> Table:
    """The second of two readings, in CPU microseconds of this process for each device there is."""
    app_id = await populate(stand, DEVICES)
    rows, limit = [], 0.0
    for name, rule in _rules().items():
        for _ in range(2):
            found, began, cpu = 0, time.monotonic(), time.process_time()
            async for page in stand.engine.audience.walk(app_id, Audience(include=rule)).devices():
                found += len(page)
            seconds, each = time.monotonic() - began, (time.process_time() - cpu) * 1e6 / DEVICES
        limit = limit or each
        rows.append([name, f"{found:,}", f"{seconds:.2f}", f"{each:.1f}", f"{each / limit:.2f}"])
    columns = ["rule", "devices meant", "s", "CPU µs a device there is", "of everybody"]
    return Table(f"Finding whom a rule means among {DEVICES:,} devices", columns, rows)
