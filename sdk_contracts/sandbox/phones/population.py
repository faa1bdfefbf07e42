"""All phones together: they wait for the API, register, and live until the block ends."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from sdk_contracts.sandbox.fcm.service import FcmStandIn
from sdk_contracts.sandbox.phones.api import Api, Refused
from sdk_contracts.sandbox.phones.habits import Habits, Moods, draw_population
from sdk_contracts.sandbox.phones.install import Installer
from sdk_contracts.sandbox.phones.keepsake import Keepsake
from sdk_contracts.sandbox.phones.phone import Phone
from sdk_contracts.sandbox.phones.strolling import stroll
from sdk_contracts.sandbox.web_push.service import WebPushStandIn
from sdk_contracts.wire.apps import PublicSettings

log = logging.getLogger("fanfare.sandbox")
SAVE_SECONDS = 5.0


class Plan(Struct, frozen=True, kw_only=True):
    """How many phones, of which app, how fast they live."""

    api_url: str
    publishable_key: str
    phones: int = 200
    seed: int = 0
    pace: float = 1.0
    """How many times faster than life; 1000 makes a minute 60 ms."""
    keep: Path | None = None
    """Where the installations are remembered for the next run."""
    identity_secret: str | None = None
    """Signs logins, for an app that verifies identities."""
    posters: Path | None = None
    """A file with paths of tracked links, one a line, that owners come by now and then; it may come later."""


class Population:
    """Running phones. `tally` counts what happened, events only once the API stored them."""

    def __init__(self, plan: Plan, fcm: FcmStandIn, web_push: WebPushStandIn) -> None:
        self.plan = plan
        self.phones: list[Phone] = []
        self.tally: Counter[str] = Counter()
        self._fcm = fcm
        self._web_push = web_push
        self._api = Api(plan.api_url)
        self._registered = asyncio.Event()

    async def registered(self) -> None:
        """Wait until every phone has registered, given its consent, logged in and followed its topics."""
        await self._registered.wait()

    async def settled(self) -> None:
        """Wait until no push is being lived through and every event is stored."""
        while not all(phone.idle or phone.uninstalled for phone in self.phones):  # noqa: ASYNC110 - 200 phones, seldom asked
            await asyncio.sleep(0.05)

    async def run(self) -> None:
        """Live for ever. Raises Refused when the API does not know the publishable key."""
        plan = self.plan
        try:
            settings = await self._api.get("/v1/app", plan.publishable_key, PublicSettings)
            keepsake = Keepsake(plan.keep, settings.app_id, plan.seed)
            installer = Installer(self._api, plan.publishable_key, settings, keepsake, plan.identity_secret)
            async with asyncio.TaskGroup() as group:
                await self._install_all(installer, group)
                keepsake.save()
                self._registered.set()
                log.info("%d phones are registered", len(self.phones))
                if plan.posters is not None:
                    group.create_task(stroll(plan.posters, self.phones, self._api, plan.seed, plan.pace, self.tally))
                await self._save_now_and_then(keepsake)
        finally:
            await self._api.close()

    async def _install_all(self, installer: Installer, lives: asyncio.TaskGroup) -> None:
        async def install(habits: Habits) -> None:
            try:
                installed = await installer.install(habits, self._fcm, self._web_push)
            except Refused as error:
                log.warning("phone %d could not register: %s", habits.number, error)
                self.tally["refused"] += 1
                return
            if installed is None:
                self.tally["uninstalled_before"] += 1
                return
            moods = Moods(self.plan.seed, habits.number)
            phone = Phone(habits, moods, self._api, installed.key, installed.line, self.plan.pace, self.tally)
            self.phones.append(phone)
            self.tally["registered"] += 1
            lives.create_task(phone.run())

        async with asyncio.TaskGroup() as installs:
            for habits in draw_population(self.plan.seed, self.plan.phones):
                installs.create_task(install(habits))

    async def _save_now_and_then(self, keepsake: Keepsake) -> None:
        try:
            while True:
                await asyncio.sleep(SAVE_SECONDS)
                self._save(keepsake)
        finally:
            self._save(keepsake)

    def _save(self, keepsake: Keepsake) -> None:
        gone = [phone.habits.number for phone in self.phones if phone.uninstalled]
        if keepsake.mark_uninstalled(gone):
            keepsake.save()


@asynccontextmanager
async def population(plan: Plan, fcm: FcmStandIn, web_push: WebPushStandIn) -> AsyncIterator[Population]:
    """Phones behind the two stand-ins until the block ends. What makes them all fail is raised at its end."""
    people = Population(plan, fcm, web_push)
    task = asyncio.create_task(people.run())
    try:
        yield people
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], Exception):
        raise results[0]
