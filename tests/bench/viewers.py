"""Twenty people who watch the dashboard: what it costs, how late a live part comes, and how old the numbers are."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from dashboard import live
from sdk_contracts.wire.campaigns import Limits
from tests.bench.api_rates import free_port
from tests.bench.inbox import ready, serving_api
from tests.bench.processes import Usage, command, peak_memory_mib
from tests.bench.stand import Stand
from tests.bench.streamlit_client import Viewer
from tests.bench.table import Table

VIEWERS = 20
OPENED_AT_ONCE = 4
SECONDS = 30.0
PHONES = 12_000
PER_MINUTE = 1200
"""Being sent for as long as it is watched."""
LONGEST = 360.0
"""Seconds for the whole of it."""


class Seen(Struct, frozen=True):
    """What some viewers of one page had and cost."""

    name: str
    there: list[Viewer]
    usage: Usage

    def late(self) -> list[float]:
        return sorted(1e3 * one for each in self.there for one in each.late)

    def ages(self) -> list[float]:
        return sorted(age for each in self.there for age in each.ages())

    def micros(self) -> float:
        return self.usage.micros("dashboard", len(self.late()))


async def viewers(stand: Stand) -> Table:
    """On the overview, and on the page of a campaign that is being sent, beside a chart and nothing else."""
    fleet = await stand.fleet("Watched")
    await stand.phones(fleet, PHONES)
    key = fleet.created.secret_key
    seen = []
    async with asyncio.timeout(LONGEST):
        with _bare_dashboard(stand) as (port, bare):
            await ready(port, "/_stcore/health")
            floor = await _watched(stand, f"bare chart, {VIEWERS}", [Viewer(port) for _ in range(VIEWERS)], None, bare)
            seen.append(floor)
        with (
            serving_api(stand) as (api_port, api),
            command(stand.settings, "worker"),
            _dashboard(stand, api_port) as (port, dashboard),
        ):
            await ready(api_port, "/health/ready")
            await ready(port, "/_stcore/health")
            campaign = await fleet.launch(channels=["push"], limits=Limits(per_minute=PER_MINUTE))
            for name, page, query in (("campaign being sent", "campaign", f"id={campaign.id}"), ("overview", "", "")):
                for count in (1, VIEWERS):
                    there = [Viewer(port, page, query) for _ in range(count)]
                    seen.append(await _watched(stand, f"{name}, {count}", there, key, dashboard, api=api))
            peak = peak_memory_mib(dashboard)
    columns = (
        "viewers", "re-runs/s", "late ms: p50", "p99", "held up", "age s: p50", "p99", "dashboard CPU ms a re-run",
        "bare chart ×", "dashboard, of one core", "API, of one core", "KiB a re-run",
    )  # fmt: skip
    return Table("Viewers of the dashboard", columns, [_row(one, floor) for one in seen], _notes(seen, peak))


async def _watched(stand: Stand, name: str, there: list[Viewer], key: str | None, dashboard: int, **more: int) -> Seen:
    """Open, a few at a time, so that their timers are out of step; then watch."""
    turns = asyncio.Semaphore(OPENED_AT_ONCE)

    async def opened(viewer: Viewer) -> None:
        async with turns:
            await viewer.open(key)

    await asyncio.gather(*map(opened, there))
    before = sum(each.received for each in there)
    watch = stand.watch(dashboard=dashboard, **more)
    await asyncio.gather(*(each.watch(SECONDS) for each in there))
    usage = watch.stop()
    for each in there:
        each.received -= before // len(there)
        assert not each.failed, f"{each}: a traceback."
    await asyncio.gather(*(each.close() for each in there))
    return Seen(name, there, usage)


def _row(one: Seen, floor: Seen) -> list[str]:
    late, ages, usage = one.late(), one.ages(), one.usage
    received = sum(each.received for each in one.there)
    return [
        one.name, f"{len(late) / usage.seconds:.1f}", _of(late, 0.5), _of(late, 0.99),
        f"{sum(each.held_up for each in one.there)}", _of(ages, 0.5, ".1f"), _of(ages, 0.99, ".1f"),
        f"{one.micros() / 1e3:,.1f}", f"{one.micros() / floor.micros():.1f}", f"{usage.share('dashboard'):.0%}",
        f"{usage.share('api'):.0%}" if "api" in usage.cpu else "–", f"{received / 1024 / max(len(late), 1):.0f}",
    ]  # fmt: skip


def _notes(seen: list[Seen], peak: float) -> list[str]:
    keen, seldom = f"{live.KEEN:.0f}", f"{3 * live.PATIENT:.0f}"
    late = "from when it was due to when all of it was sent; held up: it was due again before that"
    return [
        *(f"- {one.name}: {one.usage.bound()}." for one in seen),
        f"- Limit: {VIEWERS} viewers on one core. A part is late {late}.",
        "- The age is of what is on screen at any moment, from when the API counted it.",
        f"- A campaign's numbers come each {keen} s, the overview's each {keen} and {seldom} s.",
        f"- The dashboard took {peak:.0f} MiB at most.",
        "- Viewers speak Streamlit's protocol and draw nothing. Bare chart: Streamlit with one finished plotly chart.",
    ]


@contextmanager
def _dashboard(stand: Stand, api_port: int) -> Iterator[tuple[int, int]]:
    """Its port and its process id."""
    port = free_port()
    given = {"FANFARE_API_URL": f"http://127.0.0.1:{api_port}", "FANFARE_DASHBOARD_PORT": str(port)}
    with command(stand.settings, module="dashboard", environment=given) as pid:
        yield port, pid


@contextmanager
def _bare_dashboard(stand: Stand) -> Iterator[tuple[int, int]]:
    port = free_port()
    with command(stand.settings, str(port), str(live.KEEN), module="tests.bench.bare_dashboard") as pid:
        yield port, pid


def _of(ordered: list[float], share: float, form: str = ",.0f") -> str:
    return f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:{form}}" if ordered else "–"
