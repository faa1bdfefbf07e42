"""What a person was sent and what they said, as whoever looks them up sees it."""

from collections.abc import AsyncIterator

import pytest

from push.settings import Settings
from tests.integration.api.serving import Api, Tenant, draft, serving, working


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as running, working(settings):
        yield running


async def sent(api: Api, tenant: Tenant, name: str) -> str:
    body = {**draft(audience={"include": {"external_ids": ["ada"]}}), "name": name}
    campaign_id = str((await api.call("POST", "/v1/campaigns", tenant.owner, body)).json()["id"])
    await api.call("POST", f"/v1/campaigns/{campaign_id}/launch", tenant.owner)
    await api.sent(tenant, campaign_id)
    return campaign_id


async def test_what_a_person_was_sent_is_told_newest_first_page_by_page(api: Api) -> None:
    tenant = await api.tenant()
    await api.phone(tenant, "install-ada", external_id="ada")
    await api.phone(tenant, "install-bob", external_id="bob")
    campaigns = [await sent(api, tenant, f"Letter {number}") for number in range(3)]
    found, cursor = [], ""
    while True:
        answer = await api.call("GET", f"/v1/people/ada/deliveries?limit=2&cursor={cursor}", tenant.owner)
        page = answer.json()
        found += page["items"]
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
    assert list(dict.fromkeys(each["campaign_id"] for each in found)) == campaigns[::-1]
    assert len({each["delivery_id"] for each in found}) == len(found) == 3
    told = [(each["campaign_name"], each["channel"], each["state"]) for each in found]
    assert told == [(f"Letter {number}", "inbox", "accepted") for number in (2, 1, 0)]
    assert (await api.call("GET", "/v1/people/bob/deliveries", tenant.owner)).json()["items"] == []
    assert (await api.call("GET", "/v1/people/nobody/deliveries", tenant.owner)).status_code == 404
    assert (await api.call("GET", "/v1/people/ada/deliveries?cursor=eHg", tenant.owner)).status_code == 400


async def test_a_recipient_is_called_what_the_app_calls_them_until_they_are_erased(api: Api) -> None:
    tenant = await api.tenant()
    await api.phone(tenant, "install-ada", external_id="ada")
    campaign_id = await sent(api, tenant, "Letter")

    async def called() -> set[str | None]:
        answer = await api.call("GET", f"/v1/campaigns/{campaign_id}/recipients", tenant.owner)
        return {each["external_id"] for each in answer.json()["items"]}

    assert await called() == {"ada"}
    await api.call("DELETE", "/v1/people/ada", tenant.owner)
    assert await called() == {None}


async def test_every_word_about_promotion_is_told_the_last_one_first(api: Api) -> None:
    tenant = await api.tenant()
    for agreed, source in ((True, "sign-up"), (False, "settings")):
        said = {"promotion": agreed, "at": "2026-03-01T09:00:00Z", "source": source}
        await api.call("PUT", "/v1/people/ada", tenant.owner, {"consent": said})
    found = (await api.call("GET", "/v1/people/ada/consents", tenant.owner)).json()
    assert [(each["promotion"], each["source"]) for each in found["items"]] == [(False, "settings"), (True, "sign-up")]
    assert found["next_cursor"] is None
