"""What Fanfare does a second, beside what the same work costs without it: `make bench`, about seven minutes.

Rates are of this machine and of whatever else it does meanwhile. CPU microseconds, and the ratios of one run, are the
figures to trust.
"""

import os
import platform
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import uvloop

from tests.bench import fan_out
from tests.bench.api_rates import api_rates
from tests.bench.audience import DEVICES, audience
from tests.bench.event_batches import event_batches
from tests.bench.growth import SIZES, growth
from tests.bench.inbox import inbox_rates
from tests.bench.inbox_streams import inbox_storm, inbox_streams
from tests.bench.one_message import one_message
from tests.bench.processes import CORES
from tests.bench.stand import Stand, open_stand
from tests.bench.table import Table
from tests.bench.viewers import viewers
from tests.bench.walks import walks

PARTS: dict[str, Callable[[Stand], Awaitable[Table]]] = {
    "fcm": lambda stand: fan_out.fcm(stand, 60_000),
    "web-push": lambda stand: fan_out.web_push(stand, 10_000),
    "growth": growth,
    "api": api_rates,
    "events": event_batches,
    "one-message": one_message,
    "audience": audience,
    "inbox": inbox_rates,
    "inbox-streams": inbox_streams,
    "inbox-storm": inbox_storm,
    "viewers": viewers,
    "walks": walks,
}
MEASURED = re.compile(r"(?<=<!-- measured -->\n).*(?=<!-- end -->)", re.DOTALL)


async def measure(parts: list[str], largest: int | None) -> list[Table]:
    tables = []
    async with open_stand() as stand:
        for part in parts:
            sized = {"growth": growth, "audience": audience}.get(part) if largest is not None else None
            table = await (sized(stand, largest) if sized and largest else PARTS[part](stand))
            click.echo(f"{table.text()}\n")
            tables.append(table)
    return tables


def circumstances() -> str:
    load = os.getloadavg()[0]
    return f"{datetime.now(UTC):%Y-%m-%d}, {CORES} cores, Python {platform.python_version()}, load {load:.1f} before."


def write(file: Path, content: str) -> None:
    """Between the two marks, where the file has them."""
    before = file.read_text() if file.exists() else ""
    if MEASURED.search(before):
        content = MEASURED.sub(lambda _: f"\n{content}\n", before)
    file.write_text(content)


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice([*PARTS]), help="This part; may be given more than once.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the tables here as well.")
@click.option(
    "--largest",
    type=int,
    help=f"How many phones `growth` goes up to ({SIZES[-1]:,}), and how many devices `audience` has ({DEVICES:,}).",
)
def main(only: tuple[str, ...], largest: int | None, markdown: Path | None) -> None:
    under, started = circumstances(), time.monotonic()
    click.echo(f"{under}\n")
    tables = uvloop.run(measure([*only] or [*PARTS], largest))
    click.echo(f"Took {time.monotonic() - started:.0f} s.")
    if markdown:
        write(markdown, "\n".join([f"{under}\n", *(f"{table.markdown()}\n" for table in tables)]))


if __name__ == "__main__":
    main()
