"""A real Chromium drives the dashboard in front of `fanfare up --demo`. Screenshots are kept among the artefacts."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.dashboard_pages import PATIENCE, Open, Wire, role_key, running_dashboard
from tests.e2e.product import Connection

pytestmark = pytest.mark.timeout(240)

NASTY = '<img src=x onerror="window.hurt=1"> **Sale** [tap](javascript:window.hurt=1) :red[$x$] <script>hurt=1</script>'


def launched(product: Connection, name: str = "Launched by the test") -> str:
    """The id of a campaign to everybody, on its way."""
    with product.backend() as backend:
        draft = {
            "name": name,
            "kind": "service",
            "audience": {"include": {"all": True}},
            "channels": ["push", "inbox"],
            "content": {"default_locale": "en", "translations": {"en": {"title": name, "body": name}}},
        }
        campaign_id: str = backend.post("/v1/campaigns", json=draft).json()["id"]
        backend.post(f"/v1/campaigns/{campaign_id}/launch")
    return campaign_id


def test_from_signing_in_to_a_number_that_moves(visit: Open, demo_product: Connection) -> None:
    board = visit()
    board.sign_in("ffs_not_a_key_anybody_made")
    expect(board.page.get_by_text("does not know this key")).to_be_visible(timeout=PATIENCE)
    board.keep("sign-in-refused")
    board.sign_in(demo_product.secret_key)
    expect(board.tile("Reachable by push")).to_be_visible(timeout=PATIENCE)

    board.go_to("Compose")
    board.button("Save draft").click()
    expect(board.page.get_by_text("Give the campaign a name.")).to_be_visible(timeout=PATIENCE)
    board.write("Campaign name", "Winter coats")
    board.write("Title", "Winter coats are here")
    board.write("Text", "Warm, light, and twenty per cent off until Sunday.")
    expect(board.page.locator(".ff-card-title")).to_have_text("Winter coats are here", timeout=PATIENCE)
    board.page.get_by_role("combobox", name="Add a language").click()
    board.page.get_by_role("option", name="zh-CN").click()
    board.page.get_by_role("tab", name="zh-CN").click()
    board.write("Title", "冬季大衣上市")
    board.page.get_by_role("tab", name="en").click()
    board.keep("compose-content")
    board.button("Next: Audience").click()
    expect(board.tile("Push").locator(".ff-value")).to_have_text(re.compile("[1-9]"), timeout=PATIENCE)
    board.keep("compose")

    board.button("Next: Schedule").click()
    board.button("Next: Limits and check").click()
    board.button("Check now").click()
    expect(board.page.get_by_text("It goes to everybody")).to_be_visible(timeout=PATIENCE)
    board.button("Next: Test").click()
    board.button("Next: Launch").click()
    expect(board.page.get_by_text("en, zh-CN")).to_be_visible(timeout=PATIENCE)
    board.button("Launch").click()
    expect(board.button("Launch now")).to_be_visible(timeout=PATIENCE)
    expect(board.page.get_by_text("It goes to everybody")).to_be_visible(timeout=PATIENCE)
    board.keep("confirm")
    board.button("Launch now").click()
    expect(board.heading("Winter coats")).to_be_visible(timeout=PATIENCE)
    expect(board.tile("Open rate")).to_be_visible(timeout=PATIENCE)
    board.keep("campaign-start")
    received, _ = board.fraction("Receipt rate")
    moved = r"^(?!" + f"{received:,}" + r" / )[1-9]"
    expect(board.tile("Receipt rate").locator(".ff-over").first).to_have_text(re.compile(moved), timeout=60_000)
    expect(board.page.locator(".ff-pill", has_text="Sent")).to_be_visible(timeout=60_000)
    assert board.fraction("Receipt rate")[0] > received
    board.keep("campaign")

    with demo_product.backend() as backend:
        newest = backend.get("/v1/campaigns").json()["items"][0]
    assert newest["name"] == "Winter coats"
    assert newest["content"]["translations"].keys() == {"en", "zh-CN"}
    board.go_to("Overview")
    board.keep("overview")
    board.go_to("Campaigns")
    board.page.get_by_role("searchbox", name="Search by name or tag").fill("winter")
    expect(board.page.get_by_text("1 shown")).to_be_visible(timeout=PATIENCE)
    board.keep("campaigns")


def test_what_a_check_finds_wrong_bars_the_launch(visit: Open, demo_product: Connection) -> None:
    content = {"default_locale": "en", "translations": {"en": {"title": "Sale"}}, "link": "https://shop..example/"}
    draft = {"name": "Dead end", "kind": "service", "audience": {"include": {"all": True}}, "channels": ["push"]}
    with demo_product.backend() as backend:
        campaign_id = backend.post("/v1/campaigns", json={**draft, "content": content}).json()["id"]
    board = visit(path=f"campaign?id={campaign_id}")
    board.sign_in(demo_product.secret_key)
    board.button("Check").click()
    expect(board.page.get_by_text("A link leads nowhere")).to_be_visible(timeout=PATIENCE)
    board.keep("check")
    board.button("Launch").click()
    expect(board.button("Launch now")).to_be_disabled(timeout=PATIENCE)
    board.keep("check-bars")
    with demo_product.backend() as backend:
        backend.patch(f"/v1/campaigns/{campaign_id}", json={"content": {**content, "link": None}})
        assert backend.post(f"/v1/campaigns/{campaign_id}/check").json()["errors"] == []
        backend.delete(f"/v1/campaigns/{campaign_id}")


def test_a_message_is_kept_as_a_template_and_begun_with(visit: Open, demo_product: Connection) -> None:
    board = visit(path="compose?new=1")
    board.sign_in(demo_product.secret_key)
    board.write("Campaign name", "Weekly letter")
    board.write("Title", "This week in the shop")
    board.button("Keep as template").click()
    expect(board.page.get_by_text("Kept as a template.")).to_be_visible(timeout=PATIENCE)
    board.open("compose?new=1")
    board.sign_in(demo_product.secret_key)
    expect(board.page.get_by_label("Title", exact=True)).to_have_value("", timeout=PATIENCE)
    board.button("Templates").click()
    expect(board.page.get_by_text("Weekly letter")).to_be_visible(timeout=PATIENCE)
    board.keep("templates")
    board.button("Begin with it").click()
    # Fields of the form before may still be there for a moment.
    title = board.page.get_by_label("Title", exact=True)
    expect(title).to_have_count(1, timeout=PATIENCE)
    board.keep("template-begun")
    expect(title).to_have_value("This week in the shop", timeout=PATIENCE)
    with demo_product.backend() as backend:
        kept = backend.get("/v1/templates").json()["items"]
        assert [each["name"] for each in kept] == ["Weekly letter"]
        backend.delete(f"/v1/templates/{kept[0]['id']}")


def test_everything_can_be_read_on_a_phone_in_chinese_too(visit: Open, demo_product: Connection) -> None:
    campaign_id = launched(demo_product)
    board = visit(on_phone=True, path=f"campaign?id={campaign_id}")
    board.sign_in(demo_product.secret_key)
    expect(board.tile("Receipt rate")).to_be_visible(timeout=PATIENCE)
    board.keep("campaign")
    assert board.fits()
    for name in ("Overview", "Campaigns", "Compose"):
        board.go_to(name)
        expect(board.page.locator(".ff-age").first).to_be_visible(timeout=PATIENCE)
        board.keep(name.lower())
        assert board.fits()

    chinese = visit(on_phone=True, locale="zh-CN", path=f"campaign?id={campaign_id}")
    chinese.page.locator("input[type=password]").fill(demo_product.secret_key)
    chinese.button("登录").click()
    expect(chinese.tile("送达确认率")).to_be_visible(timeout=PATIENCE)
    chinese.keep("campaign-zh")
    assert chinese.fits()


def test_text_from_people_stays_text(visit: Open, demo_product: Connection) -> None:
    campaign_id = launched(demo_product, NASTY)
    board = visit(path="campaigns")
    board.sign_in(demo_product.secret_key)
    row = board.page.locator(f".st-key-row-{campaign_id}")
    expect(row).to_contain_text(NASTY, timeout=PATIENCE)
    row.get_by_role("button").click()
    expect(board.heading(NASTY)).to_be_visible(timeout=PATIENCE)
    board.page.get_by_text("The message").click()
    expect(board.page.locator(".ff-card-title")).to_have_text(NASTY, timeout=PATIENCE)
    board.keep("nasty-name")
    for place in ("img[src='x']", "script:text('hurt')", "a[href^='javascript']", ".katex"):
        assert board.page.locator(place).count() == 0, place
    assert board.page.evaluate("window.hurt") is None


def test_a_role_is_shown_only_what_it_may_do(visit: Open, demo_product: Connection) -> None:
    with demo_product.backend() as backend:
        content = {"default_locale": "en", "translations": {"en": {"title": "Hello"}}}
        draft = {"name": "For roles", "kind": "service", "content": content, "channels": ["push"]}
        body = {**draft, "audience": {"include": {"all": True}}}
        campaign_id = backend.post("/v1/campaigns", json=body).json()["id"]

    reader = visit(path=f"campaign?id={campaign_id}")
    reader.sign_in(role_key(demo_product, "analyst"))
    expect(reader.heading("For roles")).to_be_visible(timeout=PATIENCE)
    for button in ("Launch", "Edit", "Delete draft", "Ask for approval", "Archive"):
        expect(reader.button(button)).to_have_count(0)
    expect(reader.page.get_by_test_id("stSidebarNav").get_by_text("Compose")).to_have_count(0)

    barred = visit(path="compose")
    barred.sign_in(role_key(demo_product, "analyst"))
    expect(barred.page.get_by_text("may not see or do this")).to_be_visible(timeout=PATIENCE)

    author = visit(path=f"campaign?id={campaign_id}")
    author.sign_in(role_key(demo_product, "author"))
    expect(author.button("Edit")).to_be_visible(timeout=PATIENCE)
    expect(author.button("Launch")).to_have_count(0)
    author.button("Edit").click()
    author.write("Title", "Hello again")
    author.button("Next: Audience").click()
    author.page.get_by_role("radiogroup", name="Send to").get_by_text("People").click()
    box = author.page.get_by_placeholder("Your app's own user ids")
    box.fill("ada, bob@example.com\nada")
    box.press("Tab")
    author.page.get_by_role("radiogroup", name="Steps").get_by_text("Launch").click()
    expect(author.page.get_by_text("a marketer or owner launches")).to_be_visible(timeout=PATIENCE)
    author.button("Ask for approval").click()
    expect(author.page.locator(".ff-pill", has_text="In review")).to_be_visible(timeout=PATIENCE)
    with demo_product.backend() as backend:
        saved = backend.get(f"/v1/campaigns/{campaign_id}").json()
    assert saved["state"] == "in_review"
    assert saved["content"]["translations"]["en"]["title"] == "Hello again"
    assert saved["audience"]["include"] == {"external_ids": ["ada", "bob@example.com"]}

    marketer = visit(path=f"campaign?id={campaign_id}")
    marketer.sign_in(role_key(demo_product, "marketer"))
    marketer.button("Review").click()
    marketer.write("A word to the author", "Well said")
    marketer.button("Approve").click()
    expect(marketer.page.locator(".ff-pill", has_text="Approved")).to_be_visible(timeout=PATIENCE)
    expect(marketer.page.get_by_text("Well said")).to_be_visible(timeout=PATIENCE)
    marketer.keep("approved")


def test_while_the_api_is_away_the_last_numbers_stay_and_come_back_to_life(
    visit: Open, demo_product: Connection
) -> None:
    wire = Wire(demo_product.api_url)
    wire.mend()
    with running_dashboard(wire.url) as url:
        board = visit(url)
        board.sign_in(demo_product.secret_key)
        reachable = board.tile("Reachable by push").locator(".ff-value")
        expect(reachable).to_be_visible(timeout=PATIENCE)
        before = reachable.inner_text()
        wire.cut()
        expect(board.page.locator(".ff-banner")).to_contain_text("does not answer", timeout=PATIENCE)
        expect(reachable).to_have_text(before)
        board.keep("api-away")
        wire.mend()
        expect(board.page.locator(".ff-banner")).to_have_count(0, timeout=PATIENCE)
    wire.cut()
