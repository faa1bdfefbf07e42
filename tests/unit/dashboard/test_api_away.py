"""No page ends in a traceback when the API is away, answers nonsense, or refuses."""

import pytest

from sdk_contracts.wire.apps import Role
from tests.unit.dashboard.screens import screen, shown
from tests.unit.dashboard.tiny_api import TinyApi

PAGES = {
    "overview": {},
    "campaigns": {},
    "campaign": {"id": "cmp_1"},
    "audience": {},
    "inbox": {},
    "people": {"id": "ada"},
    "settings": {},
    "audit": {},
    "placements": {},
}


@pytest.mark.parametrize("name", PAGES)
def test_an_api_that_is_away_is_told_on_every_page(nowhere: str, name: str) -> None:
    page = screen(nowhere, name)
    for field, value in PAGES[name].items():
        page.query_params[field] = value
    page.run()
    assert not page.exception
    assert "does not answer" in shown(page)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("answer", [(200, b"<html>a proxy's word</html>"), (500, b""), (403, b"{}")])
def test_nonsense_and_refusals_end_in_words(api: TinyApi, name: str, answer: tuple[int, bytes]) -> None:
    status, body = answer
    calls = ("metrics/overview", "metrics/now", "metrics/devices", "metrics/audience", "campaigns", "campaigns/cmp_1")
    for path in (*calls, "people/ada", "settings", "audit", "keys", "segments", "placements"):
        api.answer(f"GET /v1/{path}", status, body)
    page = screen(api.url, name)
    for field, value in PAGES[name].items():
        page.query_params[field] = value
    page.run()
    assert not page.exception
    assert shown(page)


@pytest.mark.parametrize("role", ["analyst", "author", "marketer"])
@pytest.mark.parametrize("name", ["settings", "audit"])
def test_pages_of_owners_show_nothing_to_others(api: TinyApi, name: str, role: Role) -> None:
    page = screen(api.url, name, role)
    page.run()
    assert "may not see or do this" in shown(page)
    assert api.asked == []
