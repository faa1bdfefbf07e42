"""The dashboard as a person's hands and eyes know it, in a real Chromium."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import environ
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.e2e.product import Connection

ROOT = Path(__file__).parents[2]
DESK = {"width": 1280, "height": 1280}
PATIENCE = 60_000
"""Milliseconds. Streamlit's first chart takes about five seconds on a busy machine."""


class Dashboard:
    def __init__(self, page: Page, url: str, artifacts: Path, label: str) -> None:
        page.set_default_timeout(PATIENCE)
        self.page = page
        self._url = url
        self._artifacts = artifacts
        self._label = label

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self._url}/{path}")
        expect(self.page.locator("input[type=password]")).to_be_visible(timeout=PATIENCE)

    def sign_in(self, key: str) -> None:
        self.page.locator("input[type=password]").fill(key)
        self.page.get_by_role("button", name="Sign in").click()

    def go_to(self, name: str) -> None:
        """Through the menu, which a phone keeps folded away."""
        unfold = self.page.get_by_test_id("stExpandSidebarButton")
        if unfold.is_visible():
            unfold.click()
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        expect(self.heading(name)).to_be_visible(timeout=PATIENCE)

    def follow(self, way: Locator, name: str) -> None:
        """Click until the page is there: what is drawn anew just then hears no click, and a person clicks again."""
        for _ in range(4):
            way.click()
            with suppress(AssertionError):
                expect(self.heading(name)).to_be_visible(timeout=PATIENCE / 4)
                return
        expect(self.heading(name)).to_be_visible(timeout=PATIENCE)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True, level=1)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def write(self, field: str, text: str) -> None:
        box = self.page.get_by_role("textbox", name=field, exact=True).locator("visible=true")
        box.fill(text)
        box.press("Tab")

    def tile(self, label: str) -> Locator:
        named = self.page.locator(".ff-label", has_text=re.compile(f"^{re.escape(label)}$"))
        return self.page.locator(".ff-tile", has=named)

    def fraction(self, label: str) -> tuple[int, int]:
        """Numerator and denominator of a rate on screen."""
        over = self.tile(label).locator(".ff-over").first.inner_text()
        numerator, denominator = (int(part.replace(",", "")) for part in over.split(" / "))
        return numerator, denominator

    def keep(self, name: str) -> None:
        """A picture among the artefacts, once what moves has come to rest and nothing is wrong with the page."""
        assert self.page.get_by_test_id("stException").count() == 0
        self.page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        self.page.wait_for_timeout(700)
        self.page.screenshot(path=self._artifacts / f"dashboard-{name}-{self._label}.png")

    def fits(self) -> bool:
        """Nothing makes the reader scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


Open = Callable[..., Dashboard]
"""Opens a dashboard as somebody at a desk, or with a phone."""


def role_key(product: Connection, role: str) -> str:
    with product.backend() as backend:
        return str(backend.post("/v1/keys", json={"kind": "secret", "role": role}).json()["key"])


@contextmanager
def running_dashboard(api_url: str, port: int | None = None, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """A dashboard of the test's own in front of `api_url`, `more` in its environment; the answer is its address."""
    port = port or free_port()
    given = {"FANFARE_API_URL": api_url, "FANFARE_DASHBOARD_PORT": str(port), "FANFARE_DASHBOARD_HOST": "127.0.0.1"}
    command = [sys.executable, "-m", "dashboard"]
    with subprocess.Popen(command, cwd=ROOT, env={**environ, **given, **(more or {})}) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


class Wire:
    """A line to the API that can be cut: while it is, connections are refused."""

    def __init__(self, target: str) -> None:
        self._target = httpx.URL(target)
        self._port = free_port()
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        lines, self._open = self._open, []
        if self._listener is not None:
            lines.append(self._listener)
        for line in lines:
            _close(line)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection((self._target.host, self._target.port or 80))
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _close(line: socket.socket) -> None:
    """Shut and close; the other side may have been quicker."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
    except OSError:
        pass
    _close(sink)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer.")
