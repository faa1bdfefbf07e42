"""Apps and keys from the command line."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, get_args

import click

from push.apps.model import Principal, Role
from push.audit.model import Details
from push.command.home import home_of
from push.errors import PushError

if TYPE_CHECKING:
    from push.database import Session
    from push.engine import Engine

T = TypeVar("T")


class WhichApp(PushError):
    def __init__(self, apps: list[str]) -> None:
        listed = "\n  ".join(apps)
        super().__init__(
            f"Say which app with --app ID:\n  {listed}" if apps else "There is no app yet: fanfare app create NAME"
        )


@click.group()
def app() -> None:
    """Apps: each with its own keys, people and data."""


@app.command("create")
@click.argument("name")
def create_app(name: str) -> None:
    """Make an app; its keys are shown this once."""
    created = with_engine(lambda engine: engine.apps.create(name))
    click.echo(f"app_id           {created.app.id}")
    click.echo(f"publishable_key  {created.publishable_key}   (goes into the app)")
    click.echo(f"secret_key       {created.secret_key}   (role owner; shown this once, keep it safe)")
    click.echo(f"vapid_public_key {created.app.vapid_public_key}")


@app.command("list")
def list_apps() -> None:
    """Every app, oldest first."""
    apps = with_engine(lambda engine: engine.apps.all())
    for one in apps:
        click.echo(f"{one.id}  {one.created_at:%Y-%m-%d}  FCM: {one.fcm_project_id or 'not connected'}  {one.name}")
    if not apps:
        click.echo("There is no app yet: fanfare app create NAME")


@click.group()
def key() -> None:
    """Secret keys for backends and for people at the dashboard."""


@key.command("create")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="What the key may do.")
@click.option("--app", "app_id", metavar="ID", help="Which app; may be left out where there is only one.")
@click.option("--name", help="Whose key it is, to tell keys apart.")
def create_key(role: Role, app_id: str | None, name: str | None) -> None:
    """Make a secret key; it is shown this once."""

    async def create(engine: "Engine") -> str:
        chosen = app_id or await only_app(engine)
        await engine.apps.get(chosen)

        async def store(session: "Session") -> str:
            record, secret = await engine.apps.create_key(chosen, "secret", role, name, session)
            made: Details = {"kind": "secret", "role": role, "by": "command line"}
            await engine.audit.record(Principal(chosen, "secret"), "key.created", record.id, made, session=session)
            return secret

        return await engine.database.transaction(store)

    click.echo(with_engine(create))


async def only_app(engine: "Engine") -> str:
    apps = await engine.apps.all()
    if len(apps) != 1:
        raise WhichApp([f"{one.id}  {one.name}" for one in apps])
    return apps[0].id


def with_engine(ask: "Callable[[Engine], Awaitable[T]]") -> T:
    """Asks the engine of the environment's settings, or of the `fanfare up` that runs in the data directory."""
    from push.engine import open_engine

    async def run() -> T:
        async with open_engine(home_of(os.environ).settings(os.environ)) as engine:
            return await ask(engine)

    return asyncio.run(run())
