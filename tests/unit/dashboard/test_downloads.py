"""Files that are passed on from the API, as they come."""

import httpx
import pytest
from starlette.applications import Starlette

from dashboard import downloads
from dashboard.client import Client, connect
from tests.unit.dashboard.tiny_api import TinyApi


@pytest.fixture
def board() -> httpx.AsyncClient:
    app = Starlette(routes=[downloads.ROUTE])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dashboard")


def link(api_url: str) -> str:
    return "/" + Client(connect(api_url), "ffs_right").export_link("cmp_1", "events", "ndjson")


async def test_a_file_is_passed_on_under_its_name_and_asked_for_with_the_readers_key(
    api: TinyApi, board: httpx.AsyncClient
) -> None:
    named = {"Content_Disposition": 'attachment; filename="cmp_1-events.ndjson"', "Content_Type": "text/plain"}
    api.answer("GET /v1/campaigns/cmp_1/export", 200, b'{"a":1}\n' * 50_000, **named)
    answer = await board.get(link(api.url))
    assert answer.content == b'{"a":1}\n' * 50_000
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cmp_1-events.ndjson"'
    [asked] = api.asked
    assert asked.path == "/v1/campaigns/cmp_1/export?of=events&format=ndjson"
    assert asked.headers["authorization"] == "Bearer ffs_right"


async def test_what_the_api_refuses_and_an_api_that_is_away_are_said_without_a_file(
    api: TinyApi, nowhere: str, board: httpx.AsyncClient
) -> None:
    api.problem("GET /v1/campaigns/cmp_1/export", 403, "Forbidden")
    assert (await board.get(link(api.url))).status_code == 403
    assert (await board.get(link(nowhere))).status_code == 502


async def test_a_ticket_nobody_issued_or_that_is_old_gives_nothing(
    api: TinyApi, board: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await board.get("/export/guessed")).status_code == 404
    monkeypatch.setattr(downloads, "GOOD_SECONDS", -1.0)
    assert (await board.get(link(api.url))).status_code == 404
    assert api.asked == []


def test_tickets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_TICKETS", 3)
    tickets = downloads.Tickets()
    names = [tickets.issue("http://api", "ffs", "/v1", {}) for _ in range(5)]
    assert [tickets.find(name) is not None for name in names] == [False, False, True, True, True]
