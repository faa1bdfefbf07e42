"""Tracked links: where they lead, what they count, and what nobody learns from it (check 51)."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

from push.settings import Settings
from tests.integration.api.serving import Api, Tenant, serving
from tests.integration.api.test_placements import POSTER, follow, numbers, placed

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
NOTHING = {"clicks": 0, "scans": 0, "unique": 0, "robots": 0, "late": 0}


async def test_a_click_and_a_scan_lead_to_the_stored_link_and_are_counted_apart(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    for url in (made["url"], made["scan_url"], made["scan_url"]):
        answer = await follow(api, url)
        assert (answer.status_code, answer.headers["Location"], answer.content) == (302, POSTER["link"], b"")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
    assert await numbers(api, tenant, made["id"]) == {**NOTHING, "clicks": 1, "scans": 2, "unique": 1}


async def test_a_tampered_link_is_a_400_and_one_that_nobody_has_a_404(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    code = made["url"].rpartition("/")[2]
    other = (await placed(api, tenant))["url"].rpartition("/")[2]
    tampered = [
        code[:-1] + ("0" if code[-1] != "0" else "1"),
        code[:8] + ("0" if code[8] != "0" else "1") + code[9:],
        other[:12] + code[12:],
        code[:-1],
        code + "0",
        "é" * 18,
        "%00",
        "x" * 4000,
    ]
    for each in tampered:
        answer = await api.call("GET", f"/r/{each}")
        assert (answer.status_code, "location" in answer.headers) == (400, False), each
        assert answer.headers["Content-Type"] == "application/problem+json"
    await api.call("DELETE", f"/v1/placements/{made['id']}", tenant.owner)
    assert (await follow(api, made["url"])).status_code == 404
    assert (await api.call("GET", "/r/")).status_code == 404


async def test_it_leads_nowhere_but_to_the_stored_link_whatever_the_request_says(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    path = httpx.URL(made["url"]).path
    for asked in (
        "?url=https://evil.example",
        "?next=//evil.example&link=https://evil.example&utm_source=evil",
        "?fanfare_placement=plc_evil",
    ):
        answer = await follow(api, path + asked, Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
        assert (answer.status_code, answer.headers["Location"]) == (302, POSTER["link"])
    assert (await api.call("GET", f"{path}//evil.example")).status_code == 404
    assert (await api.call("POST", path)).status_code == 405


async def test_what_is_stored_goes_with_the_link(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant, utm={"source": "poster", "campaign": "spring"}, carry_id=True)
    assert (await follow(api, made["scan_url"])).headers["Location"] == (
        f"{POSTER['link']}?utm_source=poster&utm_campaign=spring&fanfare_placement={made['id']}"
    )
    await api.call("PATCH", f"/v1/placements/{made['id']}", tenant.owner, {"link": "shop://春", "carry_id": False})
    assert (await follow(api, made["scan_url"])).headers["Location"] == "shop://%E6%98%A5"


async def test_what_is_over_or_archived_says_so_and_is_counted_as_late(api: Api, tenant: Tenant) -> None:
    ends = api.engine.clock.now() + timedelta(seconds=1)
    made = await placed(api, tenant, valid_until=ends.isoformat().replace("+00:00", "Z"))
    archived = await placed(api, tenant)
    await api.call("POST", f"/v1/placements/{archived['id']}/archive", tenant.owner)
    assert (await follow(api, made["url"])).status_code == 302
    await asyncio.sleep(1.1)
    for each in (made, archived):
        answer = await follow(api, each["scan_url"], **BROWSER)
        assert (answer.status_code, "location" in answer.headers) == (410, False)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert await numbers(api, tenant, made["id"]) == {**NOTHING, "clicks": 1, "unique": 1, "late": 1}
    assert await numbers(api, tenant, archived["id"]) == {**NOTHING, "late": 1}
    await api.call("POST", f"/v1/placements/{archived['id']}/unarchive", tenant.owner)
    assert (await follow(api, archived["scan_url"])).status_code == 302


@pytest.mark.parametrize(
    ("accepted", "language", "said"),
    [
        ("en-GB,en;q=0.9,zh;q=0.5", "en", "This is over"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "活动已结束"),
        ("", "en", "is over"),
    ],
)
async def test_people_read_why_in_their_language_and_programmes_a_problem(
    api: Api, tenant: Tenant, accepted: str, language: str, said: str
) -> None:
    made = await placed(api, tenant)
    await api.call("POST", f"/v1/placements/{made['id']}/archive", tenant.owner)
    page = await follow(api, made["url"], **BROWSER, **{"Accept-Language": accepted})
    assert (page.status_code, page.headers["Content-Language"], said in page.text) == (410, language, True)
    assert "default-src 'none'; style-src 'sha256-" in page.headers["Content-Security-Policy"]
    problem = (await follow(api, made["url"])).json()
    assert (problem["status"], problem["type"]) == (410, "urn:fanfare:problem:over")
    mistyped = await api.call("GET", "/r/nothing", headers=BROWSER)
    assert (mistyped.status_code, "This code is not right" in mistyped.text) == (400, True)


async def test_robots_and_browsers_that_look_ahead_are_counted_apart(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    for headers in (
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
    ):
        assert (await follow(api, made["url"], **headers)).status_code == 302
    assert await numbers(api, tenant, made["id"]) == {**NOTHING, "robots": 5}


async def test_a_head_request_leads_there_and_is_not_counted(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    answer = await follow(api, made["url"], method="HEAD")
    assert (answer.status_code, answer.headers["Location"]) == (302, POSTER["link"])
    assert (await api.call("HEAD", "/r/nothing")).status_code == 400
    assert await numbers(api, tenant, made["id"]) == NOTHING


async def test_a_visitor_is_one_for_a_day_and_for_each_placement(api: Api, tenant: Tenant) -> None:
    made, second = await placed(api, tenant), await placed(api, tenant)
    for name in ("One", "Two", "One", "Two", "Two"):
        await follow(api, made["url"], **{"User-Agent": f"Mozilla/5.0 ({name})"})
    await follow(api, second["scan_url"], **{"User-Agent": "Mozilla/5.0 (One)"})
    assert await numbers(api, tenant, made["id"]) == {**NOTHING, "clicks": 5, "unique": 2}
    assert await numbers(api, tenant, second["id"]) == {**NOTHING, "scans": 1, "unique": 1}


async def test_nothing_of_a_visitor_is_kept_but_a_hash_that_ends_with_the_day(api: Api, tenant: Tenant) -> None:
    made = await placed(api, tenant)
    await follow(api, made["url"], **{"User-Agent": "Mozilla/5.0 (Very Own Phone)", "Accept-Language": "rm-CH"})
    kept: list[dict[str, Any]] = []
    for name in ("placements", "placement_counters", "placement_visitors"):
        kept += [each async for each in api.engine.database.collection(name).find({"app_id": tenant.app_id})]
    text = str(kept)
    assert [word for word in ("127.0.0.1", "Very Own", "Mozilla", "rm-CH") if word in text] == []
    visitors = [
        each async for each in api.engine.database.collection("placement_visitors").find({"app_id": tenant.app_id})
    ]
    midnight = api.engine.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert len(visitors) == 2, "a salt and a visitor"
    assert {each["forget_at"] for each in visitors} == {midnight}


async def test_of_many_at_once_through_two_processes_each_is_counted_once(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    made = await placed(api, tenant)
    async with serving(settings) as second:
        async with asyncio.timeout(30):
            answers = await asyncio.gather(
                *(
                    follow(where, url)
                    for url in (made["url"], made["scan_url"])
                    for where in (api, second)
                    for _ in range(40)
                )
            )
    assert {each.status_code for each in answers} == {302}
    assert await numbers(api, tenant, made["id"]) == {**NOTHING, "clicks": 80, "scans": 80, "unique": 1}
    told = (await api.call("GET", f"/v1/placements/{made['id']}/metrics?bucket=hour", tenant.owner)).json()
    assert told["total"] == await numbers(api, tenant, made["id"])


async def test_what_cannot_be_counted_now_is_told_to_come_again(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from push.errors import DatabaseAway

    made = await placed(api, tenant)

    async def away(*_: object) -> None:
        raise DatabaseAway

    with monkeypatch.context() as patched:
        patched.setattr(api.engine.ledger, "write", away)
        answer = await follow(api, made["url"], **BROWSER)
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert ("location" in answer.headers, "One moment" in answer.text) == (False, True)
    assert (await follow(api, made["url"])).status_code == 302
    assert (await numbers(api, tenant, made["id"]))["clicks"] == 1
    with contextlib.suppress(KeyError):
        assert answer.headers["set-cookie"] is None
