"""A campaign with everything to it, composed in a real Chromium: by an author, and sent by a marketer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.dashboard_pages import PATIENCE, Dashboard, Open, role_key
from tests.e2e.product import Connection

pytestmark = pytest.mark.timeout(300)


def step(board: Dashboard, name: str) -> None:
    board.page.get_by_role("radiogroup", name="Steps").get_by_text(name).click()


def choose(board: Dashboard, field: str, option: str, place: int = 0) -> None:
    board.page.get_by_role("combobox", name=field).nth(place).click()
    board.page.get_by_role("option", name=option, exact=True).click()


def a_device(product: Connection) -> str:
    """One of the simulated phones, from the ledger of a message to all."""
    content = {"default_locale": "en", "translations": {"en": {"title": "Who is there?"}}}
    draft = {"name": "Roll call", "kind": "service", "content": content, "channels": ["push"]}
    with product.backend() as backend:
        campaign = backend.post("/v1/campaigns", json={**draft, "audience": {"include": {"all": True}}}).json()["id"]
        backend.post(f"/v1/campaigns/{campaign}/launch")
        deadline = datetime.now(UTC) + timedelta(seconds=60)
        while datetime.now(UTC) < deadline:
            found = backend.get(f"/v1/campaigns/{campaign}/recipients", params={"state": "accepted"}).json()["items"]
            if found:
                return str(found[0]["device_id"])
    raise AssertionError("Nobody was sent the message.")


def test_an_author_composes_a_campaign_without_a_manual_and_a_marketer_sends_it(
    visit: Open, demo_product: Connection
) -> None:
    device = a_device(demo_product)
    board = visit(path="compose?new=1")
    board.sign_in(role_key(demo_product, "author"))
    board.write("Campaign name", "Coats, two ways")
    board.write("Title", "Winter coats are here")
    board.page.get_by_text("Try several versions").click()
    expect(board.page.get_by_role("tab", name="Version b")).to_be_visible(timeout=PATIENCE)
    board.page.get_by_role("textbox", name="Title", exact=True).nth(1).fill("Coats, at last")
    board.page.get_by_role("radiogroup", name="Version").get_by_text("Version b").click()
    expect(board.page.locator(".ff-card-title")).to_have_text("Coats, at last", timeout=PATIENCE)
    board.keep("compose-1-content")

    board.button("Next: Audience").click()
    board.page.get_by_role("radiogroup", name="Send to").get_by_text("Conditions").click()
    board.button("Add a condition").click()
    expect(board.page.get_by_role("combobox", name="About")).to_have_count(2, timeout=PATIENCE)
    choose(board, "About", "Last seen", place=1)
    expect(board.page.get_by_role("spinbutton")).to_have_value("30", timeout=PATIENCE)
    expect(board.tile("Push").locator(".ff-value")).to_have_text(re.compile("[1-9]"), timeout=PATIENCE)
    board.keep("compose-2-audience")

    board.button("Next: Schedule").click()
    board.page.get_by_text("At a moment", exact=True).click()
    expect(board.page.get_by_text(re.compile(r"Starts .* 09:00, Europe/Berlin\."))).to_be_visible(timeout=PATIENCE)
    board.page.get_by_text("Once more, for those who do not open it").click()
    expect(board.page.get_by_text("With other words")).to_be_visible(timeout=PATIENCE)
    board.keep("compose-3-schedule")

    board.button("Next: Limits and check").click()
    board.button("Check now").click()
    expect(board.page.locator(".ff-findings")).to_be_visible(timeout=PATIENCE)
    board.keep("compose-4-check")

    board.button("Next: Test").click()
    board.page.get_by_role("radiogroup", name="Send a test to").get_by_text("Devices").click()
    board.page.get_by_placeholder("Device ids").fill(device)
    board.button("Send the test").click()
    expect(board.page.get_by_text(re.compile(r"[1-9] of [1-9] sent"))).to_be_visible(timeout=PATIENCE)
    board.keep("compose-5-test")

    board.button("Next: Launch").click()
    expect(board.page.get_by_text("a marketer or owner launches")).to_be_visible(timeout=PATIENCE)
    board.keep("compose-6-launch")
    board.button("Ask for approval").click()
    expect(board.page.locator(".ff-pill", has_text="In review")).to_be_visible(timeout=PATIENCE)

    with demo_product.backend() as backend:
        saved = backend.get("/v1/campaigns", params={"q": "Coats, two ways"}).json()["items"][0]
    titles = [each["content"]["translations"]["en"]["title"] for each in saved["experiment"]["variants"]]
    assert titles == ["Winter coats are here", "Coats, at last"]
    assert saved["audience"]["include"] == {
        "and": [
            {"field": "device.platform", "op": "eq", "value": "android"},
            {"field": "device.last_seen_at", "op": "within_days", "value": 30},
        ]
    }
    assert saved["follow_up"]["channels"] == ["inbox"]

    marketer = visit(path=f"campaign?id={saved['id']}")
    marketer.sign_in(role_key(demo_product, "marketer"))
    marketer.button("Review").click()
    marketer.button("Approve").click()
    expect(marketer.page.locator(".ff-pill", has_text="Approved")).to_be_visible(timeout=PATIENCE)
    marketer.button("Launch").click()
    expect(marketer.page.get_by_text("How many, as of now")).to_be_visible(timeout=PATIENCE)
    marketer.keep("compose-7-confirm")
    marketer.button("Launch on schedule").click()
    expect(marketer.page.locator(".ff-pill", has_text="Scheduled")).to_be_visible(timeout=PATIENCE)
    with demo_product.backend() as backend:
        launched = backend.get(f"/v1/campaigns/{saved['id']}").json()
        backend.post(f"/v1/campaigns/{saved['id']}/cancel")
    assert (launched["state"], launched["starts_at"]) == ("scheduled", saved["schedule"]["at"])


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_step_can_be_read_and_used_on_a_phone(visit: Open, demo_product: Connection, locale: str) -> None:
    board = visit(on_phone=True, locale=locale, path="compose?new=1")
    board.page.locator("input[type=password]").fill(demo_product.secret_key)
    board.page.get_by_role("button", name="Sign in" if locale == "en-GB" else "登录").click()
    steps = board.page.get_by_role("radiogroup", name="Steps" if locale == "en-GB" else "步骤").get_by_role("radio")
    expect(steps).to_have_count(6, timeout=PATIENCE)
    for place in range(6):
        # By the keyboard: the label of a radio is what a finger would touch.
        steps.nth(place).press("Enter" if place == 0 else "Space")
        expect(steps.nth(place)).to_be_checked(timeout=PATIENCE)
        board.page.wait_for_timeout(500)
        board.keep(f"compose-{place + 1}-{locale}")
        assert board.fits()


def test_a_finding_leads_to_the_field_even_where_a_lid_is_on_it(visit: Open, demo_product: Connection) -> None:
    board = visit(path="compose?new=1")
    board.sign_in(demo_product.secret_key)
    board.write("Campaign name", "Leads nowhere")
    board.write("Title", "Look")
    board.write("Link opened on tap", "https://nowhere")
    board.page.get_by_text("Other links by platform").click()
    board.write("On Android", "https://not-there")
    board.page.get_by_text("Other links by platform").click()
    step(board, "Limits and check")
    board.button("Check now").click()
    expect(board.page.locator(".ff-findings").first).to_contain_text("https://nowhere", timeout=PATIENCE)
    board.button("Go to Content · Link opened on tap").click()
    expect(board.page.get_by_role("textbox", name="Link opened on tap", exact=True)).to_be_focused(timeout=PATIENCE)
    board.keep("compose-marked")
    step(board, "Limits and check")
    board.button("Go to Content · Other links by platform").click()
    expect(board.page.get_by_role("textbox", name="On Android", exact=True)).to_be_focused(timeout=PATIENCE)


def test_what_was_typed_is_there_after_a_look_at_another_page(visit: Open, demo_product: Connection) -> None:
    board = visit(path="compose?new=1")
    board.sign_in(demo_product.secret_key)
    board.write("Campaign name", "Half written")
    # Straight from the field to the menu, while the page is still taking in what was typed.
    board.page.get_by_role("textbox", name="Text", exact=True).fill("Not to be lost")
    board.go_to("Campaigns")
    # One click, after which nothing that was typed leads back.
    board.page.wait_for_timeout(2000)
    expect(board.heading("Campaigns")).to_be_visible()
    board.go_to("Compose")
    field = board.page.get_by_role("textbox", name="Text", exact=True)
    expect(field).to_have_value("Not to be lost", timeout=PATIENCE)
    board.go_to("Campaigns")
    board.button("New campaign").click()
    expect(field).to_have_value("", timeout=PATIENCE)
    board.button("Back to “Half written”, not saved").click()
    expect(field).to_have_value("Not to be lost", timeout=PATIENCE)
