"""Webhooks over HTTP: a receiver that misbehaves gets everything in the end, or its owner sees why not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from push.delivery.model import Batch
from push.delivery.sending import Result
from push.engine import Engine
from push.settings import Settings
from push.webhooks import outbox, posting
from push.webhooks.model import MOST_TRIES
from push.webhooks.posting import Posting
from push.webhooks.store import OutboxStore
from push.worker import open_worker
from tests.clocks import FakeClock
from tests.integration.api.receiving import HANG, Receiver, genuine, receiving
from tests.integration.api.serving import Api, Phone, Tenant, draft, serving, working

MOVES = ["campaign.scheduled", "campaign.sending", "campaign.paused", "campaign.cancelled", "campaign.sent"]
LATER = "2126-01-01T00:00:00Z"


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def named(settings: Settings, shared: Receiver) -> Settings:
    return msgspec.structs.replace(settings, webhook_hosts=frozenset({shared.authority}))


@pytest.fixture(scope="module")
async def api(named: Settings) -> AsyncIterator[Api]:
    async with serving(named) as running:
        yield running


@pytest.fixture
def receiver(shared: Receiver) -> Receiver:
    shared.listen()
    return shared


@contextlib.asynccontextmanager
async def poster(api: Api, clock: FakeClock | None = None, **changed: Any) -> AsyncIterator[Posting]:
    """What a worker posts with, at a time of one's own."""
    engine, settings = api.engine, msgspec.structs.replace(api.engine.settings, **changed)
    async with posting.open_transport(settings) as transport:
        made = Posting(
            engine.apps,
            engine.webhooks,
            engine.webhook_store,
            engine.outbox_store,
            transport,
            settings.webhook_hosts,
            clock or engine.clock,
        )
        yield made
        await made.idle()


def ahead(engine: Engine) -> FakeClock:
    """Behind all that is due now."""
    return FakeClock(engine.clock.now() + timedelta(seconds=1))


async def look(made: Posting, app_id: str) -> None:
    await made.look(app_id)
    await made.idle()


async def hook(api: Api, tenant: Tenant, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    asked = {"url": receiver.url, "events": MOVES, **fields}
    answer = await api.call("POST", "/v1/webhooks", tenant.owner, asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def cancelled(api: Api, tenant: Tenant) -> str:
    """A campaign that was launched for later and cancelled: two moves."""
    campaign = await api.launch(tenant, schedule={"at": LATER})
    assert (await api.call("POST", f"/v1/campaigns/{campaign}/cancel", tenant.owner)).status_code == 200
    return campaign


async def deliveries(api: Api, tenant: Tenant, made: dict[str, Any], state: str = "") -> list[dict[str, Any]]:
    answer = await api.call("GET", f"/v1/webhooks/{made['id']}/deliveries", tenant.owner, params={"state": state})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_every_move_of_a_campaign_is_posted_and_signed(
    api: Api, tenant: Tenant, named: Settings, receiver: Receiver
) -> None:
    made = await hook(api, tenant, receiver)
    await api.phone(tenant, "install-ada", external_id="ada")
    campaign = await api.launch(tenant)
    async with open_worker(api.engine) as worker:
        running = asyncio.create_task(worker.run())
        await api.sent(tenant, campaign)
        await receiver.until(2)
        worker.stopping.set()
        await running
    told = {(each["type"], each["data"]["state"], each["data"]["was"]) for each in receiver.payloads}
    assert told == {("campaign.sending", "sending", "draft"), ("campaign.sent", "sent", "sending")}
    assert {each["data"]["campaign_id"] for each in receiver.payloads} == {campaign}
    for headers, body in receiver.got:
        assert headers["content-type"] == "application/json"
        assert genuine(made["secret"], headers, body)
        assert not genuine(made["secret"], headers, body + b" ")
        assert not genuine(made["secret"], {**headers, "webhook-timestamp": "1"}, body)
    listed = await deliveries(api, tenant, made, "sent")
    assert {each["id"] for each in listed} == {headers["webhook-id"] for headers, _ in receiver.got}
    assert {(each["status"], each["tries"]) for each in listed} == {(200, 1)}


async def test_only_what_is_asked_for_is_written_down_and_a_move_that_fails_is_not(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    one = await hook(api, tenant, receiver, events=["campaign.cancelled"])
    none = await hook(api, tenant, receiver, active=False)
    campaign = await cancelled(api, tenant)
    assert (await api.call("POST", f"/v1/campaigns/{campaign}/cancel", tenant.owner)).status_code == 409
    assert [each["event"] for each in await deliveries(api, tenant, one)] == ["campaign.cancelled"]
    assert await deliveries(api, tenant, none) == []


async def test_the_entry_and_the_move_are_both_there_or_neither(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await hook(api, tenant, receiver)
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    add = api.engine.outbox_store.add

    async def dies(*given: Any) -> None:
        await add(*given)
        raise ConnectionResetError

    monkeypatch.setattr(api.engine.outbox_store, "add", dies)
    assert (await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)).status_code == 500
    monkeypatch.undo()
    assert (await api.call("GET", f"/v1/campaigns/{campaign}", tenant.owner)).json()["state"] == "draft"
    assert await deliveries(api, tenant, made) == []


async def test_a_receiver_that_fails_is_tried_again_later_with_the_same_id(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    made, clock = await hook(api, tenant, receiver, events=["campaign.cancelled"]), ahead(api.engine)
    await cancelled(api, tenant)
    receiver.answers = [500, 302]
    async with poster(api, clock) as posting:
        for tries, reason in ((1, "http_500"), (2, "http_302")):
            await look(posting, tenant.app_id)
            (waiting,) = await deliveries(api, tenant, made, "pending")
            assert (waiting["tries"], waiting["reason"]) == (tries, reason)
            clock.forward(hours=6)
        await look(posting, tenant.app_id)
    assert await deliveries(api, tenant, made, "pending") == []
    assert (await deliveries(api, tenant, made, "sent"))[0]["tries"] == 3
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {waiting["id"]}
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert all(genuine(made["secret"], headers, body) for headers, body in receiver.got)
    assert len(receiver.got) == 3
    assert receiver.strayed == 0


async def test_what_is_never_taken_is_dead_and_comes_when_it_is_replayed(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    made, clock = await hook(api, tenant, receiver, events=["campaign.cancelled"]), ahead(api.engine)
    await cancelled(api, tenant)
    receiver.answers = [503] * MOST_TRIES
    async with poster(api, clock) as posting:
        for _ in range(MOST_TRIES):
            await look(posting, tenant.app_id)
            clock.forward(hours=6)
        await look(posting, tenant.app_id)
        assert len(receiver.got) == MOST_TRIES
        (dead,) = await deliveries(api, tenant, made, "dead")
        assert (dead["reason"], dead["tries"], dead["not_before"]) == ("http_503", MOST_TRIES, None)
        path = f"/v1/webhooks/{made['id']}/deliveries/{dead['id']}/replay"
        replayed = await api.call("POST", path, tenant.owner)
        assert (replayed.status_code, replayed.json()["state"], replayed.json()["tries"]) == (200, "pending", 0)
        await look(posting, tenant.app_id)
    (sent,) = await deliveries(api, tenant, made, "sent")
    assert (sent["id"], sent["tries"], len(receiver.got)) == (dead["id"], 1, MOST_TRIES + 1)
    assert receiver.got[-1][1] == receiver.got[0][1]
    actions = [each["action"] for each in (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]]
    assert {"webhook.created", "webhook.delivery.replayed"} <= set(actions)


async def test_a_receiver_that_is_gone_stops_the_webhook_until_its_owner_starts_it(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    made, clock = await hook(api, tenant, receiver), ahead(api.engine)
    await cancelled(api, tenant)
    receiver.answers = [410]
    path = f"/v1/webhooks/{made['id']}"
    async with poster(api, clock) as posting:
        await look(posting, tenant.app_id)
        stopped = (await api.call("GET", path, tenant.owner)).json()
        assert (stopped["active"], stopped["stopped_by"]) == (False, "http_410")
        assert [each["reason"] for each in await deliveries(api, tenant, made, "dead")] == ["http_410"]
        await look(posting, tenant.app_id)
        assert (len(receiver.got), len(await deliveries(api, tenant, made, "pending"))) == (1, 1)
        started = (await api.call("PATCH", path, tenant.owner, {"active": True})).json()
        assert (started["active"], started["stopped_by"]) == (True, None)
        await look(posting, tenant.app_id)
    assert len(await deliveries(api, tenant, made, "sent")) == 1


async def test_a_receiver_that_hangs_is_left_in_time_and_holds_up_no_other(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.5)
    made, clock = await hook(api, tenant, receiver, events=["campaign.cancelled"]), ahead(api.engine)
    other = await hook(api, tenant, receiver, events=["campaign.scheduled"])
    await cancelled(api, tenant)
    receiver.answers = [HANG, HANG]
    async with poster(api, clock) as made_of:
        await look(made_of, tenant.app_id)
        for each in (made, other):
            assert [found["reason"] for found in await deliveries(api, tenant, each, "pending")] == ["timeout"]
        clock.forward(hours=6)
        await look(made_of, tenant.app_id)
    for each in (made, other):
        assert len(await deliveries(api, tenant, each, "sent")) == 1


async def test_what_a_worker_died_with_is_posted_after_its_lease(api: Api, tenant: Tenant, receiver: Receiver) -> None:
    made, clock = await hook(api, tenant, receiver, events=["campaign.cancelled"]), ahead(api.engine)
    await cancelled(api, tenant)
    held = await api.engine.outbox_store.claim(tenant.app_id, made["id"], "wrk_died", clock.now())
    assert held is not None
    async with poster(api, clock) as posting:
        await look(posting, tenant.app_id)
        assert receiver.got == []
        clock.forward(seconds=api.engine.settings.lease_seconds + 1)
        await look(posting, tenant.app_id)
    assert len(receiver.got) == 1
    # Had it only been slow, it could not write over what the other found.
    assert not await api.engine.outbox_store.settle(held, {"state": "dead"})
    assert len(await deliveries(api, tenant, made, "sent")) == 1


async def test_what_is_being_posted_when_a_worker_stops_is_handed_back(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "GRACE_SECONDS", 0.1)
    made, clock = await hook(api, tenant, receiver, events=["campaign.cancelled"]), ahead(api.engine)
    await cancelled(api, tenant)
    receiver.answers = [HANG]
    async with poster(api, clock) as stopped, poster(api, clock) as other:
        running = asyncio.create_task(stopped.run())
        await receiver.until(1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await look(other, tenant.app_id)
    assert [each["tries"] for each in await deliveries(api, tenant, made, "sent")] == [1]


async def test_two_workers_post_all_there_is_and_each_once(api: Api, tenant: Tenant, receiver: Receiver) -> None:
    made, clock = await hook(api, tenant, receiver), ahead(api.engine)
    for _ in range(10):
        await cancelled(api, tenant)
    receiver.answers = [500, 200] * 5
    async with poster(api, clock) as one, poster(api, clock) as two:
        await asyncio.gather(look(one, tenant.app_id), look(two, tenant.app_id))
        clock.forward(hours=6)
        await asyncio.gather(look(one, tenant.app_id), look(two, tenant.app_id))
    listed = (await api.call("GET", f"/v1/webhooks/{made['id']}/deliveries?limit=100", tenant.owner)).json()["items"]
    assert [each["state"] for each in listed] == ["sent"] * 20
    assert len(receiver.got) == 25
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {each["id"] for each in listed}
    assert len({(each["payload"]["data"]["campaign_id"], each["event"]) for each in listed}) == 20


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/hook",
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://intranet/hook",
        "https://10.0.0.7/hook",
        "https://169.254.169.254/latest",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
        "https://[::1]/hook",
        "https://me:secret@shop.example/hook",
        "https://shop.example./hook",
        "http://shop.example/hook",
        "https://shop.example:99999/hook",
        "ftp://shop.example/hook",
    ],
)
async def test_a_webhook_leads_to_public_hosts_only(api: Api, tenant: Tenant, url: str) -> None:
    asked = {"url": url, "events": ["campaign.sent"]}
    answer = await api.call("POST", "/v1/webhooks", tenant.owner, asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/url")
    asked["url"] = "https://shop.example/hook"
    made = (await api.call("POST", "/v1/webhooks", tenant.owner, asked)).json()
    changed = await api.call("PATCH", f"/v1/webhooks/{made['id']}", tenant.owner, {"url": url})
    assert changed.status_code == 400


async def test_a_host_that_is_not_allowed_any_more_is_not_posted_to(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    made = await hook(api, tenant, receiver, events=["campaign.cancelled"])
    await cancelled(api, tenant)
    async with poster(api, ahead(api.engine), webhook_hosts=frozenset()) as posting:
        await look(posting, tenant.app_id)
    assert [each["reason"] for each in await deliveries(api, tenant, made, "pending")] == ["address_refused"]
    assert receiver.got == []


async def test_another_app_finds_none_of_it(api: Api, tenant: Tenant, receiver: Receiver) -> None:
    made, other = await hook(api, tenant, receiver), await api.tenant("Other")
    await cancelled(api, tenant)
    delivery = (await deliveries(api, tenant, made))[0]["id"]
    path = f"/v1/webhooks/{made['id']}"
    for method, end, body in (
        ("GET", "", None),
        ("PATCH", "", {"active": False}),
        ("DELETE", "", None),
        ("GET", "/deliveries", None),
        ("POST", f"/deliveries/{delivery}/replay", None),
    ):
        assert (await api.call(method, path + end, other.owner, body)).status_code == 404, (method, end)
    assert (await api.call("GET", "/v1/webhooks", other.owner)).json()["items"] == []
    assert (await api.call("GET", path, tenant.owner)).json()["active"] is True
    theirs = await hook(api, other, receiver)
    crossed = f"/v1/webhooks/{theirs['id']}/deliveries/{delivery}/replay"
    assert (await api.call("POST", crossed, other.owner)).status_code == 404


async def test_a_webhook_that_is_deleted_leaves_nothing(api: Api, tenant: Tenant, receiver: Receiver) -> None:
    made = await hook(api, tenant, receiver)
    await cancelled(api, tenant)
    path = f"/v1/webhooks/{made['id']}"
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    assert (await api.call("GET", path, tenant.owner)).status_code == 404
    left = api.engine.database.collection("webhook_deliveries")
    assert await left.count_documents({"app_id": tenant.app_id}) == 0


async def test_the_secret_is_shown_once_and_kept_sealed(api: Api, tenant: Tenant, receiver: Receiver) -> None:
    made = await hook(api, tenant, receiver)
    for path in ("/v1/webhooks", f"/v1/webhooks/{made['id']}"):
        assert made["secret"] not in (await api.call("GET", path, tenant.owner)).text
    kept = await api.engine.database.collection("webhooks").find_one({"app_id": tenant.app_id, "_id": made["id"]})
    assert made["secret"].encode() not in kept["sealed"]
    assert made["secret"] not in str(kept)


STEPS = ["accepted", "failed", "dead", "received", "opened", "clicked"]


async def sent_to(api: Api, tenant: Tenant, count: int) -> tuple[str, Phone]:
    """A campaign that a worker has sent to so many people, and the phone of one of them."""
    phones = [await api.phone(tenant, f"install-{n}", external_id=f"person-{n}") for n in range(count)]
    campaign = await api.launch(tenant, audience={"include": {"external_ids": [f"person-{n}" for n in range(count)]}})
    async with working(api.engine.settings):
        await api.sent(tenant, campaign)
    return campaign, phones[0]


async def rows_of(api: Api, tenant: Tenant, campaign: str) -> list[dict[str, Any]]:
    path = f"/v1/campaigns/{campaign}/recipients?limit=100"
    return list((await api.call("GET", path, tenant.owner)).json()["items"])


async def test_steps_of_deliveries_are_posted_together_and_only_those_asked_for(
    api: Api, tenant: Tenant, receiver: Receiver
) -> None:
    wanted = [f"delivery.{step}" for step in STEPS if step != "received"]
    made = await hook(api, tenant, receiver, events=wanted)
    campaign, phone = await sent_to(api, tenant, 3)
    rows = await rows_of(api, tenant, campaign)
    mine = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"][0]["delivery_id"]
    at = api.engine.clock.now().isoformat()
    for again in range(2):
        events = [
            {"event_id": f"{again}-{kind}", "kind": kind, "delivery_id": mine, "at": at}
            for kind in ("received", "opened", "clicked")
        ]
        assert (await api.call("POST", "/v1/events", phone.key, {"events": events})).status_code == 202
    async with poster(api, ahead(api.engine)) as posting:
        await look(posting, tenant.app_id)
    assert all(genuine(made["secret"], headers, body) for headers, body in receiver.got)
    assert {each["type"] for each in receiver.payloads} == {"delivery.steps"}
    told = [
        sorted((step["event"], step["delivery_id"]) for step in each["data"]["steps"]) for each in receiver.payloads
    ]
    accepted = sorted(("delivery.accepted", row["delivery_id"]) for row in rows)
    assert len(accepted) == 3
    # Each once, however often the phone says so; all of a batch in one post, and all of a report.
    assert sorted(told) == [accepted, [("delivery.clicked", mine), ("delivery.opened", mine)]]
    assert {(step["campaign_id"], step["channel"]) for each in receiver.payloads for step in each["data"]["steps"]} == {
        (campaign, "inbox")
    }


async def test_a_post_has_so_many_steps_at_most_and_none_is_lost(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_STEPS", 2)
    await hook(api, tenant, receiver, events=["delivery.accepted"])
    campaign, _ = await sent_to(api, tenant, 5)
    async with poster(api, ahead(api.engine)) as posting:
        await look(posting, tenant.app_id)
    steps = [[step["delivery_id"] for step in each["data"]["steps"]] for each in receiver.payloads]
    assert sorted(map(len, steps)) == [1, 2, 2]
    told = sorted(each for post in steps for each in post)
    assert told == sorted(row["delivery_id"] for row in await rows_of(api, tenant, campaign))


async def test_steps_are_written_down_with_the_batch_or_not_at_all(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies between the two would do neither, so that the next one does both."""
    made = await hook(api, tenant, receiver, events=["delivery.accepted"])
    add, failed = OutboxStore.add, []

    async def dies_once(*given: Any) -> None:
        await add(*given)
        if not failed:
            failed.append(given)
            raise ConnectionResetError

    monkeypatch.setattr(OutboxStore, "add", dies_once)
    short = msgspec.structs.replace(api.engine.settings, lease_seconds=3.0)
    phone = await api.phone(tenant, "install-ada", external_id="ada")
    campaign = await api.launch(tenant, audience={"include": {"external_ids": ["ada"]}})
    async with working(short):
        await api.sent(tenant, campaign)
    assert failed
    listed = await deliveries(api, tenant, made)
    assert [len(each["payload"]["data"]["steps"]) for each in listed] == [1]
    assert len((await api.call("GET", "/v1/inbox", phone.key)).json()["items"]) == 1


async def test_what_failed_and_what_died_says_why(api: Api, tenant: Tenant) -> None:
    batch = Batch(
        id="bat_1", app_id=tenant.app_id, campaign_id="cmp_" + "0" * 24, channel="push", lot="bat_1",
        recipients=tuple(f"dev_{n}" for n in range(5)), due_at=api.engine.clock.now(),
    )  # fmt: skip
    result, (fine, failed, dead, skipped, later) = Result(batch), batch.deliveries
    result.settlement.accept(["android"])
    result.settlement.end(failed, "failed", "unregistered")
    result.settlement.end(dead, "dead", "http_503")
    result.settlement.end(skipped, "skipped", "cancelled")
    result.settlement.moved["bat_2"] = [later]
    told = {(each.step, each.delivery_id, each.reason) for each in result.happened(batch.due_at)}
    assert told == {
        ("accepted", fine, None), ("failed", failed, "unregistered"), ("dead", dead, "http_503"),
    }  # fmt: skip


async def test_where_nobody_wants_steps_the_database_is_asked_nothing(
    api: Api, tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook(api, tenant, receiver)
    telling = api.engine.ledger.telling
    assert await telling.of(tenant.app_id, lambda: pytest.fail("nobody wants to know")) is None

    async def asked(*_: Any) -> None:
        pytest.fail("asked the database again at once")

    monkeypatch.setattr(api.engine.webhook_store, "all", asked)
    assert await telling.of(tenant.app_id, lambda: pytest.fail("nobody wants to know")) is None
