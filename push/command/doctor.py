"""`fanfare doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import click
from cryptography.exceptions import InvalidTag
from msgspec import Struct

from push.apps.model import App
from push.command.home import home_of
from push.errors import DatabaseAway, PushError
from push.settings import BadSetting, Settings

if TYPE_CHECKING:
    from push.engine import Engine

SKEW_SECONDS = 5.0
"""Leases are reckoned by the database's clock, but VAPID and OAuth signatures by this machine's."""
_COLOURS = {"good": "green", "hint": "yellow", "bad": "red"}
_MARKS = {"good": "ok  ", "hint": "note", "bad": "BAD "}


class Finding(Struct, frozen=True):
    what: str
    state: Literal["good", "hint", "bad"]
    text: str
    advice: str = ""


@click.command()
@click.option("--quick", is_flag=True, help="Only whether the database answers: for health checks.")
def doctor(quick: bool) -> None:
    """Check database, keys, providers and clock; say what is wrong and how to mend it. Exit code 1 on problems."""
    sys.exit(asyncio.run(_report(quick=quick)))


async def _report(*, quick: bool) -> int:
    problems = 0
    async for finding in examine(quick=quick):
        problems += finding.state == "bad"
        click.echo(f"{click.style(_MARKS[finding.state], fg=_COLOURS[finding.state])} {finding.what}: {finding.text}")
        if finding.advice:
            click.echo(f"     → {finding.advice}")
    if not quick:
        click.echo("Everything needed works." if not problems else f"{problems} to mend.")
    return int(problems > 0)


async def examine(*, quick: bool) -> AsyncIterator[Finding]:
    """One finding after the other; stops where the next would have nothing to stand on."""
    try:
        settings = home_of(os.environ).settings(os.environ)
    except BadSetting as error:
        yield Finding("settings", "bad", str(error))
        return
    connection = await _connection(settings)
    yield connection
    if quick or connection.state == "bad":
        return
    yield _public_url(settings)
    from push.engine import open_engine

    async with open_engine(settings) as engine:
        yield await _workers(engine)
        apps = await engine.apps.all()
        if not apps:
            yield Finding("apps", "bad", "there is none", "fanfare app create NAME")
        for app in apps:
            yield await _keys(engine, app)
            yield await _secrets(engine, app)
            yield _vapid(app)
            yield await _fcm(engine, app, settings.fcm_url)


async def _connection(settings: Settings) -> Finding:
    """Reachable, able to run transactions, and of the same time as this machine."""
    # Only here: the driver takes half a second to load.
    from push.database import Database

    where = urlsplit(settings.mongo_url).hostname or "?"
    database = Database(settings.mongo_url, settings.database)
    try:
        before = datetime.now(UTC)
        theirs = await database.sync_clock()
        ours = before + (datetime.now(UTC) - before) / 2
        transactions = await database.runs_transactions()
    except DatabaseAway:
        advice = "Start it, or mend FANFARE_MONGO_URL. Without a MongoDB of your own: fanfare up brings one along."
        return Finding("database", "bad", f"{where} does not answer", advice)
    finally:
        database.close()
    if not transactions:
        advice = "Run MongoDB as a replica set, even of one: mongod --replSet rs0, then rs.initiate() in mongosh."
        return Finding("database", "bad", f"{where} answers but runs no transactions", advice)
    skew = (theirs - ours).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        advice = "Let both machines keep time by NTP: push services refuse signatures from another time."
        return Finding("clock", "bad", f"the database's clock is {skew:+.1f} s off this machine's", advice)
    return Finding("database", "good", f"{where} answers, runs transactions, and its clock differs by {skew:+.2f} s")


def _public_url(settings: Settings) -> Finding:
    address = urlsplit(settings.public_url)
    if address.scheme == "https":
        return Finding("public address", "good", settings.public_url)
    if address.hostname in {"127.0.0.1", "localhost", "::1"}:
        advice = "For real phones set FANFARE_PUBLIC_URL to the https address of your proxy."
        return Finding("public address", "hint", f"{settings.public_url} works on this machine only", advice)
    advice = "Put a TLS proxy in front and set FANFARE_PUBLIC_URL to its https address."
    return Finding(
        "public address", "bad", f"{settings.public_url} is not https, and browsers subscribe on https only", advice
    )


async def _workers(engine: "Engine") -> Finding:
    alive = [process for process in await engine.processes.alive() if process.kind == "worker"]
    if not alive:
        advice = "Start one: fanfare worker. Until then nothing is planned or sent."
        return Finding("workers", "bad", "none is alive", advice)
    return Finding(
        "workers", "good", f"{len(alive)} alive, the first since {alive[0].started_at:%Y-%m-%d %H:%M:%S} UTC"
    )


async def _keys(engine: "Engine", app: App) -> Finding:
    live = [key for key in await engine.apps.keys(app.id) if key.revoked_at is None]
    owners = [key for key in live if key.role == "owner"]
    if not owners:
        return Finding(
            _of(app, "keys"), "bad", "no owner's key is left", f"fanfare key create --role owner --app {app.id}"
        )
    if not any(key.kind == "publishable" for key in live):
        advice = "Make one with POST /v1/keys; without it no new device can register."
        return Finding(_of(app, "keys"), "bad", "no publishable key is left", advice)
    return Finding(_of(app, "keys"), "good", f"{len(live)} live, {len(owners)} of them an owner's")


async def _secrets(engine: "Engine", app: App) -> Finding:
    try:
        await engine.apps.vapid_key(app.id)
    except InvalidTag:
        advice = "Start with the FANFARE_SECRET_KEY this database was filled with; another one opens nothing."
        return Finding(_of(app, "stored secrets"), "bad", "cannot be opened", advice)
    return Finding(_of(app, "stored secrets"), "good", "can be opened")


def _vapid(app: App) -> Finding:
    if app.vapid_subject.endswith(("@example.com", "@example.org", "@localhost")):
        advice = 'PATCH /v1/settings {"vapid_subject": "mailto:you@your.domain"}: Apple refuses made-up ones.'
        return Finding(_of(app, "Web Push"), "hint", f"its contact is still {app.vapid_subject}", advice)
    return Finding(_of(app, "Web Push"), "good", f"its contact is {app.vapid_subject}")


async def _fcm(engine: "Engine", app: App, fcm_url: str) -> Finding:
    what = _of(app, "FCM")
    try:
        account = await engine.apps.fcm_credentials(app.id)
    except InvalidTag:
        return Finding(what, "bad", "the service account cannot be opened", "Upload it again: PUT /v1/credentials/fcm")
    if account is None:
        advice = "For Android and iOS: PUT /v1/credentials/fcm with the service-account JSON of the Firebase console."
        return Finding(what, "hint", "no service account, so only browsers and inboxes are reached", advice)
    try:
        await _access_token(account, fcm_url)
    except PushError as error:
        advice = "Is the service account still enabled, the clock right, and the token address reachable from here?"
        return Finding(what, "bad", f"no access token for {account.get('project_id')}: {error}", advice)
    return Finding(what, "good", f"project {account.get('project_id')} gives access tokens")


async def _access_token(account: dict[str, Any], fcm_url: str) -> None:
    """Fetches one. Raises PushError with the reason."""
    # Only here: Firebase's library takes a second to load.
    from push.senders.fcm.credentials import Credentials

    credentials = Credentials(account, fcm_url)
    try:
        await credentials.headers()
    finally:
        await credentials.close()


def _of(app: App, what: str) -> str:
    return f"{app.name} ({app.id}) {what}"
