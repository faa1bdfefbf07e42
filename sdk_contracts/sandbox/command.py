"""The sandbox as a process of its own: stand-ins, and phones when an API is named."""

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click
import msgspec

from sdk_contracts.sandbox.fcm.service import FcmStandIn, fcm_stand_in
from sdk_contracts.sandbox.phones.api import Refused
from sdk_contracts.sandbox.phones.population import Plan, Population
from sdk_contracts.sandbox.process import State
from sdk_contracts.sandbox.serving import Certificate
from sdk_contracts.sandbox.web_push.service import WebPushStandIn, web_push_stand_in

log = logging.getLogger("fanfare.sandbox")


@click.command()
@click.option("--fcm-port", default=0, help="FCM's port on 127.0.0.1; 0 takes a free one.", show_default=True)
@click.option("--web-push-port", default=0, help="The push service's port; 0 takes a free one.", show_default=True)
@click.option("--certificate", type=click.Path(path_type=Path), help="PEM chain: speak https. Needs --certificate-key.")
@click.option("--certificate-key", type=click.Path(path_type=Path), help="The chain's private key.")
@click.option("--project", default="fanfare-sandbox", help="The Firebase project's id.", show_default=True)
@click.option("--service-account", type=click.Path(path_type=Path), help="Write the service-account JSON here.")
@click.option("--state-file", type=click.Path(path_type=Path), help="Write the URLs here as JSON once all listen.")
@click.option("--api-url", help="Fanfare's API; with --publishable-key, phones register there.")
@click.option("--publishable-key", help="The app's publishable key, ffp_…")
@click.option("--identity-secret", envvar="FANFARE_IDENTITY_SECRET", help="For an app that verifies identities.")
@click.option("--phones", default=200, help="How many phones.", show_default=True)
@click.option("--phones-file", type=click.Path(path_type=Path), help="Remember the installations for the next run.")
@click.option("--posters", type=click.Path(path_type=Path), help="Paths of tracked links that people come by.")
@click.option("--seed", default=0, help="The same seed makes the same phones.", show_default=True)
@click.option("--pace", default=1.0, help="How many times faster than life the phones react.", show_default=True)
@click.option("--verbose", is_flag=True, help="Say more.")
def main(**options: Any) -> None:
    """Stand-in FCM and Web Push services, and simulated phones, for trying Fanfare and writing SDKs."""
    if (options["certificate"] is None) != (options["certificate_key"] is None):
        raise click.UsageError("--certificate and --certificate-key go together.")
    if (options["api_url"] is None) != (options["publishable_key"] is None):
        raise click.UsageError("--api-url and --publishable-key go together.")
    if options["pace"] <= 0:
        raise click.UsageError("--pace must be greater than 0.")
    logging.basicConfig(level=logging.DEBUG if options["verbose"] else logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        _run(options)
    except (OSError, Refused) as error:
        raise click.ClickException(str(error)) from error


def _run(options: dict[str, Any]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(options))
    else:
        uvloop.run(_serve(options))


async def _serve(options: dict[str, Any]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    chain = options["certificate"]
    certificate = Certificate(chain, options["certificate_key"]) if chain else None
    async with AsyncExitStack() as stack:
        fcm = await stack.enter_async_context(
            fcm_stand_in(options["fcm_port"], certificate=certificate, seed=options["seed"])
        )
        web_push = await stack.enter_async_context(
            web_push_stand_in(options["web_push_port"], certificate=certificate, seed=options["seed"])
        )
        _announce(fcm, web_push, options)
        await _until(stop, _phones(options, fcm, web_push))
    log.info("Stopped.")


def _phones(options: dict[str, Any], fcm: FcmStandIn, web_push: WebPushStandIn) -> Population | None:
    if not options["api_url"] or options["phones"] <= 0:
        return None
    plan = Plan(
        api_url=options["api_url"],
        publishable_key=options["publishable_key"],
        phones=options["phones"],
        seed=options["seed"],
        pace=options["pace"],
        keep=options["phones_file"],
        identity_secret=options["identity_secret"],
        posters=options["posters"],
    )
    return Population(plan, fcm, web_push)


async def _until(stop: asyncio.Event, phones: Population | None) -> None:
    """Until stopped. Raises what ends the phones before."""
    waiting = asyncio.create_task(stop.wait())
    living = asyncio.create_task(phones.run()) if phones else None
    tasks = {waiting, living} if living else {waiting}
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if living:
        living.cancel()
        results = await asyncio.gather(living, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]


def _announce(fcm: FcmStandIn, web_push: WebPushStandIn, options: dict[str, Any]) -> None:
    """Write the files that were asked for, and say what to set."""
    _share_account(fcm, options["project"], options["service_account"])
    environment = {"FANFARE_FCM_URL": fcm.url, "FANFARE_WEB_PUSH_HOSTS": web_push.authority}
    state = State(pid=os.getpid(), fcm_url=fcm.url, web_push_url=web_push.url, environment=environment)
    log.info("FCM       %s\nWeb Push  %s\n", fcm.url, web_push.url)
    log.info("Set for Fanfare's API and worker:\n%s\n", "\n".join(f"  {name}={it}" for name, it in environment.items()))
    log.info("Service account for PUT /v1/credentials/fcm:\n  GET %s/_sandbox/service-account\n", fcm.url)
    if options["state_file"]:
        _write(options["state_file"], msgspec.json.encode(state))


def _share_account(fcm: FcmStandIn, project: str, path: Path | None) -> None:
    """The key of an earlier run is used again, so that credentials once given to Fanfare stay good."""
    if path and path.exists():
        try:
            fcm.adopt(msgspec.json.decode(path.read_bytes(), type=dict[str, Any]))
        except (msgspec.DecodeError, ValueError):
            log.warning("%s holds no service account and is written anew.", path)
    account = fcm.service_account(project)
    if path:
        _write(path, msgspec.json.format(msgspec.json.encode(account)))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for its owner only."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)
