"""A campaign from its author to whoever may launch it, and the order campaigns are kept in."""

import asyncio
from typing import Any

from push.campaigns import store
from tests.integration.api.serving import Api, Tenant, draft


async def composed(api: Api, key: str, **fields: Any) -> str:
    created = await api.call("POST", "/v1/campaigns", key, draft(**fields))
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


async def move(api: Api, key: str, campaign: str, verb: str, body: Any = None, status: int = 200) -> Any:
    answer = await api.call("POST", f"/v1/campaigns/{campaign}/{verb}", key, body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def names(api: Api, key: str, query: str = "") -> list[str]:
    answer = await api.call("GET", f"/v1/campaigns?limit=100&{query}", key)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_an_author_submits_a_marketer_approves_and_the_log_says_who_when_and_what(
    api: Api, tenant: Tenant
) -> None:
    author, marketer = await api.key(tenant, "author"), await api.key(tenant, "marketer")
    campaign = await composed(api, author)
    assert (await api.call("PATCH", f"/v1/campaigns/{campaign}", author, {"name": "Summer"})).status_code == 200
    assert (await move(api, author, campaign, "submit"))["state"] == "in_review"
    await move(api, author, campaign, "launch", status=403)
    approved = await move(api, marketer, campaign, "approve", {"version": 2, "note": "Lovely."})
    assert approved["state"] == "approved"
    said = approved["review"]["approved"]
    assert (said["version"], said["role"], said["note"]) == (2, "marketer", "Lovely.")
    assert (await move(api, marketer, campaign, "launch"))["state"] == "sending"

    entries = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    keys = {each["id"]: each["role"] for each in (await api.call("GET", "/v1/keys", tenant.owner)).json()["items"]}
    told = [
        (each["action"], keys[each["key_id"]], each["details"]) for each in entries if each["object_id"] == campaign
    ]
    assert told == [
        ("campaign.launched", "marketer", {"version": 2}),
        ("campaign.approved", "marketer", {"version": 2}),
        ("campaign.submitted", "author", {"version": 2}),
    ]


async def test_a_rejected_campaign_goes_back_to_its_author_with_the_reason(api: Api, tenant: Tenant) -> None:
    campaign = await composed(api, tenant.owner)
    await move(api, tenant.owner, campaign, "reject", status=409)
    await move(api, tenant.owner, campaign, "submit")
    rejected = await move(api, tenant.owner, campaign, "reject", {"note": "Which spring?"})
    assert (rejected["state"], rejected["review"]["rejected"]["note"]) == ("draft", "Which spring?")
    changed = (await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"name": "Spring 2027"})).json()
    assert changed["review"]["rejected"]["note"] == "Which spring?"
    assert (await move(api, tenant.owner, campaign, "submit"))["review"]["rejected"] is None


async def test_a_change_voids_an_approval_and_only_what_was_read_is_approved(api: Api, tenant: Tenant) -> None:
    campaign = await composed(api, tenant.owner)
    await move(api, tenant.owner, campaign, "submit")
    await move(api, tenant.owner, campaign, "approve")
    changed = (await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"name": "Autumn"})).json()
    assert (changed["state"], changed["review"]["approved"]) == ("draft", None)
    await move(api, tenant.owner, campaign, "submit")
    refused = await move(api, tenant.owner, campaign, "approve", {"version": 1}, status=409)
    assert refused["type"].endswith(":outdated")
    assert (await move(api, tenant.owner, campaign, "approve", {"version": 2}))["state"] == "approved"


async def test_of_a_change_and_an_approval_at_once_only_one_holds(api: Api, tenant: Tenant) -> None:
    for _ in range(5):
        campaign = await composed(api, tenant.owner)
        await move(api, tenant.owner, campaign, "submit")
        path = f"/v1/campaigns/{campaign}"
        await asyncio.gather(
            api.call("PATCH", path, tenant.owner, {"name": "Autumn"}),
            api.call("POST", f"{path}/approve", tenant.owner),
        )
        now = (await api.call("GET", path, tenant.owner)).json()
        if now["state"] == "approved":
            assert (now["name"], now["review"]["approved"]["version"]) == ("Spring", now["review"]["version"])
        else:
            assert (now["name"], now["state"], now["review"]["approved"]) == ("Autumn", "draft", None)


async def test_above_the_apps_size_somebody_else_has_to_approve(api: Api, tenant: Tenant) -> None:
    for number in range(3):
        await api.phone(tenant, f"install-{number}", external_id=f"person-{number}")
    changed = await api.call("PATCH", "/v1/settings", tenant.owner, {"four_eyes_above": 2})
    assert changed.json()["four_eyes_above"] == 2
    first, second = await api.key(tenant, "marketer"), await api.key(tenant, "marketer")

    small = await composed(api, first, audience={"include": {"external_ids": ["person-1", "person-2"]}})
    await move(api, first, small, "launch")

    large = await composed(api, first)
    refused = await move(api, first, large, "launch", status=409)
    assert refused["type"].endswith(":needs-approval")
    await move(api, first, large, "submit")
    await move(api, first, large, "approve", status=409)
    await move(api, second, large, "approve")
    await move(api, first, large, "launch")

    assert (await api.call("PATCH", "/v1/settings", tenant.owner, {"four_eyes_above": None})).status_code == 200
    await move(api, first, await composed(api, first), "launch")


async def test_a_launch_is_one_however_often_it_is_asked_for(api: Api, tenant: Tenant) -> None:
    campaign = await composed(api, tenant.owner)
    path, key = f"/v1/campaigns/{campaign}/launch", {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(api.call("POST", path, tenant.owner, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = await api.call("POST", path, tenant.owner, headers=key)
    assert (again.status_code, again.json()["state"]) == (200, "sending")
    assert (await api.call("POST", path, tenant.owner)).status_code == 409
    entries = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert [each["action"] for each in entries if each["object_id"] == campaign] == ["campaign.launched"]


async def test_a_copy_says_the_same_and_has_a_life_of_its_own(api: Api, tenant: Tenant) -> None:
    limits = {"per_minute": 600}
    original = await composed(api, tenant.owner, name="Spring", tags=["menu", "2026"], limits=limits, category=None)
    await move(api, tenant.owner, original, "launch")
    copy = await move(api, tenant.owner, original, "copy", status=201)
    was = (await api.call("GET", f"/v1/campaigns/{original}", tenant.owner)).json()
    for field in ("kind", "category", "content", "audience", "channels", "limits", "tags"):
        assert copy[field] == was[field]
    assert (copy["name"], copy["state"], copy["launched_at"]) == ("Spring (copy)", "draft", None)
    assert copy["review"] == {"version": 1, "submitted": None, "approved": None, "rejected": None}
    assert copy["id"] != original
    sent = {"to": {"external_ids": ["ada"]}, "kind": "service", "content": draft()["content"]}
    message = (await api.call("POST", "/v1/messages", tenant.owner, sent)).json()["message_id"]
    await move(api, tenant.owner, message, "copy", status=404)


async def test_an_experiment_that_could_not_be_sent_is_refused_where_it_stands(api: Api, tenant: Tenant) -> None:
    def content(title: str, body: str = "") -> dict[str, Any]:
        return {"default_locale": "en", "translations": {"en": {"title": title, "body": body}}}

    good = {"name": "short", "content": content("Hello")}
    for other, pointer in (
        ({"name": "short", "content": content("Hi")}, "/experiment/variants"),
        ({"name": "long", "content": content("Hi", "é" * 2100)}, "/experiment/variants/1/content/translations/en"),
        ({"name": "bad", "content": content("{{ x")}, "/experiment/variants/1/content/translations/en/title"),
        ({"name": "~rest", "content": content("Hi")}, "/experiment/variants/1/name"),
        ({"name": "none", "weight": 0, "content": content("Hi")}, "/experiment/variants/1/weight"),
    ):
        refused = await api.call("POST", "/v1/campaigns", tenant.owner, draft(experiment={"variants": [good, other]}))
        assert refused.status_code == 400, other
        assert refused.json()["errors"][0]["pointer"] == pointer
    one = await api.call("POST", "/v1/campaigns", tenant.owner, draft(experiment={"variants": [good]}))
    assert one.status_code == 400


async def test_an_experiment_is_kept_changed_copied_and_measured(api: Api, tenant: Tenant) -> None:
    content = draft()["content"]
    given = {
        "variants": [{"name": name, "weight": weight, "content": content} for name, weight in (("A", 1), ("B", 2.5))],
        "holdout_percent": 12.5,
        "winner": {"metric": "clicked", "after_minutes": 90},
    }
    campaign = await composed(api, tenant.owner, experiment=given)
    kept = (await api.call("GET", f"/v1/campaigns/{campaign}", tenant.owner)).json()["experiment"]
    assert [(each["name"], each["weight"]) for each in kept["variants"]] == [("A", 1), ("B", 2.5)]
    assert kept["winner"] == {"metric": "clicked", "after_minutes": 90, "sample_percent": 20}
    assert (await move(api, tenant.owner, campaign, "copy", status=201))["experiment"] == kept
    metrics = (await api.call("GET", f"/v1/campaigns/{campaign}/metrics", tenant.owner)).json()["experiment"]
    assert [each["name"] for each in metrics["variants"]] == ["A", "B"]
    assert metrics["variants"][1]["against_first"]["open_rate"]["value"] is None
    assert (metrics["holdout"]["people"], metrics["lift"]["low"], metrics["lift"]["high"]) == (0, -1, 1)
    plain = await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"experiment": None})
    assert plain.json()["experiment"] is None
    assert (await api.call("GET", f"/v1/campaigns/{campaign}/metrics", tenant.owner)).json()["experiment"] is None


async def test_a_test_goes_to_those_named_at_once_and_counts_apart(api: Api, tenant: Tenant, worker: None) -> None:
    author = await api.key(tenant, "author")
    phones = {name: await api.phone(tenant, f"install-{name}", external_id=name) for name in ("ada", "bob")}

    def content(title: str) -> dict[str, Any]:
        return {"default_locale": "en", "translations": {"en": {"title": title}}}

    variants = [{"name": name, "content": content(f"Variant {name}")} for name in ("A", "B")]
    campaign = await composed(api, author, experiment={"variants": variants, "holdout_percent": 90})
    body, key = {"external_ids": ["ada"], "variant": "B"}, {"Idempotency-Key": "try"}
    path = f"/v1/campaigns/{campaign}/test"
    answers = [await api.call("POST", path, author, body, headers=key) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {202}
    (message,) = {answer.json()["message_id"] for answer in answers}
    await api.sent(tenant, message)
    first = (await move(api, author, campaign, "test", {"device_ids": [phones["ada"].id]}, status=202))["message_id"]
    await api.sent(tenant, first)

    shown = (await api.call("GET", "/v1/inbox", phones["ada"].key)).json()["items"]
    assert [item["title"] for item in shown] == ["Variant A", "Variant B"]
    assert (await api.call("GET", "/v1/inbox", phones["bob"].key)).json()["items"] == []
    assert (await api.call("GET", f"/v1/campaigns/{message}/metrics", author)).json()["total"]["accepted"] == 1
    assert (await api.call("GET", f"/v1/campaigns/{campaign}/metrics", author)).json()["total"]["targeted"] == 0
    assert (await api.call("GET", f"/v1/campaigns/{message}", author)).json()["test_of"] == campaign
    assert await names(api, author) == ["Spring"]
    entries = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    told = [(each["action"], each["details"]["message_id"]) for each in entries if each["object_id"] == campaign]
    assert told == [("campaign.tested", first), ("campaign.tested", message)]
    for bad in ({}, {"external_ids": ["ada"], "device_ids": ["dev_1"]}, {"external_ids": ["ada"], "variant": "C"}):
        await move(api, author, campaign, "test", bad, status=400)
    await move(api, author, message, "test", {"external_ids": ["ada"]}, status=404)


async def test_what_is_archived_is_out_of_sight_until_it_is_asked_for(api: Api, tenant: Tenant) -> None:
    kept, gone = [await composed(api, tenant.owner, name=name) for name in ("Kept", "Gone")]
    assert (await move(api, tenant.owner, gone, "archive"))["archived_at"] is not None
    assert await names(api, tenant.owner) == ["Kept"]
    assert await names(api, tenant.owner, "archived=true") == ["Gone"]
    await move(api, tenant.owner, gone, "launch", status=409)
    await move(api, tenant.owner, kept, "launch")
    await move(api, tenant.owner, kept, "archive", status=409)
    assert (await move(api, tenant.owner, gone, "unarchive"))["archived_at"] is None
    assert await names(api, tenant.owner) == ["Gone", "Kept"]


async def test_campaigns_are_found_by_name_tag_and_state(api: Api, tenant: Tenant, monkeypatch: Any) -> None:
    for name, tags in (("Spring menu", ["food"]), ("Summer MENU", ["food", "vip"]), ("Opening hours", [])):
        campaign = await composed(api, tenant.owner, name=name, tags=tags)
    await move(api, tenant.owner, campaign, "submit")
    assert await names(api, tenant.owner, "q=menu") == ["Summer MENU", "Spring menu"]
    assert await names(api, tenant.owner, "q=VIP") == ["Summer MENU"]
    assert await names(api, tenant.owner, "tag=food&q=spring") == ["Spring menu"]
    assert await names(api, tenant.owner, "state=in_review") == ["Opening hours"]
    assert await names(api, tenant.owner, "q=.*") == []

    monkeypatch.setattr(store, "_LOOKED_AT", 1)
    found, cursor, pages = [], "", 0
    while cursor is not None:
        answer = (await api.call("GET", f"/v1/campaigns?q=spring&cursor={cursor}", tenant.owner)).json()
        found += [each["name"] for each in answer["items"]]
        cursor, pages = answer["next_cursor"], pages + 1
    assert (found, pages) == (["Spring menu"], 3)


async def test_tags_may_change_at_any_time_and_void_nothing(api: Api, tenant: Tenant) -> None:
    campaign = await composed(api, tenant.owner)
    await move(api, tenant.owner, campaign, "launch")
    changed = await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"tags": ["late", "late"]})
    assert (changed.status_code, changed.json()["tags"]) == (200, ["late"])
    assert (changed.json()["state"], changed.json()["review"]["version"]) == ("sending", 1)
    refused = await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"tags": [], "name": "Late"})
    assert refused.status_code == 409
