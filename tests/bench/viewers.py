"""Twenty people who watch the dashboard: what it costs, and how long a live part takes to be told anew."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sdk_contracts.wire.campaigns import Limits
from tests.bench.inbox import ready, serving_api
from tests.bench.processes import command
from tests.bench.stand import Stand
from tests.bench.streamlit_client import Viewer
from tests.bench.table import Table

VIEWERS = 20
SECONDS = 30.0
PHONES = 2000
PER_MINUTE = 600


async def viewers(stand: Stand) -> Table:
    """On the overview, and on the page of a campaign that is being sent."""
    fleet = await stand.fleet("Watched")
    await stand.phones(fleet, PHONES)
    rows, notes = [], []
    with (
        serving_api(stand) as (api_port, api),
        command(stand.settings, "worker"),
        _dashboard(stand, api_port) as (port, dashboard),
    ):
        await ready(api_port, "/health/ready")
        await ready(port, "/_stcore/health")
        campaign = await fleet.launch(channels=["push"], limits=Limits(per_minute=PER_MINUTE))
        for name, page, query in (("overview", "", ""), ("campaign being sent", "campaign", f"id={campaign.id}")):
            for count in (1, VIEWERS):
                there = [Viewer(port, page, query) for _ in range(count)]
                began = time.perf_counter()
                for each in there:
                    await each.open(fleet.created.secret_key)
                drawn = time.perf_counter() - began
                received = sum(each.received for each in there)
                watch = stand.watch(dashboard=dashboard, api=api)
                await asyncio.gather(*(each.watch(SECONDS) for each in there))
                usage = watch.stop()
                took = sorted(1e3 * one for each in there for one in each.took)
                bytes_each = (sum(each.received for each in there) - received) / max(len(took), 1)
                rows.append(
                    [f"{name}, {count}", f"{len(took) / usage.seconds:.1f}", _of(took, 0.5), _of(took, 0.99),
                     f"{usage.share('dashboard'):.0%}", f"{usage.micros('dashboard', len(took)) / 1e3:,.0f}",
                     f"{usage.share('api'):.0%}", f"{bytes_each / 1024:.0f}"]
                )  # fmt: skip
                pace = f"drawn in {drawn / count:.1f} s each, one after the other"
                notes.append(f"- {name}, {count}: {pace}; {usage.bound()}.")
                assert not any(each.failed for each in there)
                await asyncio.gather(*(each.close() for each in there))
    columns = (
        "viewers", "re-runs/s", "p50 ms", "p99 ms", "dashboard, of one core", "dashboard CPU ms a re-run",
        "API, of one core", "KiB a re-run",
    )  # fmt: skip
    notes.append("- The limit is one core for twenty. Viewers speak Streamlit's protocol and draw nothing.")
    return Table("Viewers of the dashboard", columns, rows, notes)


@contextmanager
def _dashboard(stand: Stand, api_port: int) -> Iterator[tuple[int, int]]:
    """Its port and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    given = {"FANFARE_API_URL": f"http://127.0.0.1:{api_port}", "FANFARE_DASHBOARD_PORT": str(port)}
    with command(stand.settings, module="dashboard", environment=given) as pid:
        yield port, pid


def _of(ordered: list[float], share: float) -> str:
    return f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:,.0f}" if ordered else "–"
