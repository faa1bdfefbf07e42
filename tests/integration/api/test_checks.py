"""What a campaign's check finds before it goes out, and what keeps it from going."""

from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant, draft


def content(title: str, body: str = "", **fields: Any) -> dict[str, Any]:
    return {"default_locale": "en", "translations": {"en": {"title": title, "body": body}}, **fields}


async def composed(api: Api, tenant: Tenant, **fields: Any) -> str:
    created = await api.call("POST", "/v1/campaigns", tenant.owner, draft(**fields))
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


async def check(api: Api, tenant: Tenant, campaign: str) -> Any:
    answer = await api.call("POST", f"/v1/campaigns/{campaign}/check", tenant.owner)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(api: Api, tenant: Tenant, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Errors and warnings of such a draft, by code."""
    told = await check(api, tenant, await composed(api, tenant, **fields))
    errors, warnings = ({each["code"]: each for each in told[kind]} for kind in ("errors", "warnings"))
    return errors, warnings


async def launch(api: Api, tenant: Tenant, campaign: str) -> Any:
    return await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)


async def test_a_sound_campaign_has_no_errors_and_is_launched(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada", topics=["news"])
    campaign = await composed(api, tenant, audience={"include": {"topics": ["news"]}})
    told = await check(api, tenant, campaign)
    assert (told["version"], told["errors"], told["warnings"]) == (1, [], [])
    assert (await launch(api, tenant, campaign)).status_code == 200


async def test_what_was_found_is_kept_until_the_campaign_is_changed(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada")
    await api.phone(tenant, "two", external_id="bob")
    campaign = await composed(api, tenant)
    told = await check(api, tenant, campaign)
    assert [each["code"] for each in told["warnings"]] == ["everybody"]
    assert (await api.call("GET", f"/v1/campaigns/{campaign}", tenant.owner)).json()["checked"] == told
    launched = await api.call("GET", f"/v1/campaigns/{await composed(api, tenant)}", tenant.owner)
    assert launched.json()["checked"] is None
    changed = await api.call("PATCH", f"/v1/campaigns/{campaign}", tenant.owner, {"name": "Summer"})
    assert changed.json()["checked"] is None
    told = await check(api, tenant, campaign)
    assert told["version"] == 2
    assert (await launch(api, tenant, campaign)).json()["checked"] == told


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ("https://shop.example/spring?a=b#c", False),
        ("shop:basket/7", False),
        ("tel:+4930123456", False),
        ("https://", True),
        ("https:shop.example", True),
        ("https://shop..example/", True),
        ("https://intranet/", True),
        ("https://shop.example:99999/", True),
        ("shop://", True),
    ],
)
async def test_links_are_looked_at_by_their_form(api: Api, tenant: Tenant, link: str, dead: bool) -> None:
    await api.phone(tenant, "one")
    told = content("Hi", actions=[{"id": "open", "label": "Open", "link": link}])
    campaign = await composed(api, tenant, content=told)
    errors = (await check(api, tenant, campaign))["errors"]
    assert [(each["code"], each["pointer"]) for each in errors] == (
        [("dead_link", "/content/actions/0/link")] if dead else []
    )
    launched = await launch(api, tenant, campaign)
    assert launched.status_code == (409 if dead else 200), launched.text
    if dead:
        assert launched.json()["errors"][0]["pointer"] == "/content/actions/0/link"
        state = (await api.call("GET", f"/v1/campaigns/{campaign}", tenant.owner)).json()["state"]
        assert state == "draft"


async def test_promotion_says_what_the_app_demands_of_it_in_every_language_and_variant(
    api: Api, tenant: Tenant
) -> None:
    demanded = {"promotion_label": "[AD]", "sender_name": "Corner Coffee"}
    changed = await api.call("PATCH", "/v1/settings", tenant.owner, demanded)
    assert {name: changed.json()[name] for name in demanded} == demanded
    phone = await api.phone(tenant, "one", external_id="ada")
    await api.call(
        "PUT", "/v1/me/preferences", phone.key, {"consent": {"promotion": True, "at": "2026-01-01T00:00:00Z"}}
    )
    good = content("[ad] Spring", "From corner coffee.")
    both = {**good, "translations": {**good["translations"], "zh": {"title": "春季 [AD]", "body": "欢迎"}}}
    experiment = {"variants": [{"name": "a", "content": good}, {"name": "b", "content": content("Spring")}]}

    errors, _ = await found(api, tenant, kind="promotion", content=good)
    assert errors == {}
    errors, _ = await found(api, tenant, kind="promotion", content=both)
    assert {code: each["pointer"] for code, each in errors.items()} == {"no_sender_name": "/content/translations/zh"}
    errors, _ = await found(api, tenant, kind="promotion", content=good, experiment=experiment)
    assert {code: each["pointer"] for code, each in errors.items()} == {
        "no_sender_name": "/experiment/variants/1/content/translations/en",
        "no_promotion_label": "/experiment/variants/1/content/translations/en",
    }
    errors, _ = await found(api, tenant, kind="service", content=content("Your order"))
    assert errors == {}
    await api.call("PATCH", "/v1/settings", tenant.owner, {"promotion_label": None, "sender_name": None})
    errors, _ = await found(api, tenant, kind="promotion", content=content("Spring"))
    assert errors == {}


async def test_nobody_is_a_warning_for_people_may_still_come(api: Api, tenant: Tenant) -> None:
    nobody = {"include": {"topics": ["nobody"]}}
    errors, warnings = await found(api, tenant, audience=nobody, channels=["push"])
    assert (list(errors), list(warnings)) == ([], ["nobody"])


async def test_who_is_left_out_is_told_with_the_reason(api: Api, tenant: Tenant) -> None:
    for name in ("ada", "bob", "eve"):
        phone = await api.phone(tenant, name, external_id=name)
    await api.call(
        "PUT", "/v1/me/preferences", phone.key, {"consent": {"promotion": True, "at": "2026-01-01T00:00:00Z"}}
    )
    errors, warnings = await found(api, tenant, kind="promotion")
    assert errors == {}
    assert warnings["no_consent"]["count"] == 2
    _, warnings = await found(api, tenant, kind="promotion", audience={"include": {"external_ids": ["ada"]}})
    assert warnings["nobody_reachable"]["facts"] == {"no_consent": "1"}
    assert warnings["nobody_reachable"]["detail"] == "Of 1 people nobody can be sent to: no_consent 1."


async def test_texts_are_tried_on_those_they_are_for(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada", locale="en")
    await api.phone(tenant, "two", external_id="bob", locale="fr-CA")
    broken = await composed(api, tenant, content=content("Hi", "{{ person.external_id | divided_by: 0 }}"))
    told = await check(api, tenant, broken)
    assert [(each["code"], each["count"]) for each in told["errors"]] == [("text_fails", 2)]
    refused = await launch(api, tenant, broken)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:fanfare:problem:check-failed")
    mended = {"content": content("Hi", "{{ person.external_id }}")}
    assert (await api.call("PATCH", f"/v1/campaigns/{broken}", tenant.owner, mended)).status_code == 200
    assert (await launch(api, tenant, broken)).status_code == 200
    some = content("Hi", "{% if person.external_id == 'bob' %}{{ 7 | divided_by: 0 }}{% endif %}")
    errors, warnings = await found(api, tenant, content=some)
    assert (errors, warnings["text_fails"]["count"]) == ({}, 1)
    assert warnings["missing_translation"]["count"] == 1
    assert "1 of the first 2 devices speak fr" in warnings["missing_translation"]["detail"]
    assert warnings["missing_translation"]["facts"] == {"locale": "fr", "default": "en", "looked_at": "2"}
    grown = content("Hi", "{% for i in (1..500) %}0123456789{% endfor %}")
    errors, _ = await found(api, tenant, content=grown)
    assert errors["too_large"]["count"] == 2


async def test_a_campaign_that_says_what_another_said_this_week_is_told(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one")
    first = await composed(api, tenant, name="First", content=content("Spring is  here", "Look"))
    _, warnings = await found(api, tenant, content=content("spring is here", "look"))
    assert "repeated" not in warnings
    assert (await launch(api, tenant, first)).status_code == 200
    _, warnings = await found(api, tenant, content=content("spring is here", "look"))
    assert first in warnings["repeated"]["detail"]
    assert warnings["repeated"]["facts"]["campaign_id"] == first
    _, warnings = await found(api, tenant, content=content("Summer is here", "look"))
    assert "repeated" not in warnings


async def test_a_large_campaign_is_told_that_somebody_else_has_to_approve_it(api: Api, tenant: Tenant) -> None:
    for number in range(3):
        await api.phone(tenant, f"install-{number}")
    await api.call("PATCH", "/v1/settings", tenant.owner, {"four_eyes_above": 2})
    _, warnings = await found(api, tenant)
    assert warnings["needs_approval"]["count"] == 2


async def test_checks_and_previews_of_others_and_of_messages_are_not_there(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    campaign = await composed(api, other)
    await api.phone(tenant, "one", external_id="ada")
    message = {"to": {"external_ids": ["ada"]}, "kind": "service", "content": content("Hi")}
    sent = (await api.call("POST", "/v1/messages", tenant.owner, message)).json()["message_id"]
    for verb in ("check", "preview"):
        for each in (campaign, sent, "cmp_0"):
            answer = await api.call("POST", f"/v1/campaigns/{each}/{verb}", tenant.owner)
            assert answer.status_code == 404, (verb, each)


async def preview(api: Api, tenant: Tenant, campaign: str, body: Any = None, status: int = 200) -> Any:
    answer = await api.call("POST", f"/v1/campaigns/{campaign}/preview", tenant.owner, body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_preview_speaks_the_language_and_the_name_of_the_person(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "phone", external_id="ada", locale="zh-CN", platform="android")
    await api.phone(tenant, "browser", external_id="ada", locale="en-GB", platform="web")
    await api.call("PUT", "/v1/people/ada", tenant.owner, {"attributes": {"first_name": "Ada"}})
    hello = {"title": "Hi {{ person.first_name | default: 'there' }}", "body": "{{ device.platform }}"}
    told = content("-", actions=[{"id": f"a{number}", "label": "Go"} for number in range(3)])
    told["translations"] = {"en": hello, "zh": {"title": "你好 {{ person.first_name }}"}}
    campaign = await composed(api, tenant, content=told, channels=["push", "inbox"])

    looks = (await preview(api, tenant, campaign, {"external_id": "ada"}))["looks"]
    assert set(looks) == {"android", "ios", "web", "inbox"}
    assert (looks["android"]["translation"], looks["android"]["title"]) == ("zh", "你好 Ada")
    assert (looks["web"]["translation"], looks["web"]["title"], looks["web"]["body"]) == ("en", "Hi Ada", "web")
    assert (len(looks["web"]["actions"]), len(looks["android"]["actions"])) == (2, 3)
    assert 0 < looks["web"]["bytes"] < looks["web"]["bytes_most"] == 2800
    assert looks["android"]["bytes_most"] == 4096
    assert looks["inbox"]["bytes"] is None

    looks = (await preview(api, tenant, campaign, {"locale": "en-US"}))["looks"]
    assert (looks["ios"]["title"], looks["ios"]["body"]) == ("Hi there", "")
    assert (await preview(api, tenant, campaign))["looks"]["ios"]["translation"] == "en"
    await preview(api, tenant, campaign, {"external_id": "nobody"}, status=404)
    await preview(api, tenant, campaign, {"external_id": "ada", "locale": "en"}, status=400)


async def test_a_preview_shows_the_variant_that_is_asked_for_or_that_the_person_will_get(
    api: Api, tenant: Tenant
) -> None:
    for name in ("ada", "bob", "eve", "joe"):
        await api.phone(tenant, name, external_id=name)
    variants = [{"name": each, "content": content(each)} for each in ("a", "b")]
    campaign = await composed(api, tenant, experiment={"variants": variants})
    shown = await preview(api, tenant, campaign, {"variant": "b"})
    assert (shown["variant"], list(shown["looks"]), shown["looks"]["inbox"]["title"]) == ("b", ["inbox"], "b")
    await preview(api, tenant, campaign, {"variant": "c"}, status=400)
    foreseen = {
        name: (await preview(api, tenant, campaign, {"external_id": name}))["variant"]
        for name in ("ada", "bob", "eve", "joe")
    }
    assert (await launch(api, tenant, campaign)).status_code == 200
    people = {
        name: (await api.call("GET", f"/v1/people/{name}", tenant.owner)).json()["person_id"] for name in foreseen
    }
    stored = await api.engine.campaigns.get(tenant.app_id, campaign)
    assert stored.experiment is not None
    groups = {name: stored.experiment.group_of(campaign, person) for name, person in people.items()}
    assert groups == foreseen


async def test_a_text_that_fails_for_this_person_is_told_by_a_preview(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada")
    campaign = await composed(api, tenant, content=content("Hi", "{{ 7 | divided_by: 0 }}"))
    problem = await preview(api, tenant, campaign, {"external_id": "ada"}, status=400)
    assert problem["errors"][0]["pointer"] == "/content/translations/en"


async def test_a_text_about_an_event_is_tried_on_one_and_is_odd_without_a_trigger(api: Api, tenant: Tenant) -> None:
    await api.phone(tenant, "one", external_id="ada")
    told = content("You left {{ event.value }} {{ event.currency }}", "{{ event.name | upcase }}")
    trigger = {"trigger": {"event": "cart"}}
    campaign = await composed(api, tenant, content=told, schedule=trigger)
    shown = (await preview(api, tenant, campaign))["looks"]["inbox"]
    assert (shown["title"], shown["body"]) == ("You left 49.9 EUR", "CART")
    assert "no_event" not in {each["code"] for each in (await check(api, tenant, campaign))["warnings"]}
    _, warnings = await found(api, tenant, content=told)
    assert warnings["no_event"]["pointer"] == "/content/translations"
    errors, _ = await found(api, tenant, schedule=trigger, content=content("{{ 1 | divided_by: event.nothing }}"))
    assert "text_fails" in errors
