"""The demo page in a Chromium that has no push service: it says so, and the inbox works all the same."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.firefox import eventually
from tests.e2e.product import Connection, funnel, launch

# One worker runs the whole file, so that the product is started once.
pytestmark = pytest.mark.timeout(180)

PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000  # Milliseconds; the SDK waits 20 s for an address.


def test_a_browser_without_a_push_service_is_told_so_and_reads_its_inbox(
    page: Page, complaints: list[str], product: Connection, artifacts: Path
) -> None:
    page.context.grant_permissions(["notifications"], origin=product.api_url)
    page.goto(product.demo_url)
    expect(page.locator("#demo")).to_have_attribute("data-connection", "ready")
    page.click("#subscribe")
    expect(page.locator("#demo")).to_have_attribute("data-push", "no_address", timeout=PATIENCE)

    content = {"default_locale": "en", "translations": {"en": {"title": "Fresh croissants", "body": "Warm until ten"}}}
    with product.backend() as backend:
        launch(
            backend, page.get_attribute("#demo", "data-device-id"), name="Inbox", content=content, channels=["inbox"]
        )
    expect(page.locator("#inbox-items h3").first).to_have_text("Fresh croissants", timeout=PATIENCE)

    page.screenshot(path=artifacts / "demo-desk.png", full_page=True)
    page.click("#uninstall")
    expect(page.locator("#demo")).to_have_attribute("data-connection", "none")
    assert complaints == []


def test_a_click_made_without_a_connection_is_counted_once_it_is_back(page: Page, product: Connection) -> None:
    link = f"{product.api_url}/demo"
    content = {"default_locale": "en", "translations": {"en": {"title": "Go on"}}, "link": link}
    page.goto(product.demo_url)
    expect(page.locator("#demo")).to_have_attribute("data-connection", "ready")
    with product.backend() as backend:
        campaign_id = launch(
            backend, page.get_attribute("#demo", "data-device-id"), name="Offline", content=content, channels=["inbox"]
        )
        expect(page.locator("#inbox-items h3").first).to_have_text("Go on", timeout=PATIENCE)

        page.context.set_offline(True)  # The tab that the link opens, and the service worker, have none either.
        with page.expect_event("requestfailed", lambda request: request.url.endswith("/v1/events")):
            page.locator("#inbox-items a").first.click()
        assert funnel(backend, campaign_id, "inbox")["clicked"] == 0

        page.context.set_offline(False)
        eventually(lambda: funnel(backend, campaign_id, "inbox")["clicked"] == 1, "the click to be counted")


def test_the_page_fits_a_phone_and_speaks_chinese(
    page: Page, complaints: list[str], product: Connection, artifacts: Path
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{product.api_url}/demo")

    page.click("[data-language=zh]")

    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.locator("#connect-form button")).to_have_text("连接")
    expect(page.locator("main")).not_to_contain_text("Connect")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=artifacts / "demo-phone.png", full_page=True)
    assert complaints == []


def test_a_key_that_is_not_valid_is_refused_in_words(page: Page, product: Connection) -> None:
    page.goto(f"{product.api_url}/demo?key=ffp_nobody")

    expect(page.locator("#demo")).to_have_attribute("data-connection", "refused")
    expect(page.locator("#connection")).to_contain_text("does not accept this key")
    expect(page.locator("section[inert]")).to_have_count(3)
