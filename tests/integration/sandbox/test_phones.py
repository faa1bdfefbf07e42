"""Simulated phones against the real API, worker and database, with the stand-ins between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from push.settings import Settings
from sdk_contracts.sandbox import (
    FcmStandIn,
    Plan,
    Population,
    WebPushStandIn,
    fcm_stand_in,
    population,
    web_push_stand_in,
)
from sdk_contracts.sandbox.phones.api import Refused
from tests.integration.api.serving import Api, Tenant, serving, working

PHONES = 60
PACE = 400.0
PUSH = {
    "kind": "service",
    "channels": ["push", "inbox"],
    "content": {
        "default_locale": "en",
        "translations": {"en": {"title": "Spring is here", "body": "Have a look"}},
        "link": "https://shop.example.com/spring",
    },
}


class World(Struct, frozen=True):
    """Everything that runs, and an app with credentials for the stand-in."""

    api: Api
    tenant: Tenant
    fcm: FcmStandIn
    web_push: WebPushStandIn

    def plan(self, **changes: Any) -> Plan:
        plan = Plan(api_url=self.api.url, publishable_key=self.tenant.publishable, phones=PHONES, seed=7, pace=PACE)
        return replace(plan, **changes)

    async def funnel(self, campaign_id: str) -> dict[str, Any]:
        answer = await self.api.call("GET", f"/v1/campaigns/{campaign_id}/metrics", self.tenant.owner)
        return dict(answer.json()["by_channel"]["push"])


@pytest.fixture(scope="module")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with fcm_stand_in() as fcm, web_push_stand_in() as web_push:
        with_stand_ins = replace(settings, fcm_url=fcm.url, web_push_hosts=frozenset({web_push.authority}))
        async with serving(with_stand_ins) as api, working(with_stand_ins):
            tenant = await api.tenant()
            account = {"service_account": fcm.service_account()}
            assert (await api.call("PUT", "/v1/credentials/fcm", tenant.owner, account)).is_success
            yield World(api, tenant, fcm, web_push)


@pytest.fixture(scope="module")
async def phones(world: World) -> AsyncIterator[Population]:
    async with population(world.plan(), world.fcm, world.web_push) as people:
        await asyncio.wait_for(people.registered(), 60)
        yield people


async def test_owners_come_by_posters_that_are_hung_later(world: World, tmp_path: Path) -> None:
    tenant = await world.api.tenant()  # Phones that leave again would count in the other tests' campaigns.
    placement = {"name": "Poster", "kind": "poster", "link": "https://shop.example.com/spring"}
    made = (await world.api.call("POST", "/v1/placements", tenant.owner, placement)).json()
    file = tmp_path / "posters.txt"
    plan = world.plan(publishable_key=tenant.publishable, phones=3, seed=11, posters=file)
    async with population(plan, world.fcm, world.web_push) as people:
        await asyncio.wait_for(people.registered(), 60)
        file.write_text(f"/r/{made['scan_url'].rpartition('/')[2]}\n")
        async with asyncio.timeout(30):
            while people.tally["strolled"] < 3:
                await asyncio.sleep(0.1)
        strolled = people.tally["strolled"]
    numbers = (await world.api.call("GET", f"/v1/placements/{made['id']}", tenant.owner)).json()["numbers"]
    assert strolled <= numbers["scans"] + numbers["robots"] <= strolled + 1
    assert 1 <= numbers["unique"] <= 3


async def test_they_register_as_a_mixed_population(world: World, phones: Population) -> None:
    assert phones.tally["registered"] == PHONES
    audience = {"audience": {"include": {"all": True}}, "kind": "promotion"}
    estimate = (await world.api.call("POST", "/v1/audience/estimate", world.tenant.owner, audience)).json()
    assert set(estimate["by_platform"]) == {"android", "ios", "web"}
    assert estimate["excluded"]["no_consent"] > 0
    assert estimate["excluded"]["opted_out"] > 0
    assert estimate["people"] < PHONES


async def test_a_campaign_reaches_them_and_their_reactions_move_the_numbers(world: World, phones: Population) -> None:
    campaign_id = await world.api.launch(world.tenant, **PUSH)
    await world.api.sent(world.tenant, campaign_id)
    async with asyncio.timeout(60):
        while (await world.funnel(campaign_id))["received"] < (await world.funnel(campaign_id))["accepted"]:
            await asyncio.sleep(0.2)
        await phones.settled()
    funnel = await world.funnel(campaign_id)
    assert funnel["targeted"] == funnel["accepted"] + funnel["failed"] + funnel["dead"] + funnel["skipped"]
    assert funnel["failed"] == funnel["dead"] == 0
    for step in ("received", "displayed", "opened", "clicked", "dismissed"):
        assert funnel[step] == phones.tally[step], step
    assert funnel["received"] == funnel["displayed"] > funnel["opened"] > funnel["clicked"] > 0
    accepted = {**world.fcm.deliveries, **world.web_push.deliveries}
    assert len(accepted) == funnel["accepted"]
    assert set(accepted.values()) == {1}
    trouble = ("events_rejected", "refused", "stumbled", "unreadable", "duplicates_dropped")
    assert not {name: phones.tally[name] for name in trouble if phones.tally[name]}


async def test_some_read_their_inbox(phones: Population) -> None:
    async with asyncio.timeout(30):
        while not phones.tally["inbox_read"]:
            await asyncio.sleep(0.1)
    assert phones.tally["inbox_seen"] >= phones.tally["inbox_read"]


async def test_a_phone_that_is_away_gets_its_push_when_it_returns(world: World, phones: Population) -> None:
    phone = next(
        phone
        for phone in phones.phones
        if phone.habits.platform == "ios" and phone.habits.opted_in and phone.habits.external_id
    )
    line = phone._line
    assert line
    line.mailbox.away(line.address)
    before = phones.tally["received"]
    people = {"to": {"external_ids": [phone.habits.external_id]}, "channels": ["push"]}
    message = {"kind": "service", "content": PUSH["content"], **people}
    assert (await world.api.call("POST", "/v1/messages", world.tenant.owner, message)).status_code == 202
    async with asyncio.timeout(30):
        while not line.mailbox.waiting(line.address):
            await asyncio.sleep(0.05)
        line.mailbox.online(line.address, phone._ring)
        while phones.tally["received"] == before:
            await asyncio.sleep(0.05)


async def test_a_second_copy_of_a_push_is_dropped(world: World, phones: Population) -> None:
    phone = next(phone for phone in phones.phones if phone.habits.platform == "android" and not phone.habits.wanders)
    body = next(kept.body for kept in world.fcm.messages if phone._line and kept.address == phone._line.address)
    phone._ring(body)
    assert phones.tally["duplicates_dropped"] == 1


async def test_an_uninstalled_app_is_learnt_from_the_push_service(world: World, phones: Population) -> None:
    for platform in ("android", "web"):
        phone = next(
            phone
            for phone in phones.phones
            if phone.habits.platform == platform and phone.habits.opted_in and not phone.uninstalled
        )
        phone._uninstall()
    uninstalled = phones.tally["uninstalled"]
    campaign_id = await world.api.launch(world.tenant, **{**PUSH, "channels": ["push"]})
    await world.api.sent(world.tenant, campaign_id)
    assert (await world.funnel(campaign_id))["failed"] == uninstalled
    again = await world.api.launch(world.tenant, **{**PUSH, "channels": ["push"]})
    await world.api.sent(world.tenant, again)
    assert (await world.funnel(again))["skipped_by_reason"]["address_gone"] >= uninstalled


async def test_the_same_installations_come_back_after_a_restart(world: World, tmp_path: Path) -> None:
    tenant = await world.api.tenant("Restarted")
    plan = world.plan(publishable_key=tenant.publishable, phones=12, keep=tmp_path / "phones.json")
    for run in range(3):
        async with population(plan, world.fcm, world.web_push) as people:
            await asyncio.wait_for(people.registered(), 30)
            people.phones[0]._uninstall()
            assert (people.tally["registered"], people.tally["uninstalled_before"]) == (12 - run, run)
    audience = {"audience": {"include": {"all": True}}}
    estimate = (await world.api.call("POST", "/v1/audience/estimate", tenant.owner, audience)).json()
    assert sum(estimate["by_platform"].values()) <= 12
    assert (tmp_path / "phones.json").stat().st_mode & 0o777 == 0o600


async def test_phones_of_another_database_begin_anew(world: World, tmp_path: Path) -> None:
    keep = tmp_path / "phones.json"
    for name in ("First", "Second"):
        tenant = await world.api.tenant(name)
        plan = world.plan(publishable_key=tenant.publishable, phones=5, keep=keep)
        async with population(plan, world.fcm, world.web_push) as people:
            await asyncio.wait_for(people.registered(), 30)
            assert people.tally["registered"] == 5


async def test_a_wrong_publishable_key_is_said_at_once(world: World) -> None:
    with pytest.raises(Refused, match="401"):
        async with population(world.plan(publishable_key="ffp_nobody"), world.fcm, world.web_push):
            await asyncio.sleep(1)
