"""Content kept under a name."""

from typing import Any

from tests.integration.api.serving import Api, Tenant, draft

TEXTS = {"default_locale": "en", "translations": {"en": {"title": "Hello {{ person.first_name }}"}}}


async def kept(api: Api, tenant: Tenant, name: str = "Letter", content: Any = TEXTS) -> Any:
    answer = await api.call("POST", "/v1/templates", tenant.owner, {"name": name, "content": content})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_template_is_kept_changed_and_thrown_away(api: Api, tenant: Tenant) -> None:
    made = await kept(api, tenant)
    path = f"/v1/templates/{made['id']}"
    assert (await api.call("GET", path, tenant.owner)).json() == made
    other = {**TEXTS, "translations": {"en": {"title": "Goodbye"}}}
    changed = (await api.call("PATCH", path, tenant.owner, {"content": other})).json()
    assert (changed["name"], changed["content"]["translations"]["en"]["title"]) == ("Letter", "Goodbye")
    assert changed["changed_at"] > made["changed_at"]
    assert (await api.call("PATCH", path, tenant.owner, {})).json() == changed
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await api.call(method, path, tenant.owner)).status_code == 404
    assert (await api.call("PATCH", path, tenant.owner, {"name": "Again"})).status_code == 404


async def test_what_could_not_be_sent_is_no_template_and_changes_none(api: Api, tenant: Tenant) -> None:
    made = await kept(api, tenant)
    path = f"/v1/templates/{made['id']}"
    for texts in (
        {"en": {"title": "{{ broken"}},
        {"de": {"title": "Hallo"}},
        {"en": {"title": "x", "body": "y" * 4000}},
    ):
        bad = {"default_locale": "en", "translations": texts}
        refused = await api.call("POST", "/v1/templates", tenant.owner, {"name": "Bad", "content": bad})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"][:8]) == (400, "/content")
        assert (await api.call("PATCH", path, tenant.owner, {"content": bad})).status_code == 400
    assert (await api.call("GET", "/v1/templates", tenant.owner)).json()["items"] == [made]


async def test_they_are_listed_newest_first_page_by_page(api: Api, tenant: Tenant) -> None:
    names = [(await kept(api, tenant, f"Letter {number}"))["name"] for number in range(5)]
    seen, cursor = [], ""
    while True:
        answer = (await api.call("GET", f"/v1/templates?limit=2&cursor={cursor}", tenant.owner)).json()
        seen += [each["name"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        await kept(api, tenant, "Came meanwhile")
    assert seen == names[::-1]
    assert (await api.call("GET", "/v1/templates?cursor=Y21wXzA", tenant.owner)).status_code == 400


async def test_a_template_is_its_app_s_alone(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    path = f"/v1/templates/{(await kept(api, other))['id']}"
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert (await api.call(method, path, tenant.owner, body)).status_code == 404
    assert (await api.call("GET", "/v1/templates", tenant.owner)).json()["items"] == []
    assert (await api.call("GET", path, other.owner)).json()["name"] == "Letter"


async def test_a_campaign_takes_a_copy(api: Api, tenant: Tenant) -> None:
    made = await kept(api, tenant)
    campaign = await api.call("POST", "/v1/campaigns", tenant.owner, draft(content=made["content"]))
    assert campaign.json()["content"] == made["content"]
    other = {**TEXTS, "translations": {"en": {"title": "Goodbye"}}}
    await api.call("PATCH", f"/v1/templates/{made['id']}", tenant.owner, {"content": other})
    found = await api.call("GET", f"/v1/campaigns/{campaign.json()['id']}", tenant.owner)
    assert found.json()["content"] == made["content"]


async def test_asked_twice_it_is_kept_once(api: Api, tenant: Tenant) -> None:
    body = {"name": "Letter", "content": TEXTS}
    twice = [
        await api.call("POST", "/v1/templates", tenant.owner, body, headers={"Idempotency-Key": "letter-1"})
        for _ in range(2)
    ]
    assert twice[0].json() == twice[1].json()
    assert len((await api.call("GET", "/v1/templates", tenant.owner)).json()["items"]) == 1
