"""Links and looks that differ from platform to platform, as a marketer sees them before and people after."""

from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant, draft

LINKS = {
    "android": "shop://sale",
    "ios": "https://app.shop.example/sale",
    "web": "https://shop.example/sale",
    "inbox": "shop://inbox/sale",
}


def content(**fields: Any) -> dict[str, Any]:
    return {"default_locale": "en", "translations": {"en": {"title": "Sale", "subtitle": "Shoes"}}, **fields}


async def composed(api: Api, tenant: Tenant, **fields: Any) -> str:
    created = await api.call("POST", "/v1/campaigns", tenant.owner, draft(channels=["push", "inbox"], **fields))
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


async def checked(api: Api, tenant: Tenant, campaign: str) -> Any:
    return (await api.call("POST", f"/v1/campaigns/{campaign}/check", tenant.owner)).json()


async def test_a_preview_shows_what_each_platform_gets(api: Api, tenant: Tenant) -> None:
    told = content(
        link="https://shop.example",
        links=LINKS,
        actions=[{"id": "buy", "label": "Buy", "link": "https://shop.example/buy", "links": {"ios": "shop://buy"}}],
        image_url="https://shop.example/1.png",
        android={"channel_id": "offers", "color": "#00aa00"},
        ios={"thread_id": "offers", "interruption_level": "passive", "image_url": "https://shop.example/2.png"},
        web={"require_interaction": True, "icon_url": "https://shop.example/i.png"},
    )
    campaign = await composed(api, tenant, content=told)
    looks = (await api.call("POST", f"/v1/campaigns/{campaign}/preview", tenant.owner)).json()["looks"]
    assert {place: look["link"] for place, look in looks.items()} == LINKS
    assert {place: look["actions"][0]["link"][-4:] for place, look in looks.items()} == {
        "android": "/buy",
        "ios": "/buy",
        "web": "/buy",
        "inbox": "/buy",
    }
    assert looks["ios"]["actions"][0]["link"] == "shop://buy"
    assert looks["android"]["android"]["channel_id"] == "offers"
    assert looks["ios"]["ios"]["interruption_level"] == "passive"
    assert looks["ios"]["image_url"] == "https://shop.example/2.png"
    assert looks["android"]["image_url"] == "https://shop.example/1.png"
    assert looks["web"]["web"]["require_interaction"] is True
    assert (looks["web"]["ios"], looks["ios"]["web"], looks["inbox"]["android"]) == (None, None, None)
    assert looks["ios"]["subtitle"] == "Shoes"


@pytest.mark.parametrize("channel", ["broadcast", "personal"])
async def test_an_inbox_leads_where_an_inbox_should(api: Api, tenant: Tenant, worker: None, channel: str) -> None:
    phone = await api.phone(tenant, "one", external_id="ada")
    audience = {"all": True} if channel == "broadcast" else {"external_ids": ["ada"]}
    campaign = await api.launch(tenant, content=content(links=LINKS), audience={"include": audience})
    await api.sent(tenant, campaign)
    (item,) = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"]
    assert item["link"] == "shop://inbox/sale"


@pytest.mark.parametrize(
    ("pointer", "fields"),
    [
        ("/content/link", {"link": "javascript:alert(1)"}),
        ("/content/link", {"link": "JavaScript:alert(1)"}),
        ("/content/link", {"link": "data:text/html,x"}),
        ("/content/links/android", {"links": {"android": "vbscript:x"}}),
        ("/content/links/inbox", {"links": {"inbox": "file:///etc/passwd"}}),
        ("/content/actions/0/link", {"actions": [{"id": "a", "label": "A", "link": "javascript:x"}]}),
        ("/content/actions/0/links/ios", {"actions": [{"id": "a", "label": "A", "links": {"ios": "javascript:x"}}]}),
        ("/content/links/web", {"links": {"web": "shop://sale"}}),
    ],
)
async def test_a_link_that_runs_script_is_never_taken(
    api: Api, tenant: Tenant, pointer: str, fields: dict[str, Any]
) -> None:
    for path, body in (
        ("/v1/campaigns", draft(content=content(**fields))),
        ("/v1/templates", {"name": "t", "content": content(**fields)}),
        ("/v1/messages", {"to": {"external_ids": ["ada"]}, "kind": "service", "content": content(**fields)}),
    ):
        refused = await api.call("POST", path, tenant.owner, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_dead_link_of_one_platform_is_found(api: Api, tenant: Tenant) -> None:
    told = content(links={"android": "shop://", "ios": "https://intranet/"}, web={"icon_url": "https://x..example/"})
    errors = (await checked(api, tenant, await composed(api, tenant, content=told)))["errors"]
    assert [(each["code"], each["pointer"]) for each in errors] == [
        ("dead_link", "/content/links/android"),
        ("dead_link", "/content/links/ios"),
        ("dead_link", "/content/web/icon_url"),
    ]


async def test_browsers_that_cannot_follow_an_apps_link_are_counted(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", platform="web")
    campaign = await composed(api, tenant, content=content(link="shop://sale"))
    warnings = {each["code"]: each for each in (await checked(api, tenant, campaign))["warnings"]}
    assert warnings["no_web_link"]["count"] == 1
    path = f"/v1/campaigns/{campaign}"
    better = content(link="shop://sale", links={"web": "https://shop.example/sale"})
    await api.call("PATCH", path, tenant.owner, {"content": better})
    assert "no_web_link" not in {each["code"] for each in (await checked(api, tenant, campaign))["warnings"]}


async def test_what_is_too_long_for_one_platform_is_refused(api: Api, tenant: Tenant) -> None:
    long = "https://shop.example/" + "x" * 2000
    told = content(links={"web": long}, web={"icon_url": long})
    refused = await api.call("POST", "/v1/campaigns", tenant.owner, draft(content=told))
    assert refused.status_code == 400
    assert "browsers" in refused.json()["errors"][0]["detail"]
    assert (await composed(api, tenant, content=content(links={"web": long}))).startswith("cmp_")


@pytest.mark.parametrize("channel", ["broadcast", "personal"])
async def test_an_item_stands_out_where_it_is_to(api: Api, tenant: Tenant, worker: None, channel: str) -> None:
    phone = await api.phone(tenant, "one", external_id="ada")
    audience = {"include": {"all": True} if channel == "broadcast" else {"external_ids": ["ada"]}}
    for highlight in (True, False):
        campaign = await api.launch(tenant, content=content(highlight=highlight), audience=audience)
        await api.sent(tenant, campaign)
    items = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"]
    assert [item["highlighted"] for item in items] == [False, True]
