"""A real Firefox on `/demo`: the whole way of a push, from subscribing to the number on the campaign."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.firefox import Page, eventually, running_firefox
from tests.e2e.product import Connection, funnel, launch
from tests.e2e.push_service import PushService

# One worker runs the whole file, so that the product is started once.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def backend(product: Connection) -> Iterator[httpx.Client]:
    with product.backend() as client:
        yield client


@pytest.fixture
def page(firefox_binary: str, product: Connection, push_service: PushService, tmp_path: Path) -> Iterator[Page]:
    """A fresh Firefox on the demo page, registered and subscribed; its device is removed afterwards."""
    with running_firefox(firefox_binary, push_service.socket_url, tmp_path) as page:
        page.resize(1280, 1000)
        page.open(product.demo_url)
        page.wait_for("#demo[data-connection=ready]")
        page.click("#subscribe")
        page.wait_for("#demo[data-push=on]")
        yield page
        page.open(product.demo_url)
        page.wait_for("#demo[data-connection=ready]")
        page.click("#uninstall")
        page.wait_for("#demo[data-connection=none]")


def content(title: str, body: str = "", **more: object) -> dict[str, object]:
    return {"default_locale": "en", "translations": {"en": {"title": title, "body": body}}, **more}


def device_of(page: Page) -> str | None:
    return page.attribute("#demo", "data-device-id")


def counted(backend: httpx.Client, campaign_id: str, milestone: str, expected: int = 1) -> dict[str, object]:
    """The push funnel, once the milestone has reached its number."""

    def reached() -> dict[str, object] | None:
        numbers = funnel(backend, campaign_id)
        return numbers if numbers.get(milestone) == expected else None

    return eventually(reached, f"{milestone} = {expected}; now {funnel(backend, campaign_id)}")


def test_a_campaign_reaches_a_real_firefox_and_counts_as_displayed(
    page: Page, backend: httpx.Client, push_service: PushService, artifacts: Path
) -> None:
    campaign_id = launch(
        backend, device_of(page), name="Croissants", content=content("Fresh croissants", "Warm until ten · 新鲜出炉")
    )

    page.wait_for("#log [data-event=displayed]")
    on_screen = page.notifications()
    counted(backend, campaign_id, "displayed")
    # The browser may report before the worker has settled the batch.
    numbers = counted(backend, campaign_id, "accepted")
    page.wait_for("#inbox[data-unread='1'] [data-item-id]")
    page.screenshot(artifacts / "firefox-demo.png")

    assert [(each["title"], each["body"]) for each in on_screen] == [("Fresh croissants", "Warm until ten · 新鲜出炉")]
    assert (numbers["targeted"], numbers["accepted"], numbers["received"]) == (1, 1, 1)
    assert push_service.accepted[-1].live
    assert page.text("[data-item-id] h3") == "Fresh croissants"


def test_a_browser_shows_what_is_said_to_browsers(page: Page, backend: httpx.Client) -> None:
    told = content(
        "For browsers",
        web={"require_interaction": True, "icon_url": "https://shop.example/icon.png"},
        android={"channel_id": "offers"},
    )
    campaign_id = launch(backend, device_of(page), name="Browsers", content=told)
    page.wait_for("#log [data-event=displayed]")
    counted(backend, campaign_id, "displayed")
    [shown] = [each for each in page.notifications() if each["title"] == "For browsers"]
    assert shown["icon"] == "https://shop.example/icon.png"
    assert shown["requireInteraction"] is True


def test_a_push_is_shown_and_counted_while_the_page_is_closed(page: Page, backend: httpx.Client) -> None:
    device_id = device_of(page)
    page.open("about:blank")

    campaign_id = launch(backend, device_id, name="Closed", content=content("While you were away"), channels=["push"])

    counted(backend, campaign_id, "displayed")


def test_tapping_the_notification_opens_its_link_and_counts_as_opened_and_clicked(
    page: Page, backend: httpx.Client, product: Connection
) -> None:
    link = f"{product.api_url}/demo#croissants"
    campaign_id = launch(backend, device_of(page), name="Tap", content=content("Tap me", link=link), channels=["push"])
    page.wait_for("#log [data-event=displayed]")

    page.tap_notification()

    numbers = counted(backend, campaign_id, "clicked")
    assert (numbers["opened"], numbers["dismissed"]) == (1, 0)
    assert link in page.addresses()


def test_closing_the_notification_counts_as_dismissed(page: Page, backend: httpx.Client) -> None:
    campaign_id = launch(backend, device_of(page), name="Close", content=content("Not now"), channels=["push"])
    page.wait_for("#log [data-event=displayed]")

    page.close_notification()

    assert counted(backend, campaign_id, "dismissed")["opened"] == 0


def test_a_copy_of_a_push_is_not_shown_twice(page: Page, backend: httpx.Client, push_service: PushService) -> None:
    campaign_id = launch(backend, device_of(page), name="Twice", content=content("Once only"), channels=["push"])
    page.wait_for("#log [data-event=displayed]")

    push_service.repeat_last()

    page.wait_for("#log [data-event=duplicate]")
    assert len(page.notifications()) == 1
    assert counted(backend, campaign_id, "displayed")["dismissed"] == 0


def test_a_message_to_a_signed_in_person_arrives_and_reading_it_clears_the_badge(
    page: Page, backend: httpx.Client
) -> None:
    page.find("#external-id").send_keys("ada")
    page.click("#person-form button")
    page.wait_for("#demo[data-external-id=ada]")

    message = {"to": {"external_ids": ["ada"]}, "kind": "service", "content": content("Your order is ready")}
    backend.post("/v1/messages", json=message)

    page.wait_for("#log [data-event=displayed]")
    page.wait_for("#inbox[data-unread='1'] [data-read=false]")
    eventually(lambda: page.bell() == "Inbox, 1 unread", "the bell to ring")
    page.click("[data-do=read]")
    page.wait_for("#inbox[data-unread='0'] [data-read=true]")
    eventually(lambda: page.bell() == "Inbox", "the bell to be still")


def test_promotion_reaches_only_who_agreed_to_it(page: Page, backend: httpx.Client) -> None:
    at_any_hour = {"limits": {"ignore_quiet_hours": True}, "kind": "promotion", "channels": ["push"]}
    draft = {**at_any_hour, "content": content("Half price")}
    without = launch(backend, device_of(page), name="No consent", **draft)
    assert counted(backend, without, "skipped")["skipped_by_reason"] == {"no_consent": 1}

    page.click("#consent")
    page.wait_for("#person-status:not([hidden])")
    agreed = launch(backend, device_of(page), name="Consent", **draft)

    counted(backend, agreed, "displayed")


def test_who_turned_pushes_off_is_skipped_and_the_browser_gave_its_address_up(
    page: Page, backend: httpx.Client, push_service: PushService
) -> None:
    page.click("#unsubscribe")
    page.wait_for("#demo[data-push=off]")

    campaign_id = launch(backend, device_of(page), name="Off", content=content("Anybody there?"), channels=["push"])

    assert counted(backend, campaign_id, "skipped")["accepted"] == 0
    assert not page.exists("#log [data-event=displayed]")
    assert push_service.gone
