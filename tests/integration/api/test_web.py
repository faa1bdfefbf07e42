"""What browsers get: the SDK, the demo page, protective headers, and other origins only where phones speak."""

import pytest

from tests.integration.api.serving import Api, Tenant


async def test_the_sdk_is_served_as_script_and_its_worker_may_rule_the_whole_site(api: Api) -> None:
    for name in ("fanfare.js", "fanfare-worker.js"):
        answer = await api.call("GET", f"/sdk/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["service-worker-allowed"] == "/"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_demo_page_may_load_from_here_only(api: Api) -> None:
    answer = await api.call("GET", "/demo")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    for line in answer.text.splitlines():
        assert not ("src=" in line and "//" in line), line


@pytest.mark.parametrize(
    ("path", "open_to_all"),
    [
        ("/v1/app", True),
        ("/v1/devices", True),
        ("/v1/devices/me/topics/news", True),
        ("/v1/me/preferences", True),
        ("/v1/inbox/itm_1/read", True),
        ("/v1/events", True),
        ("/v1/me", False),
        ("/v1/campaigns", False),
        ("/v1/keys", False),
        ("/v1/settings", False),
        ("/metrics", False),
    ],
)
async def test_other_origins_may_call_what_phones_call(api: Api, path: str, open_to_all: bool) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    answer = await api.call("OPTIONS", path, headers=asked)
    assert answer.status_code == 204
    assert ("access-control-allow-origin" in answer.headers) == open_to_all
    if open_to_all:
        assert "Fanfare-Device" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers


async def test_problems_carry_the_cross_origin_headers_too(api: Api, tenant: Tenant) -> None:
    answer = await api.call("GET", "/v1/inbox", headers={"Origin": "https://shop.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")
    assert answer.headers["cache-control"] == "no-store"


async def test_options_names_every_method_of_a_path(api: Api) -> None:
    assert (await api.call("OPTIONS", "/v1/devices/me")).headers["allow"] == "DELETE, GET, OPTIONS, PATCH"


async def test_metrics_have_bounded_labels(api: Api, tenant: Tenant) -> None:
    for number in range(20):
        await api.call("GET", f"/v1/campaigns/cmp_{number}", tenant.owner)
        await api.call("GET", f"/nowhere/{number}")
    answer = await api.call("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert (
        'fanfare_http_answers_total{method="GET",route="/v1/campaigns/{campaign_id}",status="404"} 20.0' in answer.text
    )
    assert "cmp_1" not in answer.text
    for line in (
        "fanfare_database_up 1.0", "fanfare_events_queued 0.0", 'fanfare_batches{state="due"} 0.0',
        'fanfare_events_total{outcome="rejected"} 0.0', "fanfare_batches_oldest_seconds 0.0",
    ):  # fmt: skip
        assert line in answer.text
    assert "nowhere" not in answer.text
