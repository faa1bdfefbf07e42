"""`fanfare up`: everything on this machine, from one command, until Ctrl-C."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

from push import embedded
from push.command import demo
from push.command.first_app import app_part
from push.command.home import DEFAULT_DIRECTORY, Connection, Home
from push.command.ports import choose_port
from push.command.supervisor import Child, Supervisor
from push.settings import from_environment

API_PORT = 8080
DASHBOARD_PORT = 8501
START_SECONDS = 90.0


class Options(Struct, frozen=True):
    demo: bool
    api_port: int | None
    dashboard_port: int | None
    dashboard: bool


@click.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="Add a demo app with simulated phones behind stand-in providers."
)
@click.option(
    "--data-dir",
    envvar="FANFARE_DATA_DIR",
    default=DEFAULT_DIRECTORY,
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the database, the keys and the logs are kept.",
)
@click.option("--api-port", type=click.IntRange(0, 65535), help=f"Default {API_PORT}, or a free one if that is taken.")
@click.option(
    "--dashboard-port", type=click.IntRange(0, 65535), help=f"Default {DASHBOARD_PORT}, or a free one if that is taken."
)
@click.option("--no-dashboard", is_flag=True, help="Leave the dashboard out.")
def up(with_demo: bool, data_dir: Path, api_port: int | None, dashboard_port: int | None, no_dashboard: bool) -> None:
    """Bring everything up on this machine: database, API, worker and dashboard. Ctrl-C stops it all.

    Set FANFARE_MONGO_URL to use a MongoDB of your own instead of the embedded one.
    """
    home = Home(data_dir)
    with home.claimed(), stoppable(), Supervisor(home.logs) as supervisor:
        try:
            run(home, supervisor, Options(with_demo, api_port, dashboard_port, not no_dashboard), os.environ)
        except KeyboardInterrupt:
            click.echo("\nStopping ...")
    click.echo("Stopped. What was stored stays.")


def run(home: Home, supervisor: Supervisor, options: Options, given: Mapping[str, str]) -> None:
    """Starts one thing after the other, announces them once all answer, and watches. Raises what goes wrong."""
    api_url = f"http://127.0.0.1:{choose_port('API', options.api_port, API_PORT)}"
    environ = {**given, "PYTHONUNBUFFERED": "1"}
    environ["FANFARE_SECRET_KEY"] = given.get("FANFARE_SECRET_KEY") or home.master_secret()
    environ["FANFARE_PUBLIC_URL"] = given.get("FANFARE_PUBLIC_URL") or api_url
    environ["FANFARE_MONGO_URL"] = given.get("FANFARE_MONGO_URL") or _start_database(home, supervisor)
    with step("App and keys"):
        app = asyncio.run(app_part(home, from_environment(environ), "demo" if options.demo else "app"))
    sandbox = None
    if options.demo:
        with step("Stand-in push services, simulated phones"):
            sandbox = demo.start_sandbox(home, supervisor, api_url, app, environ)
        environ.update(sandbox.environ)
    dashboard_url = _start_services(supervisor, options, environ, api_url)
    if sandbox is not None:
        with step("Phones registered, a campaign to launch"):
            demo.prepare(supervisor, sandbox, api_url, app["secret_key"])
    connection = Connection(**app, api_url=api_url, dashboard_url=dashboard_url, mongo_url=environ["FANFARE_MONGO_URL"])
    home.announce(connection, environ)
    click.echo(summary(home, connection, demo=options.demo))
    supervisor.watch()


def _start_database(home: Home, supervisor: Supervisor) -> str:
    with step("Database (embedded)"):
        database = embedded.start(home.database)
    supervisor.adopt(Child("database", database.process, home.database / "server.log"))
    return database.url


def _start_services(supervisor: Supervisor, options: Options, environ: Mapping[str, str], api_url: str) -> str | None:
    """API, worker and, if wanted, the dashboard, whose address is the answer."""
    api_port = api_url.rpartition(":")[2]
    api = supervisor.start(
        "api",
        [sys.executable, "-m", "api"],
        {**environ, "FANFARE_API_HOST": "127.0.0.1", "FANFARE_API_PORT": api_port},
    )
    supervisor.start("worker", [sys.executable, "-m", "push", "worker"], environ)
    dashboard = None
    if options.dashboard:
        dashboard_port = choose_port("dashboard", options.dashboard_port, DASHBOARD_PORT)
        places = {
            "FANFARE_API_URL": api_url,
            "FANFARE_DASHBOARD_HOST": "127.0.0.1",
            "FANFARE_DASHBOARD_PORT": str(dashboard_port),
        }
        dashboard = supervisor.start("dashboard", [sys.executable, "-m", "dashboard"], {**environ, **places})
    with step("API and worker"):
        supervisor.wait_until_answering(api, f"{api_url}/health/ready", START_SECONDS)
    if dashboard is None:
        return None
    dashboard_url = f"http://127.0.0.1:{dashboard_port}"
    with step("Dashboard"):
        supervisor.wait_until_answering(dashboard, f"{dashboard_url}/_stcore/health", START_SECONDS)
    return dashboard_url


def summary(home: Home, connection: Connection, *, demo: bool) -> str:
    """Where everything is and what to do next. The secret key itself stays in the file, out of scroll-back and logs."""
    there = home.connection_file
    lines = ["", click.style("Fanfare is up.", fg="green", bold=True), ""]
    if connection.dashboard_url:
        lines.append(f"  Dashboard  {connection.dashboard_url}   sign in with the secret_key in {there}")
    lines.append(f"  API        {connection.api_url}   (reference: {connection.api_url}/schema)")
    lines.append(
        f"  Try it     {connection.api_url}/demo?key={connection.publishable_key}   receives pushes in your browser"
    )
    lines.append(f"  Keys       {there}")
    lines.append(f"  Logs       {home.logs}")
    lines.append("")
    if demo:
        lines.append(
            "Next: open the dashboard, choose the campaign that is ready as a draft, press Launch, and watch it move."
        )
    else:
        lines.append("Next: open the dashboard and compose a campaign, or subscribe your own browser first.")
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])


@contextmanager
def step(what: str) -> Iterator[None]:
    """One line for what takes a moment: what, and how long it took."""
    click.echo(f"  {what:<44}", nl=False)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo("failed")
        raise
    click.echo(f"ready after {time.monotonic() - began:.1f} s")


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and SIGINT raise KeyboardInterrupt, SIGINT also where a shell had it ignored for a background job."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
