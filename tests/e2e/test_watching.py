"""Watching a campaign in a real Chromium as each role: numbers, why somebody did or did not get it, and its file."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.dashboard_pages import PATIENCE, Open
from tests.e2e.product import Connection, launch

pytestmark = pytest.mark.timeout(240)


def role_key(product: Connection, role: str) -> str:
    with product.backend() as backend:
        return str(backend.post("/v1/keys", json={"kind": "secret", "role": role}).json()["key"])


@pytest.fixture(scope="module")
def campaign(demo_product: Connection) -> str:
    words = {"default_locale": "en", "translations": {"en": {"title": "Umbrellas", "body": "It rains until Sunday."}}}
    everybody = {"audience": {"include": {"all": True}}, "limits": {"per_minute": 600}}
    with demo_product.backend() as backend:
        return launch(backend, None, name="Umbrellas", content=words, **everybody)


@pytest.mark.parametrize("role", ["owner", "marketer", "author", "analyst"])
def test_from_the_overview_to_the_reason_and_the_file(
    visit: Open, demo_product: Connection, campaign: str, role: str
) -> None:
    board = visit()
    board.sign_in(role_key(demo_product, role))
    expect(board.page.get_by_role("heading", name="Live now")).to_be_visible(timeout=PATIENCE)
    board.keep(f"watching-overview-{role}")
    board.follow(board.page.get_by_role("button", name="Umbrellas").first, "Umbrellas")
    expect(board.tile("Reach").locator(".ff-over").first).to_have_text(re.compile("^[1-9]"), timeout=PATIENCE)

    board.page.get_by_text("Recipients", exact=True).click()
    named = board.page.locator("[class*=st-key-why-] button:not([disabled])").first
    expect(named).to_be_visible(timeout=PATIENCE)
    named.click()
    drawer = board.page.get_by_role("dialog")
    expect(drawer.get_by_text("among those it was for when it was sent")).to_be_visible(timeout=PATIENCE)
    board.keep(f"watching-trace-{role}")
    drawer.get_by_role("button", name="Close").click()

    board.page.get_by_text("Export", exact=True).first.click()
    with board.page.expect_download(timeout=PATIENCE) as taken:
        board.page.get_by_role("link", name="Download").click()
    assert taken.value.suggested_filename == f"{campaign}-deliveries.csv"
    lines = taken.value.path().read_text().splitlines()
    assert lines[0].startswith("delivery_id,channel,external_id")
    assert len(lines) > 100
