"""Signing in at an identity provider, in a real Chromium: a group becomes a role, which hides and refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard_pages import PATIENCE, Dashboard, free_port, running_dashboard
from tests.e2e.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.e2e.product import Connection

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def url(provider: Provider, demo_product: Connection) -> Iterator[str]:
    """A dashboard that knows the provider, with a key for each role but the author's."""
    port = free_port()
    given = {
        "FANFARE_DASHBOARD_URL": f"http://localhost:{port}",
        "FANFARE_DASHBOARD_OIDC_METADATA_URL": f"{provider.url}/.well-known/openid-configuration",
        "FANFARE_DASHBOARD_OIDC_CLIENT_ID": CLIENT_ID,
        "FANFARE_DASHBOARD_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "FANFARE_DASHBOARD_OIDC_COOKIE_SECRET": "a-secret-of-the-test-that-is-long-enough",
        "FANFARE_DASHBOARD_OIDC_ROLES": "head-office=owner, marketing=marketer, numbers=analyst",
        "FANFARE_DASHBOARD_KEY_OWNER": demo_product.secret_key,
    }
    with demo_product.backend() as backend:
        for role in ("marketer", "analyst"):
            made = backend.post("/v1/keys", json={"kind": "secret", "role": role}).json()
            given[f"FANFARE_DASHBOARD_KEY_{role.upper()}"] = made["key"]
    with running_dashboard(demo_product.api_url, port, given):
        yield f"http://localhost:{port}"


def enter(page: Page, url: str, who: str, artifacts: Path) -> Dashboard:
    board = Dashboard(page, url, artifacts, "1280")
    board.open()
    board.button("Sign in with your organisation").click()
    page.get_by_role("link", name=who).click()
    return board


def test_a_group_at_the_provider_is_a_role_here(page: Page, url: str, artifacts: Path) -> None:
    board = enter(page, url, "ana", artifacts)
    expect(board.heading("Overview")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("ana@shop.example · Analyst")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Compose")).to_have_count(0)
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Settings")).to_have_count(0)
    board.keep("provider-analyst")
    page.goto(f"{url}/settings")
    expect(page.get_by_text("may not see or do this")).to_be_visible(timeout=PATIENCE)

    board.button("Sign out").click()
    expect(board.button("Sign in with your organisation")).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(board.button("Sign in with your organisation")).to_be_visible(timeout=PATIENCE)
    board.keep("provider-signed-out")

    board.button("Sign in with your organisation").click()
    page.get_by_role("link", name="olga").click()
    expect(page.get_by_text("olga@shop.example · Owner")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Settings")).to_be_visible()


def test_who_is_in_no_group_sees_no_data_and_is_told_why(page: Page, url: str, artifacts: Path) -> None:
    board = enter(page, url, "eve", artifacts)
    expect(page.get_by_text("in no group that may use this dashboard")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".ff-tile")).to_have_count(0)
    board.keep("provider-no-group")
    board.button("Sign in as somebody else").click()
    expect(board.button("Sign in with your organisation")).to_be_visible(timeout=PATIENCE)


def test_who_signed_in_long_ago_signs_in_again(page: Page, url: str, provider: Provider, artifacts: Path) -> None:
    provider.issued_ago = 13 * 3600
    try:
        board = enter(page, url, "mei", artifacts)
        expect(board.button("Sign in with your organisation")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".ff-tile")).to_have_count(0)
    finally:
        provider.issued_ago = 0.0
    board.button("Sign in with your organisation").click()
    page.get_by_role("link", name="mei").click()
    expect(page.get_by_text("mei@shop.example · Marketer")).to_be_visible(timeout=PATIENCE)
