"""The inbox bell in a real Chromium: live, by keyboard, for screen readers, in Chinese, and without a connection."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.firefox import eventually
from tests.e2e.product import Connection, funnel, launch

# One worker runs the whole file, so that the product is started once.
pytestmark = pytest.mark.timeout(180)

PATIENCE = 40_000
"""Milliseconds for what the page does by itself."""


@pytest.fixture
def bell(page: Page, product: Connection) -> Locator:
    """The bell of the demo page, whose stream is open."""
    with page.expect_response("**/v1/inbox/stream"):
        page.goto(product.demo_url)
    expect(page.locator("#demo")).to_have_attribute("data-connection", "ready", timeout=PATIENCE)
    return page.locator("fanfare-bell")


def send(page: Page, backend: httpx.Client, title: str, **more: object) -> str:
    """A campaign into this browser's inbox; the answer is its id."""
    content = {"default_locale": "en", "translations": {"en": {"title": title, "body": "Warm until ten"}}, **more}
    device_id = page.get_attribute("#demo", "data-device-id")
    return launch(backend, device_id, name="Bell", kind="training", content=content, channels=["inbox"])


def focused(bell: Locator) -> str:
    """The control of the bell that has the focus, by what it does."""
    found: str = bell.evaluate(
        "it => { const e = it.shadowRoot.activeElement; return e?.dataset.do ?? e?.getAttribute('part') ?? ''; }"
    )
    return found


def test_a_message_rings_at_once_and_is_read_by_keyboard_alone(
    page: Page, complaints: list[str], bell: Locator, product: Connection
) -> None:
    button = bell.get_by_role("button", name="Inbox")
    with product.backend() as backend:
        campaign_id = send(page, backend, "Fresh croissants")
        expect(bell.get_by_role("status")).to_have_text("New message: Fresh croissants", timeout=PATIENCE)
        expect(button).to_have_accessible_name("Inbox, 1 unread")

        button.focus()
        page.keyboard.press("Enter")
        expect(bell.get_by_role("dialog", name="Inbox")).to_be_focused()
        expect(button).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowDown")
        assert focused(bell) == "open"
        page.keyboard.press("Enter")
        expect(button).to_have_accessible_name("Inbox")
        assert focused(bell) == "open"

        bell.get_by_role("button", name="I have read this: Fresh croissants").press("Enter")
        expect(bell.locator("[part=acknowledged]")).to_be_visible()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
        expect(bell.get_by_role("dialog")).to_be_hidden()
        eventually(lambda: funnel(backend, campaign_id, "inbox")["acknowledged"] == 1, "the acknowledgement to count")
        assert funnel(backend, campaign_id, "inbox")["opened"] == 1
    assert complaints == []


def test_what_is_to_stand_out_does_for_eyes_and_for_screen_readers(
    page: Page, bell: Locator, product: Connection
) -> None:
    with product.backend() as backend:
        send(page, backend, "The oven is broken", highlight=True)
        expect(bell.get_by_role("status")).to_have_text("New message: The oven is broken", timeout=PATIENCE)
        bell.get_by_role("button", name="Inbox").click()
        row = bell.locator("li", has_text="The oven is broken")
        expect(row.locator("[part=mark]")).to_have_text("Important")
        expect(row.locator("[part=open]")).to_have_accessible_name(re.compile("Unread. Important The oven is broken"))
        assert row.evaluate("it => getComputedStyle(it).borderInlineStartWidth") != "0px"


def test_what_is_done_elsewhere_is_seen_here(page: Page, bell: Locator, product: Connection) -> None:
    button = bell.get_by_role("button", name="Inbox")
    with product.backend() as backend:
        send(page, backend, "Read elsewhere")
    expect(button).to_have_accessible_name("Inbox, 1 unread", timeout=PATIENCE)
    with page.context.expect_page() as opening:
        page.evaluate("open(location.href)")
    opening.value.locator("#inbox-items [data-do=read]").first.click()
    expect(button).to_have_accessible_name("Inbox", timeout=PATIENCE)


def test_without_a_connection_the_bell_says_so_and_catches_up_when_it_is_back(
    page: Page, bell: Locator, product: Connection
) -> None:
    page.context.set_offline(True)
    page.evaluate("document.querySelector('fanfare-bell').fanfare.inbox.refresh()")
    bell.get_by_role("button", name="Inbox").click()
    expect(bell.locator("[part=notice]")).to_be_visible(timeout=PATIENCE)
    with product.backend() as backend:
        send(page, backend, "While you were away")

    page.context.set_offline(False)

    expect(bell.locator("[part=title]").first).to_have_text("While you were away", timeout=PATIENCE)
    expect(bell.locator("[part=notice]")).to_be_hidden(timeout=PATIENCE)


def test_the_text_of_a_campaign_stays_text(
    page: Page, complaints: list[str], bell: Locator, product: Connection
) -> None:
    markup = "<img src=x onerror=alert(1)>"
    with product.backend() as backend:
        send(page, backend, markup)
    bell.get_by_role("button", name="Inbox").click()
    expect(bell.locator("[part=title]").first).to_have_text(markup, timeout=PATIENCE)
    assert bell.locator("li img").count() == 0
    assert complaints == []


def test_the_bell_speaks_chinese_takes_the_sites_colours_and_can_keep_still(
    page: Page, bell: Locator, product: Connection, artifacts: Path
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.click("[data-language=zh]")
    page.evaluate("document.querySelector('fanfare-bell').style.setProperty('--fanfare-accent', 'rgb(1, 2, 3)')")
    bell.get_by_role("button", name="收件箱").click()
    panel = bell.get_by_role("dialog", name="收件箱")
    expect(panel).to_have_css("animation-name", "none")
    with product.backend() as backend:
        send(page, backend, "颜色")
    expect(bell.locator("[part=badge]")).to_have_css("background-color", "rgb(1, 2, 3)", timeout=PATIENCE)
    expect(bell.get_by_role("button", name="收件箱")).to_have_accessible_name("收件箱, 1 条未读")
    page.screenshot(path=artifacts / "bell.png")
