"""The message centre as an app shows it."""

import asyncio
from datetime import timedelta

from tests.integration.api.serving import Api, Tenant, draft


async def test_an_inbox_unchanged_costs_a_304_and_a_change_shows(api: Api, tenant: Tenant, worker: None) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    first = await api.call("GET", "/v1/inbox", phone.key)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = await api.call("GET", "/v1/inbox", phone.key, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    await api.sent(tenant, await api.launch(tenant))
    answer = await api.call("GET", "/v1/inbox", phone.key, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["unread"]) == (200, 1)
    item, tag = answer.json()["items"][0], answer.headers["etag"]
    assert item["title"] == "Spring is here"
    await api.call("POST", f"/v1/inbox/{item['id']}/read", phone.key)
    answer = await api.call("GET", "/v1/inbox", phone.key, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["unread"]) == (200, 0)
    assert answer.json()["items"][0]["read_at"].endswith("Z")


async def test_reading_archiving_and_deleting_may_come_twice_and_in_any_order(
    api: Api, tenant: Tenant, worker: None
) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    await api.sent(tenant, await api.launch(tenant))
    item = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"][0]
    path = f"/v1/inbox/{item['id']}"
    for verb in ("seen", "seen", "archive", "read", "archive", "acknowledge", "unread", "read"):
        assert (await api.call("POST", f"{path}/{verb}", phone.key)).status_code == 204
    assert (await api.call("GET", "/v1/inbox", phone.key)).json()["items"] == []
    archived = (await api.call("GET", "/v1/inbox?filter=archived", phone.key)).json()["items"]
    assert [each["id"] for each in archived] == [item["id"]]
    await api.call("POST", f"{path}/unarchive", phone.key)
    assert len((await api.call("GET", "/v1/inbox", phone.key)).json()["items"]) == 1
    for _ in range(2):
        assert (await api.call("DELETE", path, phone.key)).status_code == 204
    assert (await api.call("GET", "/v1/inbox", phone.key)).json()["items"] == []
    assert (await api.call("GET", "/v1/inbox/summary", phone.key)).json() == {"unread": 0, "unseen": 0}


async def test_pages_have_no_gap_and_no_repeat_while_items_arrive(api: Api, tenant: Tenant, worker: None) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    for number in range(7):
        await api.sent(tenant, await api.launch(tenant, name=f"{number}"))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.call("GET", "/v1/inbox", phone.key, params={"limit": 3, "cursor": cursor})).json()
        seen += [item["campaign_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        await api.sent(tenant, await api.launch(tenant, name="late"))
    assert len(seen) == len(set(seen)) == 7


async def test_what_has_expired_is_gone_at_once(api: Api, tenant: Tenant, worker: None) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    ends = api.engine.clock.now() + timedelta(seconds=4)
    campaign = await api.launch(tenant, limits={"expires_at": ends.isoformat()})
    await api.sent(tenant, campaign)
    before = await api.call("GET", "/v1/inbox", phone.key)
    assert before.json()["unread"] == 1
    item = before.json()["items"][0]
    await asyncio.sleep(max(0.0, (ends - api.engine.clock.now()).total_seconds()) + 0.05)
    headers = {"If-None-Match": before.headers["etag"]}
    after = await api.call("GET", "/v1/inbox", phone.key, headers=headers)
    assert (after.status_code, after.json()["items"], after.json()["unread"]) == (200, [], 0)
    assert (await api.call("POST", f"/v1/inbox/{item['id']}/read", phone.key)).status_code == 404


async def test_a_message_reaches_the_inbox_of_who_logs_in_later(api: Api, tenant: Tenant, worker: None) -> None:
    message = {"to": {"external_ids": ["ada"]}, "kind": "service", "content": draft()["content"], "channels": ["inbox"]}
    phone = await api.phone(tenant, "install-1", external_id="ada")
    await api.call("DELETE", "/v1/devices/me/person", phone.key)
    sent = (await api.call("POST", "/v1/messages", tenant.owner, message)).json()["message_id"]
    await api.sent(tenant, sent)
    assert (await api.call("GET", "/v1/inbox", phone.key)).json()["items"] == []
    await api.call("PUT", "/v1/devices/me/person", phone.key, {"external_id": "ada"})
    assert len((await api.call("GET", "/v1/inbox", phone.key)).json()["items"]) == 1
