"""The pages in Streamlit's own test runner, in front of a tiny API or of none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sdk_contracts.wire.campaigns import Funnel
from tests.unit.dashboard.tiny_api import TinyApi

APP = Path(__file__).parents[3] / "dashboard" / "app.py"
NOW = datetime.now(UTC).isoformat().replace("+00:00", "Z")
NOTHING = {name: {} if name.endswith("_by_reason") else 0 for name in Funnel.__struct_fields__}
OVERVIEW = {
    "as_of": NOW,
    "devices_as_of": NOW,
    "devices": 1234,
    "opt_in_rate": {"value": 0.5, "numerator": 617, "denominator": 1234, "unknown": 0},
    "stale": 21,
    "by_platform": {"android": 1234},
    "campaigns": {},
    "totals": NOTHING,
    "rates": {},
    "people": {
        **dict.fromkeys(("opened", "influenced", "clicked", "converted", "converted_direct", "conversions"), 0),
        "reached": 77,
        "converted_influenced": 0,
        "revenue": {},
        "rates": {"conversion_rate": {"value": 0.0, "numerator": 0, "denominator": 77, "unknown": 0}},
    },
    "timeline": [],
}

QUIET = {
    "as_of": NOW,
    "campaigns": [],
    "queue": {"batches": 0, "held": 0, "due": 0, "oldest_waiting_seconds": None},
    "lanes": [],
}
BUSY = {
    "as_of": NOW,
    "campaigns": [
        {
            "campaign_id": "cmp_1",
            "name": "<b>Autumn</b> *coats*",
            "state": "sending",
            "waiting": 1200,
            "per_second": {"accepted": 12.25, "received": 3.44, "opened": 0},
        }
    ],
    "queue": {"batches": 2, "held": 1, "due": 1, "oldest_waiting_seconds": 75.0},
    "lanes": [
        {
            "worker_id": "wrk_1",
            "lane": "web_push:push.<i>example",
            "state": "stopped",
            "per_second": 0.0,
            "limit_per_second": 1000.0,
            "in_flight": 1,
            "window": 20,
            "good": 1,
            "bad": 3,
            "as_of": NOW,
        }
    ],
}


@pytest.fixture
def page(api: TinyApi, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return start(api.url, monkeypatch)


def start(url: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("FANFARE_API_URL", url)
    return AppTest.from_file(str(APP), default_timeout=20).run()


def sign_in(page: AppTest, key: str) -> None:
    page.text_input[0].set_value(key)
    page.button[0].click().run()


def shown(page: AppTest) -> str:
    return " ".join(element.value for kind in ("error", "info", "warning", "caption") for element in page.get(kind)) + (
        " ".join(element.proto.body for element in page.get("html"))
    )


def as_role(api: TinyApi, role: str) -> None:
    api.answer("GET /v1/me", 200, {"app_id": "app_1", "app_name": "Corner <shop>", "role": role})
    api.answer("GET /v1/metrics/overview", 200, OVERVIEW)
    api.answer("GET /v1/campaigns", 200, {"items": [], "next_cursor": None})
    api.answer("GET /v1/metrics/now", 200, QUIET)


def test_a_stranger_sees_the_sign_in_and_no_data(page: AppTest, api: TinyApi) -> None:
    assert not page.exception
    assert page.text_input[0].label == "Secret key"
    assert api.asked == []


def test_a_wrong_key_is_refused_in_words(page: AppTest, api: TinyApi) -> None:
    api.problem("GET /v1/me", 401, "Unauthenticated")
    sign_in(page, "ffs_wrong")
    assert not page.exception
    assert "does not know this key" in page.error[0].value
    assert [asked.path for asked in api.asked] == ["/v1/me"]


@pytest.mark.parametrize(
    ("key", "told"), [("", "Enter a secret key"), ("ffp_public", "starts with ffs_"), ("ffs_ü", "starts with ffs_")]
)
def test_what_cannot_be_a_secret_key_is_not_even_sent(page: AppTest, api: TinyApi, key: str, told: str) -> None:
    sign_in(page, key)
    assert told in page.error[0].value
    assert api.asked == []


def test_a_key_for_backends_opens_no_page(page: AppTest, api: TinyApi) -> None:
    as_role(api, "sender")
    sign_in(page, "ffs_sender")
    assert "may only send messages" in page.error[0].value


def test_signing_in_while_the_api_is_away_says_so(nowhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = start(nowhere, monkeypatch)
    sign_in(page, "ffs_right")
    assert not page.exception
    assert "does not answer" in shown(page)
    assert nowhere in shown(page)


def test_a_right_key_opens_the_overview(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    sign_in(page, "ffs_right")
    assert not page.exception
    assert "1,234" in shown(page)
    assert "Corner &lt;shop&gt;" in shown(page)
    assert "Write a message" in shown(page)


def test_an_analyst_is_not_asked_to_compose(page: AppTest, api: TinyApi) -> None:
    as_role(api, "analyst")
    sign_in(page, "ffs_right")
    assert "New campaign" not in [button.label for button in page.button]
    assert "Campaigns appear here" in shown(page)


def test_an_app_without_devices_is_told_what_to_do_next(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    api.answer("GET /v1/metrics/overview", 200, {**OVERVIEW, "devices": 0})
    sign_in(page, "ffs_right")
    assert "No device has registered yet" in shown(page)


def test_when_the_api_goes_away_the_old_numbers_stay_under_a_banner(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    sign_in(page, "ffs_right")
    api.problem("GET /v1/metrics/overview", 503, "Unavailable", "The database is away.")
    page.run()
    assert not page.exception
    assert "does not answer" in shown(page)
    assert "1,234" in shown(page)


def test_a_key_revoked_meanwhile_signs_out(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    sign_in(page, "ffs_right")
    api.problem("GET /v1/metrics/overview", 401, "Unauthenticated")
    page.run()
    assert not page.exception
    assert "no longer valid" in page.info[0].value
    assert "1,234" not in shown(page)


def test_the_interface_speaks_chinese(page: AppTest) -> None:
    page.session_state["words"] = "zh"
    page.run()
    assert page.text_input[0].label == "密钥"


def test_what_happens_this_moment_is_told_by_campaign_queue_and_push_service(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    api.answer("GET /v1/metrics/now", 200, BUSY)
    sign_in(page, "ffs_right")
    assert not page.exception
    told = shown(page)
    for number in ("12 accepted/s", "3.4 received/s", "0 opened/s", "1,200 waiting", "1 min", "2 batches, 1 in hand"):
        assert number in told
    assert "Stopped by an outage" in told
    assert "3 of 4 refused (75%)" in told
    assert "push.&lt;i&gt;example" in told
    assert r"\<b\>Autumn\<\/b\> \*coats\*" in [button.label for button in page.button]


def test_a_look_that_knows_nothing_of_speed_says_so_instead_of_zero(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    [campaign] = BUSY["campaigns"]  # type: ignore[misc]
    api.answer("GET /v1/metrics/now", 200, {**BUSY, "campaigns": [{**campaign, "per_second": {}}]})
    sign_in(page, "ffs_right")
    assert "known from the second look on" in shown(page)
    assert "accepted/s" not in shown(page)


def test_a_quiet_moment_says_what_to_do_next(page: AppTest, api: TinyApi) -> None:
    as_role(api, "owner")
    sign_in(page, "ffs_right")
    assert "Launch a campaign and watch it here" in shown(page)
