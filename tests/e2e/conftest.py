"""Real browsers and the real product, for every test in this folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.e2e.dashboard_pages import DESK as BOARD
from tests.e2e.dashboard_pages import Dashboard, Open
from tests.e2e.product import Connection, running_product
from tests.e2e.push_service import PushService, running_push_service

REQUIRE = "FANFARE_REQUIRE_BROWSERS"
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept: FANFARE_ARTIFACTS, else `artifacts` at the root of the project."""
    directory = Path(os.environ.get("FANFARE_ARTIFACTS") or Path(__file__).parents[2] / "artifacts")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def firefox_binary() -> str:
    return _browser("Firefox", "FANFARE_FIREFOX", "firefox-esr", "firefox")


@pytest.fixture(scope="session")
def chromium_binary() -> str:
    return _browser("Chromium", "FANFARE_CHROMIUM", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def push_service() -> Iterator[PushService]:
    """The push service of the real Firefox."""
    with running_push_service() as service:
        yield service


@pytest.fixture(scope="session")
def product(push_service: PushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """`fanfare up` with an empty app, whose worker may send to the local push service."""
    environ = {"FANFARE_WEB_PUSH_HOSTS": push_service.host}
    with running_product(tmp_path_factory.mktemp("up") / "data", "--no-dashboard", environ=environ) as connection:
        yield connection


@pytest.fixture(scope="session")
def demo_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """`fanfare up --demo`: dashboard, stand-in providers and simulated phones."""
    options = ("--demo", "--dashboard-port", "0")
    with running_product(tmp_path_factory.mktemp("demo") / "data", *options) as connection:
        yield connection


@pytest.fixture(scope="module")
def chromium(chromium_binary: str) -> Iterator[tuple[Browser, dict[str, Any]]]:
    """The browser, and what makes it a phone of 390 pixels."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_binary, args=["--no-sandbox"])
        phone = {name: playwright.devices["iPhone 13"][name] for name in ("user_agent", "is_mobile", "has_touch")}
        yield browser, {**phone, "viewport": {"width": 390, "height": 844}}
        browser.close()


@pytest.fixture
def visit(chromium: tuple[Browser, dict[str, Any]], demo_product: Connection, artifacts: Path) -> Iterator[Open]:
    """Open a dashboard as somebody at a desk, or with a phone."""
    browser, phone = chromium
    contexts = []

    def opened(url: str | None = None, *, on_phone: bool = False, locale: str = "en-GB", path: str = "") -> Dashboard:
        given = phone if on_phone else {"viewport": BOARD}
        contexts.append(browser.new_context(locale=locale, timezone_id="Europe/Berlin", **given))
        address = url or demo_product.dashboard_url
        assert address
        dashboard = Dashboard(contexts[-1].new_page(), address, artifacts, "390" if on_phone else "1280")
        dashboard.open(path)
        return dashboard

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(chromium_binary: str, tmp_path: Path) -> Iterator[Page]:
    """A Chromium with a profile of its own on disk: an incognito one has no Push API and complains on the console."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium_binary,
            args=["--no-sandbox"],
            viewport=DESK,
            locale="en-US",
        )
        yield context.pages[0]
        context.close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Errors on the console, content-security violations among them, and exceptions nobody caught."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def _browser(name: str, variable: str, *commands: str) -> str:
    """Path of the browser. Skips the test without one; fails it where browsers are required."""
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, commands)), None)
    if found:
        return found
    reason = f"{name} is not installed (looked for {', '.join(commands)}; {variable} names another one)."
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason} {REQUIRE}=1 asks for it.")
    pytest.skip(reason)
