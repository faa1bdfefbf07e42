"""One Idempotency-Key: one effect, one answer, whoever asks how often and whatever is killed meanwhile."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from push.apps.idempotency.service import Attempt
from push.errors import Invalid
from tests.integration.api.serving import Api, Tenant, draft


async def test_fifty_parallel_calls_make_one_campaign(api: Api, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "spring"}
    answers = await asyncio.gather(
        *(api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    campaigns = (await api.call("GET", "/v1/campaigns", tenant.owner)).json()["items"]
    assert len(campaigns) == 1


async def test_another_body_or_route_under_the_same_key_is_refused(api: Api, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "spring"}
    await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers=headers)
    for path, body in (
        ("/v1/campaigns", draft(name="Other")),
        ("/v1/messages", draft()),
        ("/v1/keys", {"role": "owner"}),
    ):
        answer = await api.call("POST", path, tenant.owner, body, headers=headers)
        assert answer.status_code in (400, 409)
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(name="Other"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:fanfare:problem:idempotency-key-reused")


async def test_keys_of_two_apps_do_not_meet(api: Api, tenant: Tenant) -> None:
    other = await api.tenant()
    headers = {"Idempotency-Key": "spring"}
    mine = await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers=headers)
    theirs = await api.call("POST", "/v1/campaigns", other.owner, draft(name="Other"), headers=headers)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
async def test_a_key_that_is_none_is_refused(api: Api, tenant: Tenant, key: str) -> None:
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers={"Idempotency-Key": key})
    assert answer.status_code == 400


async def test_what_was_refused_leaves_the_key_free(api: Api, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "spring"}
    broken = draft(content={"default_locale": "en", "translations": {"en": {"title": "{{ broken"}}})
    assert (await api.call("POST", "/v1/campaigns", tenant.owner, broken, headers=headers)).status_code == 400
    assert (await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers=headers)).status_code == 201


async def test_a_launch_a_message_a_key_and_a_registration_answer_the_same_again(api: Api, tenant: Tenant) -> None:
    created = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()
    message = {"to": {"external_ids": ["ada"]}, "kind": "service", "content": draft()["content"], "channels": ["inbox"]}
    calls: list[tuple[str, str, Any]] = [
        (f"/v1/campaigns/{created['id']}/launch", tenant.owner, None),
        ("/v1/messages", tenant.owner, message),
        ("/v1/keys", tenant.owner, {"role": "author"}),
        ("/v1/devices", tenant.publishable, {"installation_id": "install-1", "platform": "ios"}),
    ]
    for path, key, body in calls:
        headers = {"Idempotency-Key": path.replace("/", "-")}
        first, second = [await api.call("POST", path, key, body, headers=headers) for _ in range(2)]
        assert first.status_code in (200, 201, 202)
        assert (first.status_code, first.content) == (second.status_code, second.content)
    stored = api.engine.database.collection("campaigns")
    assert await stored.count_documents({"app_id": tenant.app_id, "type": "transactional"}) == 1


async def test_after_a_crash_in_the_middle_nothing_is_made_twice(api: Api, tenant: Tenant) -> None:
    """The first worker makes the campaign and is lost before it can answer; the second takes over its reservation."""
    made: list[Attempt] = []
    reached = asyncio.Event()

    async def lost(attempt: Attempt) -> bytes:
        made.append(attempt)
        reached.set()
        await asyncio.Event().wait()
        return b""

    async def goes_on(attempt: Attempt) -> bytes:
        made.append(attempt)
        return b"made"

    once = api.engine.idempotency.once
    first = asyncio.create_task(once(tenant.app_id, "key", b"request", "cmp", lost))
    await reached.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await _age(api, tenant)
    assert await once(tenant.app_id, "key", b"request", "cmp", goes_on) == b"made"
    assert [attempt.again for attempt in made] == [False, True]
    assert made[0].resource_id == made[1].resource_id
    assert await once(tenant.app_id, "key", b"request", "cmp", lost) == b"made"


async def _age(api: Api, tenant: Tenant) -> None:
    """As if the leases of this app had run out."""
    reservations = api.engine.database.collection("idempotency")
    past = api.engine.clock.now() - timedelta(seconds=1)
    await reservations.update_many({"app_id": tenant.app_id}, {"$set": {"until": past}})


async def test_after_a_lost_answer_each_create_finds_what_it_made(api: Api, tenant: Tenant) -> None:
    """The answers are dropped as by a kill between the effect and the storing of the answer."""
    created = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()
    calls: list[tuple[str, str, Any]] = [
        ("/v1/campaigns", tenant.owner, draft(name="Again")),
        (f"/v1/campaigns/{created['id']}/launch", tenant.owner, None),
        ("/v1/devices", tenant.publishable, {"installation_id": "install-9", "platform": "ios"}),
        ("/v1/keys", tenant.owner, {"role": "author"}),
    ]
    reservations = api.engine.database.collection("idempotency")
    for path, key, body in calls:
        headers = {"Idempotency-Key": path.replace("/", "-")}
        first = await api.call("POST", path, key, body, headers=headers)
        await reservations.update_many({"app_id": tenant.app_id}, {"$set": {"answer": None}})
        await _age(api, tenant)
        second = await api.call("POST", path, key, body, headers=headers)
        assert first.status_code == second.status_code, second.text
        for name in ("id", "device_id", "state", "name"):
            assert first.json().get(name) == second.json().get(name)
    assert len((await api.call("GET", "/v1/campaigns", tenant.owner)).json()["items"]) == 2
    roles = [key["role"] for key in (await api.call("GET", "/v1/keys", tenant.owner)).json()["items"]]
    assert roles.count("author") == 1


async def test_a_refusal_reaches_all_who_wait(api: Api, tenant: Tenant) -> None:
    async def refuses(_: Attempt) -> bytes:
        await asyncio.sleep(0.05)
        raise Invalid("/x", "never")

    calls = [api.engine.idempotency.once(tenant.app_id, "key", b"", "cmp", refuses) for _ in range(5)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, Invalid) for outcome in outcomes)


async def test_answers_are_kept_sealed(api: Api, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "the-key"}
    answer = await api.call("POST", "/v1/keys", tenant.owner, {"role": "author"}, headers=headers)
    kept = [d async for d in api.engine.database.collection("idempotency").find({"app_id": tenant.app_id})]
    assert kept
    assert answer.json()["key"] not in str(kept)
    assert "the-key" not in str(kept)


async def test_a_key_that_says_null_is_a_key(api: Api, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "null"}
    first, second = [await api.call("POST", "/v1/campaigns", tenant.owner, draft(), headers=headers) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
