"""Rules kept under names, and what campaigns make of them."""

from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant, draft

GOLD = {"field": "device.tags.plan", "op": "eq", "value": "gold"}


async def kept(api: Api, tenant: Tenant, rule: Any, name: str = "Gold") -> Any:
    answer = await api.call("POST", "/v1/segments", tenant.owner, {"name": name, "rule": rule})
    assert answer.status_code == 201, answer.text
    return answer.json()


def named(segment: Any) -> dict[str, str]:
    return {"segment_id": segment["id"]}


async def people_of(api: Api, tenant: Tenant, rule: Any) -> int:
    asked = {"audience": {"include": rule}, "channels": ["inbox"]}
    answer = await api.call("POST", "/v1/audience/estimate", tenant.owner, asked)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["people"])


async def test_a_segment_is_kept_changed_and_thrown_away(api: Api, tenant: Tenant) -> None:
    made = await kept(api, tenant, GOLD)
    path = f"/v1/segments/{made['id']}"
    assert made["rule"] == GOLD
    assert (await api.call("GET", path, tenant.owner)).json() == made
    changed = (await api.call("PATCH", path, tenant.owner, {"name": "Silver"})).json()
    assert (changed["name"], changed["rule"]) == ("Silver", GOLD)
    assert changed["changed_at"] > made["changed_at"]
    assert (await api.call("GET", "/v1/segments", tenant.owner)).json()["items"] == [changed]
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await api.call(method, path, tenant.owner)).status_code == 404
    assert (await api.call("PATCH", path, tenant.owner, {"name": "Again"})).status_code == 404
    done = [each["action"] for each in (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]]
    assert done[:3] == ["segment.deleted", "segment.changed", "segment.created"]


async def test_the_same_request_under_one_key_makes_one_segment(api: Api, tenant: Tenant) -> None:
    asked, header = {"name": "Gold", "rule": GOLD}, {"Idempotency-Key": "once"}
    first = await api.call("POST", "/v1/segments", tenant.owner, asked, headers=header)
    again = await api.call("POST", "/v1/segments", tenant.owner, asked, headers=header)
    assert first.json() == again.json()
    assert len((await api.call("GET", "/v1/segments", tenant.owner)).json()["items"]) == 1


async def test_authors_compose_analysts_read_and_backends_that_send_do_neither(api: Api, tenant: Tenant) -> None:
    made = await kept(api, tenant, GOLD)
    may = {"marketer": (201, 200), "author": (201, 200), "analyst": (403, 200), "sender": (403, 403)}
    for role, (write, read) in may.items():
        key = await api.key(tenant, role)
        answer = await api.call("POST", "/v1/segments", key, {"name": role, "rule": GOLD})
        assert answer.status_code == write, role
        assert (await api.call("GET", f"/v1/segments/{made['id']}", key)).status_code == read, role


async def test_a_segment_is_its_app_s_alone(api: Api, tenant: Tenant) -> None:
    made, other = await kept(api, tenant, GOLD), await api.tenant("Other")
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert (await api.call(method, f"/v1/segments/{made['id']}", other.owner, body)).status_code == 404
    refused = await api.call("POST", "/v1/campaigns", other.owner, draft(audience={"include": named(made)}))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/audience")


async def test_it_means_what_its_rule_means_also_within_others(api: Api, tenant: Tenant) -> None:
    for number, plan in enumerate(("gold", "gold", "silver")):
        await api.phone(tenant, f"i-{number}", external_id=f"p{number}", tags={"plan": plan})
    gold = await kept(api, tenant, GOLD)
    others = await kept(api, tenant, {"not": named(gold)}, "Others")
    both = {"or": [named(others), {"and": [named(gold), {"external_ids": ["p0", "p2"]}]}]}
    assert [await people_of(api, tenant, each) for each in (named(gold), named(others), both)] == [2, 1, 2]
    assert (await api.call("GET", f"/v1/segments/{gold['id']}", tenant.owner)).json()["segments"] == 1


async def test_none_may_lead_to_itself_or_to_one_that_is_gone(api: Api, tenant: Tenant) -> None:
    first = await kept(api, tenant, GOLD)
    second = await kept(api, tenant, {"or": [named(first), {"topics": ["news"]}]})
    third = await kept(api, tenant, {"not": named(second)})
    for rule in (named(first), named(second), {"and": [{"all": True}, {"not": named(third)}]}):
        refused = await api.call("PATCH", f"/v1/segments/{first['id']}", tenant.owner, {"rule": rule})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/rule")
    gone = {"name": "x", "rule": {"segment_id": "seg_0000000000"}}
    assert (await api.call("POST", "/v1/segments", tenant.owner, gone)).status_code == 400
    assert await people_of(api, tenant, named(third)) == 0


async def test_one_that_grows_without_end_is_refused(api: Api, tenant: Tenant) -> None:
    last = await kept(api, tenant, {"or": [GOLD] * 100})
    for _ in range(20):
        asked = {"name": "Twice", "rule": {"or": [named(last)] * 3}}
        answer = await api.call("POST", "/v1/segments", tenant.owner, asked)
        if answer.status_code == 400:
            break
        last = answer.json()
    assert answer.json()["errors"][0]["pointer"] == "/rule"


async def test_it_is_not_deleted_while_something_that_is_not_over_names_it(api: Api, tenant: Tenant) -> None:
    gold = await kept(api, tenant, GOLD)
    path = f"/v1/segments/{gold['id']}"
    other = await kept(api, tenant, {"not": named(gold)}, "All others")
    aimed = draft(name="For gold", audience={"include": {"all": True}, "exclude": {"not": named(gold)}})
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, aimed)).json()["id"]
    refused = await api.call("DELETE", path, tenant.owner)
    assert refused.status_code == 409
    assert "For gold, All others" in refused.json()["detail"]
    shown = (await api.call("GET", path, tenant.owner)).json()
    assert (shown["campaigns"], shown["segments"]) == (1, 1)
    await api.call("DELETE", f"/v1/segments/{other['id']}", tenant.owner)
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 409
    # Aimed at somebody else, it names the segment no more.
    everybody = {"audience": {"include": {"all": True}}}
    await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, everybody)
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204


@pytest.mark.usefixtures("worker")
async def test_a_campaign_goes_to_those_whom_the_segment_means_as_it_begins(api: Api, tenant: Tenant) -> None:
    for number, plan in enumerate(("gold", "silver")):
        await api.phone(tenant, f"i-{number}", external_id=f"p{number}", tags={"plan": plan})
    gold = await kept(api, tenant, GOLD)
    path = f"/v1/segments/{gold['id']}"
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft(audience={"include": named(gold)}))).json()
    silver = {"rule": {**GOLD, "value": "silver"}}
    await api.call("PATCH", path, tenant.owner, silver)
    await api.call("POST", f"/v1/campaigns/{campaign['id']}/launch", tenant.owner)
    await api.sent(tenant, campaign["id"])
    await api.call("PATCH", path, tenant.owner, {"rule": {"all": True}})
    rows = (await api.call("GET", f"/v1/campaigns/{campaign['id']}/recipients", tenant.owner)).json()["items"]
    silver_person = (await api.call("GET", "/v1/people/p1", tenant.owner)).json()["person_id"]
    assert [row["person_id"] for row in rows] == [silver_person]
    told = (await api.call("GET", f"/v1/campaigns/{campaign['id']}", tenant.owner)).json()
    assert told["audience"] == {"include": named(gold)}
    shown = (await api.call("GET", path, tenant.owner)).json()
    assert (shown["campaigns"], shown["last_used_at"] is not None) == (1, True)
    # One that is over keeps nothing.
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    copy = (await api.call("POST", f"/v1/campaigns/{campaign['id']}/copy", tenant.owner)).json()["id"]
    refused = await api.call("POST", f"/v1/campaigns/{copy}/launch", tenant.owner)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/audience")
