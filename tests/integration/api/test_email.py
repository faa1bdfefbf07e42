"""A mail server of the app's own, and saying no to letters in one step."""

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from push.ledger.model import delivery_id
from push.settings import Settings
from tests.integration.api.serving import Api, Tenant, draft, serving, working
from tests.mail import PASSWORD, USER, MailServer, mail_server

TEXT = {
    "default_locale": "en",
    "translations": {"en": {"title": "Spring"}},
    "link": "https://shop.example",
    "links": {"inbox": "shop://inbox"},
}


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    known = msgspec.structs.replace(settings, smtp_hosts=frozenset({"localhost"}))
    async with serving(known) as running, working(known):
        yield running


def asked(mail: MailServer, **fields: Any) -> dict[str, Any]:
    return {
        "host": "localhost",
        "port": mail.port,
        "security": "none",
        "from_address": "news@shop.example",
        "sender_name": "Shop",
        **fields,
    }


async def put(api: Api, tenant: Tenant, body: dict[str, Any]) -> Any:
    return await api.call("PUT", "/v1/credentials/smtp", tenant.owner, body)


async def known(api: Api, tenant: Tenant, name: str = "ada", **more: Any) -> None:
    body = {"attributes": {"email": f"{name}@example.org"}, **more}
    answer = await api.call("PUT", f"/v1/people/{name}", tenant.owner, body)
    assert answer.status_code in (200, 201), answer.text


async def unsubscribe_link(api: Api, tenant: Tenant, mail: MailServer, **fields: Any) -> str:
    """That of a letter which Ada got."""
    await put(api, tenant, asked(mail))
    consent = {"promotion": True, "at": "2026-01-01T00:00:00Z"}
    await known(api, tenant, consent=consent)
    mail.letters.clear()
    campaign = await api.launch(
        tenant,
        content=TEXT,
        channels=["email"],
        kind="promotion",
        audience={"include": {"external_ids": ["ada"]}},
        limits={"ignore_quiet_hours": True},
        **fields,
    )
    await api.sent(tenant, campaign)
    [letter] = mail.letters
    found = re.search(r"/unsubscribe/ffu_[\w-]+", letter.text())
    assert found is not None
    return found[0]


async def test_a_mail_server_is_kept_once_it_has_let_us_in_and_its_password_never_shown(
    api: Api, tenant: Tenant
) -> None:
    async with mail_server(auth=True) as strict:
        answer = await put(api, tenant, asked(strict, username=USER, password=PASSWORD))
        assert answer.status_code == 200, answer.text
        assert (answer.json()["smtp_host"], answer.json()["email_from"]) == ("localhost", "news@shop.example")
        assert PASSWORD not in answer.text
        wrong = await put(api, tenant, asked(strict, username=USER, password="nonsense"))
        assert (wrong.status_code, wrong.json()["detail"]) == (
            400,
            "The server does not know this user name and password.",
        )
        assert "nonsense" not in wrong.text
    log = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert [(each["action"], each["details"]) for each in log] == [("credentials.smtp.changed", {"host": "localhost"})]
    kept = [each async for each in api.engine.database.collection("secrets").find({"app_id": tenant.app_id})]
    assert PASSWORD not in str(kept)


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "127.0.0.1", "port": 25},
        {"host": "169.254.169.254", "port": 587, "security": "tls"},
        {"host": "internal", "port": 587, "security": "tls"},
        {"host": "smtp.example.org", "port": 6379, "security": "tls"},
        {"host": "smtp.example.org", "port": 587, "security": "none"},
        {"from_address": "news@localhost"},
        {"from_address": "news@shop.example\r\nBcc: all@example.org"},
        {"username": "only"},
        {"port": 1},
        {"port": 0},
    ],
)
async def test_what_is_no_mail_server_of_the_apps_own_is_refused(
    api: Api, tenant: Tenant, mail: MailServer, fields: dict[str, Any]
) -> None:
    before = mail.connections
    assert (await put(api, tenant, asked(mail, **fields))).status_code == 400
    assert mail.connections == before
    assert (await api.call("GET", "/v1/settings", tenant.owner)).json()["smtp_host"] is None


async def test_only_an_owner_sets_it(api: Api, tenant: Tenant, mail: MailServer) -> None:
    for role in ("marketer", "author", "analyst", "sender"):
        key = await api.key(tenant, role)
        assert (await api.call("PUT", "/v1/credentials/smtp", key, asked(mail))).status_code == 403


async def test_looking_changes_nothing_and_the_button_mutes_the_category(
    api: Api, tenant: Tenant, mail: MailServer
) -> None:
    link = await unsubscribe_link(api, tenant, mail, category="news")

    async def person() -> Any:
        return (await api.call("GET", "/v1/people/ada", tenant.owner)).json()

    before = await person()
    page = await api.client.get(link)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert '<form method="post">' in page.text
    assert await person() == before
    for _ in range(2):
        done = await api.client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert (await person())["categories"] == {"news": {"push": True, "inbox": True, "email": False}}
    assert (await person())["consent"]["promotion"] is True


async def test_without_a_category_the_consent_is_taken_back(api: Api, tenant: Tenant, mail: MailServer) -> None:
    link = await unsubscribe_link(api, tenant, mail)
    assert (await api.client.post(link)).status_code == 200
    consent = (await api.call("GET", "/v1/people/ada", tenant.owner)).json()["consent"]
    assert (consent["promotion"], consent["source"]) == (False, "unsubscribe link")


async def test_a_link_that_was_tampered_with_says_no_for_nobody(api: Api, tenant: Tenant, mail: MailServer) -> None:
    link = await unsubscribe_link(api, tenant, mail, category="news")
    receipt = api.engine.tokens.receipt(tenant.app_id, delivery_id("cmp_" + "0" * 24, "email", "per_" + "0" * 24))
    flipped = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    for bad in (flipped, link[:-1], "/unsubscribe/ffu_", f"/unsubscribe/{receipt}", "/unsubscribe/x"):
        for method in ("GET", "POST"):
            assert (await api.client.request(method, bad)).status_code == 400, bad
    assert (await api.call("GET", "/v1/people/ada", tenant.owner)).json()["categories"] == {}


async def test_who_was_erased_is_told_the_same_and_nothing_comes_back(
    api: Api, tenant: Tenant, mail: MailServer
) -> None:
    link = await unsubscribe_link(api, tenant, mail, category="news")
    await api.call("DELETE", "/v1/people/ada", tenant.owner)
    assert (await api.client.post(link)).status_code == 200
    assert (await api.call("GET", "/v1/people/ada", tenant.owner)).status_code == 404


async def test_names_on_the_page_are_text(api: Api, mail: MailServer) -> None:
    tenant = await api.tenant("<script>alert(1)</script>")
    link = await unsubscribe_link(api, tenant, mail, category="news")
    page = await api.client.get(link, headers={"Accept-Language": "zh-CN"})
    assert "<script" not in page.text
    assert "退订" in page.text


async def test_estimates_checks_previews_and_traces_know_letters(api: Api, tenant: Tenant, mail: MailServer) -> None:
    await known(api, tenant)
    await api.phone(tenant, "one", external_id="ada")
    await api.phone(tenant, "two", external_id="ada")
    await api.phone(tenant, "three", external_id="bob")
    body = {"audience": {"include": {"all": True}}, "channels": ["inbox", "email"], "kind": "service"}
    told = (await api.call("POST", "/v1/audience/estimate", tenant.owner, body)).json()
    assert (told["by_channel"], told["excluded"]) == ({"inbox": 2, "email": 1}, {"no_address": 1})
    created = await api.call("POST", "/v1/campaigns", tenant.owner, draft(channels=["inbox", "email"], content=TEXT))
    path = f"/v1/campaigns/{created.json()['id']}"
    found = (await api.call("POST", f"{path}/check", tenant.owner)).json()
    assert {each["code"]: each["count"] for each in found["warnings"]}["no_credentials"] == 1
    looks = (await api.call("POST", f"{path}/preview", tenant.owner)).json()["looks"]
    assert (looks["email"]["link"], looks["inbox"]["link"]) == ("https://shop.example", "shop://inbox")
    await put(api, tenant, asked(mail))
    found = (await api.call("POST", f"{path}/check", tenant.owner)).json()
    assert "no_credentials" not in {each["code"] for each in found["warnings"]}
    await api.call("POST", f"{path}/launch", tenant.owner)
    await api.sent(tenant, created.json()["id"])
    trace = (await api.call("GET", f"/v1/people/ada/trace?campaign_id={created.json()['id']}", tenant.owner)).json()
    assert "The mail server took it." in [step["words"] for step in trace["steps"]]
    trace = (await api.call("GET", f"/v1/people/bob/trace?campaign_id={created.json()['id']}", tenant.owner)).json()
    assert "It was not sent: there is no address to send it to." in [step["words"] for step in trace["steps"]]
    metrics = (await api.call("GET", f"{path}/metrics", tenant.owner)).json()
    assert metrics["by_channel"]["email"]["accepted"] == 1
