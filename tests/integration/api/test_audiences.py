"""Audiences over HTTP: what is refused, whom each kind of rule reaches, and that nothing in a rule is an operator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.api.serving import Api, Phone, Tenant, draft


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


async def reached(api: Api, tenant: Tenant, include: Any, exclude: Any = None, **fields: Any) -> set[str]:
    """Who has it in the end, by external id."""
    audience = {"include": include, **({"exclude": exclude} if exclude else {})}
    campaign = await api.launch(tenant, audience=audience, **fields)
    await api.sent(tenant, campaign)
    rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients?limit=100", tenant.owner)).json()["items"]
    ids = [row["person_id"] for row in rows]
    people = await api.engine.people_store.get_many(tenant.app_id, ids)
    return {person.external_id or "" for person in people}


@pytest.fixture
async def shop(api: Api, tenant: Tenant) -> Tenant:
    """Ann and Bob with phones, Cleo with a tablet as well, and Dora with nothing but an inbox."""
    await api.call("PATCH", "/v1/settings", tenant.owner, {"attributes": {"since": "date"}})
    now = datetime.now(UTC)
    await api.phone(tenant, "a", external_id="ann", locale="en-GB", app_version="2.9", tags={"plan": "gold"})
    await api.phone(tenant, "b", external_id="bob", platform="ios", locale="zh-CN", app_version="2.10", topics=["news"])
    await api.phone(tenant, "c", external_id="cleo", locale="en-US", app_version="3.0", timezone="Asia/Tokyo")
    await api.phone(tenant, "d", external_id="cleo", platform="web", tags={"plan": "gold", "visits": 7})
    for name, days, fields in (("ann", 100, {"city": "York"}), ("bob", 5, {"age": 30}), ("dora", 1, {"city": "York"})):
        since = (now - timedelta(days=days)).isoformat()
        relations = ["customer"] if name != "bob" else ["employee"]
        body = {"attributes": {"since": since, **fields}, "relations": relations}
        assert (await api.call("PUT", f"/v1/people/{name}", tenant.owner, body)).status_code in (200, 201)
    return tenant


REACHED: list[tuple[Any, Any, set[str]]] = [
    (leaf("person.city", "eq", "York"), None, {"ann", "dora"}),
    (leaf("person.city", "ne", "York"), None, {"bob", "cleo"}),
    (leaf("person.since", "within_days", 30), None, {"bob", "dora"}),
    (leaf("person.age", "exists", True), None, {"bob"}),
    (leaf("person.relation", "in", ["customer", "family"]), None, {"ann", "dora"}),
    (leaf("device.platform", "in", ["ios", "web"]), None, {"bob", "cleo"}),
    (leaf("device.locale", "prefix", "en"), None, {"ann", "cleo"}),
    (leaf("device.app_version", "lt", "2.10"), None, {"ann"}),
    (leaf("device.timezone", "eq", "Asia/Tokyo"), None, {"cleo"}),
    (leaf("device.tags.plan", "eq", "gold"), None, {"ann", "cleo"}),
    (leaf("device.last_seen_at", "within_days", 1), {"external_ids": ["bob"]}, {"ann", "cleo"}),
    ({"all": True}, leaf("person.relation", "eq", "employee"), {"ann", "cleo"}),
    ({"external_ids": ["ann", "dora"]}, leaf("person.since", "within_days", 30), {"ann"}),
    ({"and": [{"external_ids": ["ann", "bob", "dora"]}, {"not": {"topics": ["news"]}}]}, None, {"ann", "dora"}),
    ({"or": [{"topics": ["news"]}, leaf("device.tags.visits", "gte", 7)]}, None, {"bob", "cleo"}),
]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("include", "exclude", "who"), REACHED)
async def test_each_kind_of_rule_reaches_whom_it_means(
    api: Api, shop: Tenant, include: Any, exclude: Any, who: set[str]
) -> None:
    assert await reached(api, shop, include, exclude) == who
    audience = {"include": include, **({"exclude": exclude} if exclude else {})}
    asked = {"audience": audience, "channels": ["inbox"]}
    estimate = (await api.call("POST", "/v1/audience/estimate", shop.owner, asked)).json()
    assert (estimate["people"], estimate["by_channel"]) == (len(who), {"inbox": len(who)})


async def report(api: Api, phone: Phone, **fields: Any) -> None:
    event = {"event_id": fields["kind"] + str(fields.get("name")), "at": datetime.now(UTC).isoformat(), **fields}
    answer = await api.call("POST", "/v1/events", phone.key, {"events": [event]})
    assert answer.json()["accepted"] == 1, answer.text


@pytest.mark.usefixtures("worker")
async def test_what_people_did_with_a_campaign_is_asked_for_on_any_of_their_devices(api: Api, tenant: Tenant) -> None:
    phones = {name: await api.phone(tenant, name, external_id=name[:3]) for name in ("ann", "bob", "bob-tablet", "eve")}
    first = await api.launch(tenant, audience={"include": {"external_ids": ["ann", "bob"]}}, channels=["push", "inbox"])
    await api.sent(tenant, first)
    items = (await api.call("GET", "/v1/inbox", phones["bob"].key)).json()["items"]
    await api.call("POST", f"/v1/inbox/{items[0]['id']}/read", phones["bob"].key)
    opened = {"campaign_id": first, "did": "opened"}
    assert await reached(api, tenant, opened) == {"bob"}
    assert await reached(api, tenant, opened, channels=["push"]) == {"bob"}
    assert await reached(api, tenant, {"campaign_id": first, "did_not": "opened", "within_days": 3}) == {"ann", "eve"}
    sent = {"and": [{"campaign_id": first, "did_not": "clicked"}, {"external_ids": ["ann", "eve"]}]}
    assert await reached(api, tenant, sent) == {"ann", "eve"}


@pytest.mark.usefixtures("worker")
async def test_what_people_did_by_themselves_is_asked_for_by_its_name(api: Api, tenant: Tenant) -> None:
    before_login = await api.phone(tenant, "ann")
    await report(api, before_login, kind="converted", name="purchase")
    await api.call("PUT", "/v1/devices/me/person", before_login.key, {"external_id": "ann"})
    bob = await api.phone(tenant, "bob", external_id="bob")
    await report(api, bob, kind="converted", name="signup")
    assert await reached(api, tenant, {"event": "purchase", "did": "happened"}) == {"ann"}
    assert await reached(api, tenant, {"event": "purchase", "did_not": "happened", "within_days": 7}) == {"bob"}
    both = {"or": [{"event": name, "did": "happened", "within_days": 1} for name in ("purchase", "signup")]}
    assert await reached(api, tenant, both) == {"ann", "bob"}


@pytest.mark.usefixtures("worker")
async def test_a_rule_about_devices_pushes_those_devices_only(api: Api, shop: Tenant) -> None:
    campaign = await api.launch(shop, audience={"include": leaf("device.platform", "eq", "web")}, channels=["push"])
    await api.sent(shop, campaign)
    rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients", shop.owner)).json()["items"]
    assert len(rows) == 1


SMUGGLED = [
    leaf("device.tags.$where", "eq", "1"),
    leaf("person.a.b", "eq", "1"),
    leaf("person.a\0", "eq", "1"),
    leaf("$or", "eq", "1"),
    leaf("device.gate.consent", "eq", True),
    leaf("device.tags.plan", "$ne", "1"),
    leaf("device.tags.plan", "eq", {"$ne": "x"}),
    leaf("device.tags.plan", "in", [{"$ne": "x"}]),
    leaf("device.tags.plan", "eq", "a\0b"),
    leaf("device.tags.plan", "eq", None),
    {"external_ids": [{"$gt": ""}]},
    {"external_ids": {"$gt": ""}},
    {"device_ids": ["$dev"]},
    {"topics": ["$news"]},
    {"segment_id": {"$gt": ""}},
    {"$or": [{"all": True}]},
    {"campaign_id": {"$gt": ""}, "did": "opened"},
    {"event": "$all", "did": "happened"},
    {"event": "a.b", "did": "happened"},
]


@pytest.mark.parametrize("rule", SMUGGLED)
async def test_an_operator_in_a_rule_is_refused(api: Api, tenant: Tenant, rule: Any) -> None:
    calls = [
        ("/v1/segments", {"name": "x", "rule": rule}),
        ("/v1/segments", {"name": "x", "rule": {"and": [{"all": True}, {"not": rule}]}}),
        ("/v1/audience/estimate", {"audience": {"include": rule}}),
        ("/v1/campaigns", draft(audience={"include": {"all": True}, "exclude": rule})),
    ]
    for path, body in calls:
        answer = await api.call("POST", path, tenant.owner, body)
        assert answer.status_code == 400, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["$gt", "$where", "a.b", "{}", '{"$ne": 1}', "^.*$", ".*", "per_", "$$ROOT"])
async def test_values_that_look_like_operators_are_values(api: Api, tenant: Tenant, value: str) -> None:
    await api.phone(tenant, "same", tags={"plan": value})
    await api.phone(tenant, "other", tags={"plan": "gold"})
    await api.call("PUT", "/v1/people/ann", tenant.owner, {"attributes": {"city": value}})
    await api.call("PUT", "/v1/people/bob", tenant.owner, {"attributes": {"city": "York"}})
    for field in ("device.tags.plan", "person.city"):
        for rule in (leaf(field, "eq", value), leaf(field, "prefix", value), leaf(field, "in", [value, "x"])):
            asked = {"audience": {"include": rule}, "channels": ["inbox"]}
            answer = await api.call("POST", "/v1/audience/estimate", tenant.owner, asked)
            assert answer.json()["people"] == 1, rule


async def test_rules_too_deep_or_too_many_are_a_400_that_says_where(api: Api, tenant: Tenant) -> None:
    deep: Any = {"all": True}
    for _ in range(10):
        deep = {"not": deep}
    many = {"or": [{"and": [{"all": True}] * 99}] * 3}
    for rule, pointer in ((deep, "/rule" + "/not" * 10), (many, "/rule/or/1/and/98")):
        answer = await api.call("POST", "/v1/segments", tenant.owner, {"name": "x", "rule": rule})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    bottomless = b'{"name":"x","rule":' + b'{"not":' * 50_000
    assert (await api.call("POST", "/v1/segments", tenant.owner, content=bottomless)).status_code == 400
    nearly = b'{"name":"x","rule":' + b'{"not":' * 400 + b'{"all":true}' + b"}" * 401
    assert (await api.call("POST", "/v1/segments", tenant.owner, content=nearly)).status_code == 400


async def test_a_value_of_another_type_than_the_attribute_has_is_refused(api: Api, tenant: Tenant) -> None:
    await api.call("PUT", "/v1/people/ann", tenant.owner, {"attributes": {"age": 36, "city": "York"}})
    for rule in (leaf("person.age", "eq", "36"), leaf("person.city", "gt", 5), leaf("person.age", "in", [1, "2"])):
        answer = await api.call("POST", "/v1/segments", tenant.owner, {"name": "x", "rule": rule})
        assert answer.status_code == 400, rule
        assert answer.json()["errors"][0]["pointer"] in ("/rule/value", "/rule/op")


async def test_a_campaign_that_there_is_not_is_refused(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    theirs = (await api.call("POST", "/v1/campaigns", other.owner, draft())).json()["id"]
    for campaign in ("cmp_0", theirs):
        rule = {"campaign_id": campaign, "did_not": "opened"}
        for path, body in (
            ("/v1/segments", {"name": "x", "rule": rule}),
            ("/v1/campaigns", draft(audience={"include": rule})),
        ):
            assert (await api.call("POST", path, tenant.owner, body)).status_code == 400


async def test_why_somebody_is_in_an_audience_or_not_is_told(api: Api, shop: Tenant) -> None:
    segment = {"name": "York", "rule": leaf("person.city", "eq", "York")}
    made = (await api.call("POST", "/v1/segments", shop.owner, segment)).json()["id"]

    async def told(external_id: str, **audience: Any) -> tuple[bool, str]:
        asked = {"audience": audience, "external_id": external_id}
        answer = await api.call("POST", "/v1/audience/explain", shop.owner, asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["meant"], answer.json()["words"]

    assert await told("dora", include={"segment_id": made}) == (True, "In, because their city is York.")
    said = "Out, because their city is not York: it is not known."
    assert await told("bob", include={"segment_id": made}) == (False, said)
    said = "Out, because those are left out of whom this is so: the device's platform is ios."
    assert await told("bob", include={"all": True}, exclude=leaf("device.platform", "eq", "ios")) == (False, said)
    web = leaf("device.platform", "eq", "web")
    assert (await told("cleo", include=web))[0] is True
    missing = {"audience": {"include": web}, "external_id": "nobody"}
    assert (await api.call("POST", "/v1/audience/explain", shop.owner, missing)).status_code == 404


async def test_the_trace_says_which_rule_keeps_somebody_out(api: Api, shop: Tenant) -> None:
    aimed = draft(audience={"include": {"and": [leaf("device.tags.plan", "eq", "gold"), {"all": True}]}})
    campaign = (await api.call("POST", "/v1/campaigns", shop.owner, aimed)).json()["id"]
    found = (await api.call("GET", f"/v1/people/bob/trace?campaign_id={campaign}", shop.owner)).json()
    assert (found["meant"], found["steps"][0]["reason"]) == (False, "not_in_audience")
    assert found["steps"][0]["words"].endswith("as they are now: the device's tag plan is not gold: it is not known.")
