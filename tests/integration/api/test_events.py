"""Phones report, and the numbers move once."""

from typing import Any

from tests.integration.api.serving import Api, Phone, Tenant


async def delivered(api: Api, tenant: Tenant) -> tuple[Phone, str, str]:
    """A phone, a campaign in its inbox, and the delivery."""
    phone = await api.phone(tenant, "install-1", external_id="ada")
    campaign = await api.launch(tenant)
    await api.sent(tenant, campaign)
    item = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"][0]
    return phone, campaign, item["delivery_id"]


def event(api: Api, number: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "kind": kind, "at": api.engine.clock.now().isoformat(), **fields}


async def report(api: Api, key: str | None, *events: dict[str, Any]) -> dict[str, Any]:
    answer = await api.call("POST", "/v1/events", key, {"events": list(events)})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def funnel(api: Api, tenant: Tenant, campaign: str) -> dict[str, int]:
    answer = await api.call("GET", f"/v1/campaigns/{campaign}/metrics", tenant.owner)
    return dict(answer.json()["total"])


async def test_the_same_report_three_times_counts_once(api: Api, tenant: Tenant, worker: None) -> None:
    phone, campaign, delivery = await delivered(api, tenant)
    opened = event(api, 1, "opened", delivery_id=delivery)
    for expected in ((1, 0), (0, 1), (0, 1)):
        answer = await report(api, phone.key, opened)
        assert (answer["accepted"], answer["duplicates"]) == expected
    late = event(api, 2, "opened", delivery_id=delivery)
    assert (await report(api, phone.key, late))["duplicates"] == 1
    assert (await funnel(api, tenant, campaign))["opened"] == 1


async def test_a_receipt_speaks_for_its_delivery_without_a_key(api: Api, tenant: Tenant, worker: None) -> None:
    _, campaign, delivery = await delivered(api, tenant)
    receipt = api.engine.tokens.receipt(tenant.app_id, delivery)
    answer = await report(api, None, event(api, 1, "opened", receipt=receipt))
    assert answer["accepted"] == 1
    assert (await funnel(api, tenant, campaign))["opened"] == 1


async def test_forged_and_foreign_reports_are_refused_one_by_one(api: Api, tenant: Tenant, worker: None) -> None:
    phone, campaign, delivery = await delivered(api, tenant)
    other = await api.tenant("Other")
    stranger, _, foreign = await delivered(api, other)
    receipt = api.engine.tokens.receipt(tenant.app_id, delivery)
    flipped = receipt[:-1] + ("A" if receipt[-1] != "A" else "B")
    answer = await report(
        api,
        phone.key,
        event(api, 1, "opened", receipt=flipped),
        event(api, 2, "opened", delivery_id=foreign),
        event(api, 3, "opened", receipt=api.engine.tokens.receipt(other.app_id, foreign)),
        event(api, 4, "clicked", delivery_id=delivery),
        event(api, 5, "opened", delivery_id="dlv_nothing"),
    )
    assert answer["accepted"] == 1
    assert [rejected["index"] for rejected in answer["rejected"]] == [0, 1, 2, 4]
    assert (await report(api, stranger.key, event(api, 6, "opened", delivery_id=delivery)))["accepted"] == 0
    numbers = await funnel(api, tenant, campaign)
    assert (numbers["opened"], numbers["clicked"]) == (0, 1)


async def test_without_a_key_every_event_needs_its_receipt(api: Api, tenant: Tenant) -> None:
    body = {"events": [event(api, 1, "opened", delivery_id="dlv_1")]}
    assert (await api.call("POST", "/v1/events", None, body)).status_code == 401
    assert (await api.call("POST", "/v1/events", "ffd_bad", body)).status_code == 401


async def test_more_than_five_hundred_at_once_are_refused(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    for count, status in ((0, 400), (500, 202), (501, 400)):
        events = [event(api, number, "opened", delivery_id="dlv_1") for number in range(count)]
        answer = await api.call("POST", "/v1/events", phone.key, {"events": events})
        assert answer.status_code == status
