"""A campaign's ledger and events as files, each line once and nothing left out."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from push.settings import Settings
from tests.integration.api.serving import Api, Phone, Tenant, draft, serving, working


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as running, working(settings):
        yield running


async def exported(api: Api, tenant: Tenant, campaign: str, of: str, form: str) -> bytes:
    answer = await api.call("GET", f"/v1/campaigns/{campaign}/export?of={of}&format={form}", tenant.owner)
    assert answer.status_code == 200, answer.text
    assert f"{campaign}-{of}.{form}" in answer.headers["Content-Disposition"]
    return answer.content


async def opened(api: Api, phone: Phone) -> str:
    """The phone reads what came, and buys something for it."""
    item = (await api.call("GET", "/v1/inbox", phone.key)).json()["items"][0]
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = {"delivery_id": item["delivery_id"], "at": at}
    events: list[dict[str, Any]] = [
        {**told, "event_id": "e1", "kind": "opened"},
        {**told, "event_id": "e2", "kind": "converted", "name": "purchase", "value": 12.5, "currency": "EUR"},
        {**told, "event_id": "e3", "kind": "converted", "name": "gift", "value": 3},
    ]
    answer = await api.call("POST", "/v1/events", phone.key, {"events": events})
    assert answer.json()["accepted"] == 3, answer.text
    return str(item["delivery_id"])


async def test_each_delivery_and_each_report_is_one_line_in_every_format(api: Api) -> None:
    tenant = await api.tenant()
    phones = [await api.phone(tenant, f"phone-{number}", external_id=f"+ada{number}") for number in range(30)]
    campaign = await api.launch(tenant, audience={"include": {"external_ids": [f"+ada{n}" for n in range(30)]}})
    await api.sent(tenant, campaign)
    delivery = await opened(api, phones[7])

    rows = list(csv.DictReader(io.StringIO((await exported(api, tenant, campaign, "deliveries", "csv")).decode())))
    # A spreadsheet takes what begins with a plus sign for a formula.
    assert {row["external_id"] for row in rows} == {f"'+ada{number}" for number in range(30)}
    assert {row["state"] for row in rows if row["delivery_id"] != delivery} == {"accepted"}
    [mine] = [row for row in rows if row["delivery_id"] == delivery]
    assert (mine["state"], mine["external_id"]) == ("opened", "'+ada7")
    assert mine["opened_at"].endswith("Z")

    lines = [
        msgspec.json.decode(line)
        for line in (await exported(api, tenant, campaign, "deliveries", "ndjson")).splitlines()
    ]
    table = pq.read_table(io.BytesIO(await exported(api, tenant, campaign, "deliveries", "parquet"))).to_pylist()
    assert [line["delivery_id"] for line in lines] == [row["delivery_id"] for row in rows]
    assert [row["external_id"] for row in table] == [line["external_id"] for line in lines]
    assert all(row["accepted_at"].tzinfo is not None for row in table)

    events = pq.read_table(io.BytesIO(await exported(api, tenant, campaign, "events", "parquet"))).to_pylist()
    told = {event["event_id"]: event for event in events}
    assert sorted(told) == ["e1", "e2", "e3"]
    assert (told["e2"]["value"], told["e2"]["currency"], told["e2"]["name"]) == (12.5, "EUR", "purchase")
    lines = [
        msgspec.json.decode(line) for line in (await exported(api, tenant, campaign, "events", "ndjson")).splitlines()
    ]
    assert len(lines) == 3


async def test_a_campaign_without_recipients_is_a_head_and_another_apps_is_not_there(api: Api) -> None:
    tenant, other = await api.tenant(), await api.tenant()
    created = await api.call("POST", "/v1/campaigns", tenant.owner, draft())
    campaign = created.json()["id"]
    head = (await exported(api, tenant, campaign, "deliveries", "csv")).decode().splitlines()
    assert len(head) == 1
    assert head[0].startswith("delivery_id,channel,external_id")
    assert await exported(api, tenant, campaign, "events", "ndjson") == b""
    assert pq.read_table(io.BytesIO(await exported(api, tenant, campaign, "events", "parquet"))).num_rows == 0
    refused = await api.call("GET", f"/v1/campaigns/{campaign}/export", other.owner)
    assert refused.status_code == 404
    wrong = await api.call("GET", f"/v1/campaigns/{campaign}/export?format=xlsx", tenant.owner)
    assert wrong.status_code == 400
