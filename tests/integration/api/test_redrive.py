"""Dead letters over HTTP: listed, redriven once for each idempotency key, and by those who may launch."""

import asyncio

from tests.integration.api.serving import Api, Tenant

DEAD = {"state": "dead", "end": "dead", "reason": "worker_lost"}


async def with_dead_letters(api: Api, tenant: Tenant) -> str:
    """A campaign that was sent, with both of its inbox deliveries as a worker that kept dying leaves them."""
    for name in ("ada", "bob"):
        await api.phone(tenant, f"install-{name}", external_id=name)
    campaign = await api.launch(tenant, audience={"include": {"external_ids": ["ada", "bob"]}})
    await api.sent(tenant, campaign)
    await api.engine.database.collection("deliveries").update_many(
        {"app_id": tenant.app_id}, {"$set": DEAD, "$unset": {"accepted_at": ""}}
    )
    return campaign


async def test_a_redrive_asked_for_many_times_under_one_key_is_one(api: Api, tenant: Tenant, worker: None) -> None:
    campaign, marketer = await with_dead_letters(api, tenant), await api.key(tenant, "marketer")
    listed = await api.call("GET", f"/v1/campaigns/{campaign}/recipients", marketer, params={"state": "dead"})
    assert [row["reason"] for row in listed.json()["items"]] == ["worker_lost"] * 2
    headers = {"Idempotency-Key": "after-the-outage"}
    path = f"/v1/campaigns/{campaign}/redrive"
    answers = await asyncio.gather(*(api.call("POST", path, marketer, headers=headers) for _ in range(5)))
    assert [answer.json() for answer in answers] == [{"redriven": 2, "remaining": 0}] * 5
    assert (await api.call("POST", path, marketer)).json() == {"redriven": 0, "remaining": 0}
    await api.sent(tenant, campaign)
    rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients", marketer)).json()["items"]
    assert [row["state"] for row in rows] == ["accepted"] * 2
    assert all("redriven" in row["steps"] for row in rows)
    audit = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert [entry["role"] for entry in audit if entry["action"] == "dead_letters.redriven"] == ["marketer"]


async def test_what_was_cancelled_stays_cancelled(api: Api, tenant: Tenant) -> None:
    campaign = await api.launch(tenant, schedule={"at": "2126-01-01T00:00:00Z"})
    cancelled = await api.call("POST", f"/v1/campaigns/{campaign}/cancel", tenant.owner)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    answer = await api.call("POST", f"/v1/campaigns/{campaign}/redrive", tenant.owner)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:fanfare:problem:illegal-move")


async def test_letters_given_up_for_good_are_skipped_and_say_why_they_had_died(
    api: Api, tenant: Tenant, worker: None
) -> None:
    campaign, marketer = await with_dead_letters(api, tenant), await api.key(tenant, "marketer")
    path, headers = f"/v1/campaigns/{campaign}/expire-dead-letters", {"Idempotency-Key": "enough"}
    answers = await asyncio.gather(*(api.call("POST", path, marketer, headers=headers) for _ in range(3)))
    assert [answer.json() for answer in answers] == [{"expired": 2, "remaining": 0}] * 3
    rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients", marketer)).json()["items"]
    assert [(row["state"], row["reason"], row["died_of"]) for row in rows] == [
        ("skipped", "expired", "worker_lost")
    ] * 2
    audit = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert [entry["details"] for entry in audit if entry["action"] == "dead_letters.expired"] == [{"expired": 2}]
    author = await api.key(tenant, "author")
    assert (await api.call("POST", path, author)).status_code == 403
