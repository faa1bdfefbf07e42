"""The page of a campaign that was sent, in front of a tiny API."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

from sdk_contracts.wire.campaigns import Funnel
from tests.unit.dashboard.screens import screen, shown
from tests.unit.dashboard.tiny_api import CAMPAIGN, TinyApi

EXAMPLES = Path(__file__).parents[3] / "sdk_contracts" / "examples"
NOW = datetime.now(UTC).isoformat().replace("+00:00", "Z")
NASTY = "<script>hurt()</script> *x*"
COUNTS = {name: {} if name.endswith("_by_reason") else 0 for name in Funnel.__struct_fields__}
PUSH = {
    **COUNTS, "targeted": 100, "accepted": 80, "confirmable": 60, "received": 50, "opened": 20, "dead": 2,
    "dead_by_reason": {"http_503": 2}, "skipped": 18, "skipped_by_reason": {"no_consent": 18},
}  # fmt: skip
RATES = {
    "receipt_rate": {"value": 0.833, "numerator": 50, "denominator": 60, "unknown": 20},
    "open_rate": {"value": 0.25, "numerator": 20, "denominator": 80, "unknown": 0},
}


def share(value: float) -> dict[str, Any]:
    return {"value": value, "numerator": int(value * 40), "denominator": 40, "low": value - 0.1, "high": value + 0.1}


def group(value: float) -> dict[str, Any]:
    rates = {name: share(value) for name in ("open_rate", "click_rate", "conversion_rate")}
    return {"people": 40, "rates": rates, "by_channel": {}}


def difference(value: float, sure: bool) -> dict[str, Any]:
    wide = 0.01 if sure else 0.9
    return {
        "value": value, "low": value - 0.05, "high": value + 0.05,
        "anytime_low": value - wide, "anytime_high": value + wide,
    }  # fmt: skip


EXPERIMENT = {
    "variants": [
        {**group(0.2), "name": "plain", "against_first": {}},
        {
            **group(0.4),
            "name": NASTY,
            "against_first": {"open_rate": difference(0.2, True), "click_rate": difference(-0.1, False)},
        },
    ],
    "rest": None,
    "holdout": group(0.1),
    "lift": difference(0.05, False),
    "winner": NASTY,
    "decided_at": NOW,
}
PEOPLE = {
    "targeted": 90, "reached": 45, "opened": 18, "influenced": 3, "clicked": 5, "converted": 4, "converted_direct": 3,
    "converted_influenced": 1, "conversions": 6, "revenue": {"EUR": 129.5, "JPY": 3000.0},
    "rates": {
        "reach": {"value": 0.5, "numerator": 45, "denominator": 90, "unknown": 15},
        "conversion_rate": {"value": 0.0889, "numerator": 4, "denominator": 45, "unknown": 0},
    },
}  # fmt: skip
METRICS = {
    "campaign_id": "cmp_1", "state": "sent", "as_of": NOW, "total": PUSH, "by_channel": {"push": PUSH},
    "by_platform": {"ios": PUSH}, "by_locale": {NASTY: PUSH},
    "rates": RATES, "experiment": EXPERIMENT, "people": PEOPLE,
}  # fmt: skip
RECIPIENT = {
    "delivery_id": "dlv_1", "channel": "push", "person_id": "per_1", "external_id": NASTY, "device_id": "dev_1",
    "state": "dead", "reason": "http_503", "variant": None, "not_before": None, "died_of": None,
    "steps": {"planned": NOW, "redriven": NOW},
}  # fmt: skip
TRACE = json.loads((EXAMPLES / "trace_person.json").read_text(encoding="utf-8"))["answer"]


@pytest.fixture
def page(api: TinyApi) -> AppTest:
    sent = {
        **CAMPAIGN,
        "state": "sent",
        "launched_at": NOW,
        "finished_at": NOW,
        "schedule": {"at": NOW, "repeat": "FREQ=DAILY"},
    }
    api.answer("GET /v1/campaigns/cmp_1", 200, sent)
    api.answer("GET /v1/campaigns/cmp_1/metrics", 200, METRICS)
    api.answer("GET /v1/campaigns/cmp_1/timeline", 200, {"bucket": "minute", "points": []})
    api.answer("GET /v1/campaigns/cmp_1/recipients", 200, {"items": [RECIPIENT], "next_cursor": None})
    api.answer("GET /v1/campaigns", 200, {"items": [{**sent, "id": "cmp_2", "name": "Tuesday"}], "next_cursor": None})
    page = screen(api.url, "campaign")
    page.query_params["id"] = "cmp_1"
    return page


def test_every_rate_says_over_what_and_how_much_is_unknown(page: AppTest) -> None:
    told = shown(page.run())
    assert not page.exception
    for number in ("50 / 60", "20 (25%) unknown", "20 / 80", "0 unknown"):
        assert number in told


def test_people_reached_and_what_it_brought_about_are_told_with_revenue_by_currency(page: AppTest) -> None:
    told = shown(page.run())
    assert not page.exception
    for number in ("45 / 90", "15 (14%) unknown", "4 / 45", "129.50", "last touch, in EUR", "3,000", "in JPY"):
        assert number in told


def test_variants_are_told_with_both_intervals_and_a_verdict_that_holds_at_any_look(page: AppTest) -> None:
    told = shown(page.run())
    assert not page.exception
    assert "&lt;script&gt;hurt()&lt;/script&gt; *x*" in told
    assert "<script>" not in told
    assert "+20.0 pp" in told
    assert "+15.0 pp – +25.0 pp" in told
    assert "+19.0 pp – +21.0 pp" in told
    assert told.count("Better") == 1
    assert told.count("Not decided") == 1
    assert "Held out" in told


def test_runs_of_a_repeating_campaign_can_be_opened(page: AppTest) -> None:
    assert "Tuesday" in [button.label for button in page.run().button]


def test_the_ledger_is_asked_for_only_once_it_is_opened(page: AppTest, api: TinyApi) -> None:
    page.run()
    assert not [asked for asked in api.asked if "recipients" in asked.path]
    page.session_state["campaign.recipients"] = True
    told = shown(page.run())
    assert not page.exception
    assert "Sent once more" in told
    assert "http_503" in told


def test_each_decision_about_a_recipient_is_told_in_a_drawer(page: AppTest, api: TinyApi) -> None:
    api.answer(f"GET /v1/people/{quote(NASTY, safe='')}/trace", 200, TRACE)
    page.session_state["campaign.recipients"] = True
    page.run()
    next(button for button in page.button if button.key == "why-dlv_1").click().run()
    assert not page.exception
    told = shown(page)
    assert "The campaign is meant for them." in told
    assert "It was not sent: there is no address to send it to." in told
    page.session_state["words"] = "zh"
    next(button for button in page.button if button.key == "why-dlv_1").click().run()
    assert "属于发送时的受众" in shown(page)


def test_dead_letters_are_not_given_up_without_a_second_yes(page: AppTest, api: TinyApi) -> None:
    page.session_state["campaign.recipients"] = True
    page.session_state["ledger.cmp_1.state"] = "dead"
    page.run()
    next(button for button in page.button if button.label == "Give dead letters up").click().run()
    assert not [asked for asked in api.asked if asked.method == "POST"]
    assert "Give up for good" in [button.label for button in page.button]
