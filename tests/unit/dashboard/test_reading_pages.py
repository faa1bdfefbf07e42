"""Pages that are read: the audience, one person. In front of a tiny API that answers as the examples do."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.dashboard.screens import screen, shown
from tests.unit.dashboard.tiny_api import TinyApi

EXAMPLES = Path(__file__).parents[3] / "sdk_contracts" / "examples"
NASTY = '<img src=x onerror="hurt()"> *x*'
ESCAPED = "&lt;img src=x onerror=&quot;hurt()&quot;&gt; *x*"
NOW = datetime.now(UTC).isoformat().replace("+00:00", "Z")


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["answer"]


def devices(*values: dict[str, Any], other: int = 0, unknown: int = 0) -> dict[str, Any]:
    return {"values": list(values), "other": other, "unknown": unknown}


@pytest.fixture
def audience(api: TinyApi) -> AppTest:
    counted = {
        **example("get_device_metrics"), "as_of": NOW, "devices": 1000,
        "opt_in_rate": {"value": 0.6, "numerator": 600, "denominator": 1000, "unknown": 0},
        "by": {
            "platform": devices({"value": "ios", "devices": 1000, "reachable": 600}),
            "app_version": devices({"value": NASTY, "devices": 700, "reachable": 500}, other=250, unknown=50),
        },
    }  # fmt: skip
    api.answer("GET /v1/metrics/devices", 200, counted)
    churn = {"registered": 12, "imported": 0, "uninstalled": 15, "opted_in": 1, "opted_out": 2}
    day = {"at": NOW, "total": churn, "by_platform": {}}
    api.answer("GET /v1/metrics/audience", 200, {"as_of": NOW, "days": [day]})
    segment = {
        "id": "seg_1", "name": NASTY, "rule": {"all": True}, "created_at": NOW, "changed_at": NOW,
        "last_used_at": None, "campaigns": 3, "segments": 1,
    }  # fmt: skip
    api.answer("GET /v1/segments", 200, {"items": [segment], "next_cursor": None})
    return screen(api.url, "audience", "analyst")


def test_the_audience_is_told_by_what_devices_say_how_it_grows_and_by_segments(audience: AppTest) -> None:
    told = shown(audience.run())
    assert not audience.exception
    for number in ("600 / 1,000", "70% · 500 reachable", "Others", "250", "Never said", "−3", "devices counted"):
        assert number in told
    assert "3 campaigns, 1 segments" in told
    assert told.count(ESCAPED) == 2
    assert "<img src=x" not in told


def test_an_app_without_segments_and_days_says_how_they_come_about(audience: AppTest, api: TinyApi) -> None:
    api.answer("GET /v1/segments", 200, {"items": [], "next_cursor": None})
    api.answer("GET /v1/metrics/audience", 200, {"as_of": NOW, "days": []})
    told = shown(audience.run())
    assert "keep it under a name" in told
    assert "Nobody came or went" in told


@pytest.fixture
def person(api: TinyApi) -> AppTest:
    api.answer("GET /v1/people/ada", 200, example("get_person"))
    past = {
        "delivery_id": "dlv_1", "campaign_id": "cmp_1", "campaign_name": NASTY, "campaign_type": "campaign",
        "channel": "push", "device_id": "dev_1", "state": "skipped", "reason": "no_consent", "variant": None,
        "not_before": None, "steps": {"planned": NOW},
    }  # fmt: skip
    api.answer("GET /v1/people/ada/deliveries", 200, {"items": [past], "next_cursor": "next"})
    said = {"promotion": False, "at": NOW, "recorded_at": NOW, "source": NASTY, "text": None}
    api.answer("GET /v1/people/ada/consents", 200, {"items": [said], "next_cursor": None})
    api.answer("GET /v1/people/ada/trace", 200, example("trace_person"))
    page = screen(api.url, "people")
    page.query_params["id"] = "ada"
    return page


def test_a_person_is_told_with_what_they_were_sent_and_what_they_said(person: AppTest) -> None:
    told = shown(person.run())
    assert not person.exception
    assert "Has not agreed to promotion" in told
    assert ESCAPED in told
    assert "<img src=x" not in told
    assert "Next" in [button.label for button in person.button]


def test_why_a_campaign_did_not_reach_them_is_one_press_away(person: AppTest) -> None:
    person.run()
    next(button for button in person.button if button.key == "trace-cmp_1").click().run()
    assert not person.exception
    assert "there is no address to send it to" in shown(person)


def test_an_analyst_is_offered_neither_export_nor_erasing(person: AppTest, api: TinyApi) -> None:
    page = screen(api.url, "people", "analyst")
    page.query_params["id"] = "ada"
    page.run()
    assert not page.exception
    assert "Erase this person" not in [button.label for button in page.button]
