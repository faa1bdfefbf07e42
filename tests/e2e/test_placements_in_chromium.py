"""From an empty page of placements to a number that moves, as a marketer and a passer-by see it, in a real Chromium."""

import io
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.dashboard_pages import DESK, PATIENCE, Dashboard
from tests.e2e.product import Connection

pytestmark = pytest.mark.timeout(400)
SHOP = "https://shop.example.com/spring"
NASTY = '<img src=x onerror="window.hurt=1"> **Gate** [tap](javascript:window.hurt=1) :red[$x$]'


class Shop(BaseHTTPRequestHandler):
    """The page that the poster leads to, which is not ours."""

    def do_GET(self) -> None:
        page = b"<!doctype html><h1>The spring sale</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def shop_port() -> Iterator[int]:
    """The shop by https, on loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("shop.example.com").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium(chromium_binary: str, shop_port: int) -> Iterator[tuple[Browser, dict[str, Any]]]:
    """The browser, for which the shop's name leads to the one here, and what makes it a Chinese phone."""
    shop = f"--host-resolver-rules=MAP shop.example.com 127.0.0.1:{shop_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_binary, args=["--no-sandbox", shop])
        yield browser, {**playwright.devices["Pixel 7"], "locale": "zh-CN", "ignore_https_errors": True}
        browser.close()


def decoded(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return str(found.text)


def test_a_poster_is_made_hung_scanned_and_taken_down(
    chromium: tuple[Browser, dict[str, Any]], demo_product: Connection, artifacts: Path
) -> None:
    assert demo_product.dashboard_url
    desk = chromium[0].new_context(viewport=DESK, locale="en-GB", timezone_id="Europe/Berlin").new_page()
    board = Dashboard(desk, demo_product.dashboard_url, artifacts, "1280")
    board.open("placements")
    board.sign_in(demo_product.secret_key)
    expect(board.heading("Placements")).to_be_visible(timeout=PATIENCE)

    board.button("New placement").click()
    board.write("Name", "Poster at the station")
    board.button("Make it").click()
    expect(board.page.get_by_text("Say where it leads to")).to_be_visible(timeout=PATIENCE)
    board.write("Leads to", "http://shop.example.com/spring")
    board.button("Make it").click()
    expect(board.page.get_by_text("begins with https")).to_be_visible(timeout=PATIENCE)
    board.keep("placement-form")
    board.write("Leads to", SHOP)
    board.button("Make it").click()
    expect(board.heading("Poster at the station")).to_be_visible(timeout=PATIENCE)
    expect(board.tile("Scans").locator(".ff-value")).to_have_text("0", timeout=PATIENCE)

    with board.page.expect_download() as download:
        board.button("PNG").click()
    printed = decoded(Path(download.value.path()).read_bytes())
    with board.page.expect_download() as download:
        board.button("Poster sheet (A4)").click()
    sheet = Path(download.value.path())
    assert "Poster at the station" in sheet.read_text(encoding="utf-8")

    hand = chromium[0].new_context(**chromium[1]).new_page()
    hand.goto(printed)
    expect(hand.get_by_role("heading", name="The spring sale")).to_be_visible()
    assert hand.url == SHOP
    expect(board.tile("Scans").locator(".ff-value")).to_have_text("1", timeout=PATIENCE)
    expect(board.tile("Clicks").locator(".ff-value")).to_have_text("0")
    expect(board.page.locator(".js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    assert board.fits()
    board.keep("placement")

    with board.page.expect_download() as download:
        board.button("Numbers as CSV").click()
    assert Path(download.value.path()).read_text().splitlines()[0].startswith("at,scans,clicks")

    # The sheet, as it comes out of the printer, holds the same code.
    paper = chromium[0].new_context(viewport={"width": 800, "height": 1131}).new_page()
    paper.set_content(sheet.read_text(encoding="utf-8"))
    assert decoded(paper.screenshot()) == printed
    paper.screenshot(path=artifacts / "placement-sheet.png")

    board.button("Archive").click()
    expect(board.button("Back from the archive")).to_be_visible(timeout=PATIENCE)
    answer = hand.goto(printed)
    assert answer is not None
    assert answer.status == 410
    expect(hand.get_by_role("heading", name="活动已结束")).to_be_visible()
    hand.screenshot(path=artifacts / "placement-over.png")
    board.go_to("Placements")
    board.page.get_by_test_id("stCheckbox").get_by_text("Archived").click()
    expect(board.button("Poster at the station")).to_be_visible(timeout=PATIENCE)


def test_an_analyst_reads_on_a_phone_and_text_stays_text(
    chromium: tuple[Browser, dict[str, Any]], demo_product: Connection, artifacts: Path
) -> None:
    assert demo_product.dashboard_url
    with demo_product.backend() as backend:
        poster = {"name": NASTY, "kind": "forum_post", "link": SHOP, "place": NASTY, "tags": ["gate"]}
        backend.post("/v1/placements", json=poster)
        analyst = backend.post("/v1/keys", json={"kind": "secret", "role": "analyst"}).json()["key"]
    phone = {**chromium[1], "locale": "en-GB", "viewport": {"width": 390, "height": 844}}
    board = Dashboard(chromium[0].new_context(**phone).new_page(), demo_product.dashboard_url, artifacts, "390")
    board.open("placements")
    board.sign_in(analyst)
    row = board.page.get_by_role("button", name=NASTY)
    expect(row).to_be_visible(timeout=PATIENCE)
    expect(board.button("New placement")).to_have_count(0)
    assert board.fits()
    board.keep("placements")
    row.click()
    expect(board.heading(NASTY)).to_be_visible(timeout=PATIENCE)
    expect(board.tile("Scans")).to_be_visible(timeout=PATIENCE)
    expect(board.page.get_by_role("button", name="SVG")).to_be_visible(timeout=PATIENCE)
    for name in ("Edit", "Archive", "Delete"):
        expect(board.button(name)).to_have_count(0)
    assert board.page.evaluate("window.hurt") is None
    assert board.fits()
    board.keep("placement-of-an-analyst")
