"""Placements as those who compose keep them, and their numbers as everybody who reads sees them."""

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image

from tests.integration.api.serving import Api, Tenant, draft

POSTER = {"name": "Poster at the gate", "kind": "poster", "link": "https://shop.example/spring"}
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"}


async def placed(api: Api, tenant: Tenant, **fields: Any) -> dict[str, Any]:
    answer = await api.call("POST", "/v1/placements", tenant.owner, {**POSTER, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def follow(api: Api, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """As a phone does, from wherever the server is here."""
    return await api.call(method, httpx.URL(url).path, headers={**PHONE, **headers})


async def numbers(api: Api, tenant: Tenant, placement_id: str) -> dict[str, int]:
    counted: dict[str, int] = (await api.call("GET", f"/v1/placements/{placement_id}", tenant.owner)).json()["numbers"]
    return counted


async def test_a_poster_is_made_read_changed_archived_and_deleted(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant, tags=["spring", "gate", "spring"], place="North gate", utm={"source": "poster"})
    path = f"/v1/placements/{made['id']}"
    assert made["id"].startswith("plc_")
    assert made["tags"] == ["spring", "gate"]
    assert made["url"] != made["scan_url"]
    assert made["numbers"] == {"clicks": 0, "scans": 0, "unique": 0, "robots": 0, "late": 0}
    assert (await api.call("GET", path, tenant.owner)).json() == made

    changed = (await api.call("PATCH", path, tenant.owner, {"link": "shop://summer", "place": ""})).json()
    assert changed == {**made, "link": "shop://summer", "place": "", "changed_at": changed["changed_at"]}
    assert changed["changed_at"] > made["changed_at"]
    assert (await api.call("PATCH", path, tenant.owner, {})).json() == changed

    archived = (await api.call("POST", f"{path}/archive", tenant.owner)).json()
    assert archived["archived_at"]
    assert (await api.call("POST", f"{path}/archive", tenant.owner)).json()["archived_at"] == archived["archived_at"]
    assert (await api.call("GET", "/v1/placements", tenant.owner)).json()["items"] == []
    listed = (await api.call("GET", "/v1/placements?archived=true", tenant.owner)).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert (await api.call("POST", f"{path}/unarchive", tenant.owner)).json()["archived_at"] is None

    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    for method, there in (("GET", ""), ("DELETE", ""), ("POST", "/archive"), ("GET", "/metrics"), ("GET", "/qr")):
        assert (await api.call(method, path + there, tenant.owner)).status_code == 404
    assert (await follow(api, made["url"])).status_code == 404
    actions = [each["action"] for each in (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]]
    assert actions == [
        *("placement.deleted", "placement.unarchived", "placement.archived", "placement.archived"),
        *("placement.changed", "placement.changed", "placement.created"),
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"link": "http://shop.example"}, "/link"),
        ({"link": "javascript:alert(1)"}, "/link"),
        ({"link": "no link"}, "/link"),
        ({"link": "http://127.0.0.1:8080/r/0000"}, "/link"),
        ({"campaign_id": "cmp_0"}, "/campaign_id"),
        ({"kind": "billboard"}, "/kind"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "/valid_until"),
        ({"valid_until": "0001-01-01T00:00:00Z"}, ""),
        ({"name": "two\nlines"}, "/name"),
        ({"utm": {"sauce": "poster"}}, "/utm/sauce"),
    ],
)
async def test_what_could_not_be_meant_is_refused(api: Api, tenant: Tenant, wrong: Any, pointer: str) -> None:
    refused = await api.call("POST", "/v1/placements", tenant.owner, {**POSTER, **wrong})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_change_is_checked_as_a_new_one_is(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    for wrong in ({"link": "http://shop.example"}, {"campaign_id": "cmp_0"}, {"archived_at": None}):
        refused = await api.call("PATCH", f"/v1/placements/{made['id']}", tenant.owner, wrong)
        assert refused.status_code == 400
    assert (await api.call("GET", f"/v1/placements/{made['id']}", tenant.owner)).json() == made


async def test_they_are_listed_newest_first_page_by_page_and_by_campaign(api: Api, tenant: Tenant) -> None:
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    names = []
    for number in range(5):
        mine = {"campaign_id": campaign} if number % 2 else {}
        names.append((await placed(api, tenant, name=f"Poster {number}", **mine))["name"])
    seen, cursor = [], ""
    while True:
        answer = (await api.call("GET", f"/v1/placements?limit=2&cursor={cursor}", tenant.owner)).json()
        seen += [each["name"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == names[::-1]
    of_campaign = (await api.call("GET", f"/v1/placements?campaign_id={campaign}", tenant.owner)).json()["items"]
    assert [each["name"] for each in of_campaign] == ["Poster 3", "Poster 1"]
    assert (await api.call("GET", "/v1/placements?cursor=Y21wXzA", tenant.owner)).status_code == 400


async def test_asked_twice_it_is_made_once(api: Api, tenant: Tenant) -> None:
    twice = [
        await api.call("POST", "/v1/placements", tenant.owner, POSTER, headers={"Idempotency-Key": "poster-1"})
        for _ in range(2)
    ]
    assert twice[0].json() == twice[1].json()
    assert len((await api.call("GET", "/v1/placements", tenant.owner)).json()["items"]) == 1


async def test_a_placement_is_its_app_s_alone(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    theirs = await placed(api, other)
    path = f"/v1/placements/{theirs['id']}"
    for method, there in (("GET", ""), ("DELETE", ""), ("POST", "/archive"), ("GET", "/metrics"), ("GET", "/qr")):
        assert (await api.call(method, path + there, tenant.owner)).status_code == 404
    assert (await api.call("PATCH", path, tenant.owner, {"link": "https://evil.example"})).status_code == 404
    assert (await follow(api, theirs["url"])).headers["Location"] == POSTER["link"]


async def test_its_qr_code_holds_the_address_that_counts_as_a_scan(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    png = await api.call("GET", f"/v1/placements/{made['id']}/qr?format=png&size=400&level=Q", tenant.owner)
    assert png.headers["Content-Type"] == "image/png"
    picture = Image.open(io.BytesIO(png.content)).convert("L")
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [made["scan_url"]]
    svg = await api.call("GET", f"/v1/placements/{made['id']}/qr", tenant.owner)
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.text.startswith('<svg width="512" height="512"')
    for wrong in ("format=pdf", "size=64", "size=5000", "level=L"):
        assert (await api.call("GET", f"/v1/placements/{made['id']}/qr?{wrong}", tenant.owner)).status_code == 400


async def test_numbers_come_by_hour_and_day_and_stop_where_they_are_told_to(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    for url, times in ((made["url"], 3), (made["scan_url"], 2)):
        for _ in range(times):
            assert (await follow(api, url)).status_code == 302
    now = api.engine.clock.now()
    metrics = f"/v1/placements/{made['id']}/metrics"
    for bucket in ("hour", "day"):
        told = (await api.call("GET", f"{metrics}?bucket={bucket}", tenant.owner)).json()
        assert told["total"] == {"clicks": 3, "scans": 2, "unique": 1, "robots": 0, "late": 0}
        assert sum(point["counts"]["clicks"] for point in told["timeline"]) == 3
        start = (
            now.replace(minute=0, second=0, microsecond=0)
            if bucket == "hour"
            else now.replace(hour=0, minute=0, second=0, microsecond=0)
        )
        assert start.isoformat().startswith(told["timeline"][-1]["at"][:16])
    before = (now - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    earlier = (now - timedelta(days=3)).isoformat().replace("+00:00", "Z")
    told = (await api.call("GET", f"{metrics}?from={earlier}&to={before}", tenant.owner)).json()
    assert (told["total"]["clicks"], told["timeline"]) == (0, [])
    assert (await api.call("GET", f"{metrics}?from={before}&to={earlier}", tenant.owner)).status_code == 400
    long_ago = (now - timedelta(days=100)).isoformat().replace("+00:00", "Z")
    assert (await api.call("GET", f"{metrics}?from={long_ago}&bucket=hour", tenant.owner)).status_code == 400
    assert (await api.call("GET", f"{metrics}?from={long_ago}&bucket=day", tenant.owner)).json()["total"]["scans"] == 2


async def test_numbers_are_a_file_too(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    await follow(api, made["scan_url"])
    await follow(api, made["url"])
    path = f"/v1/placements/{made['id']}/export"
    told = await api.call("GET", f"{path}?bucket=hour", tenant.owner)
    assert told.headers["Content-Type"].startswith("text/csv")
    assert f'filename="{made["id"]}-hour.csv"' in told.headers["Content-Disposition"]
    head, line = told.text.splitlines()
    assert head == "at,scans,clicks,unique,robots,late"
    assert line.partition(",")[2] == "1,1,1,0,0"
    lines = (await api.call("GET", f"{path}?format=ndjson", tenant.owner)).text.splitlines()
    assert len(lines) == 1
    assert '"scans":1' in lines[0]
    assert (await api.call("GET", f"{path}?from=2020-01-01T00:00:00Z", tenant.owner)).status_code == 400
    assert (await api.call("GET", f"{path}?format=xls", tenant.owner)).status_code == 400
