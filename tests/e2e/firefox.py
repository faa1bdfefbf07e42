"""A real Firefox, headless, driven over Marionette, whose push service is one on loopback."""

import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from marionette_driver import By
from marionette_driver.marionette import Marionette, WebElement

T = TypeVar("T")

logging.getLogger("mozversion").setLevel(logging.WARNING)

STARTUP_SECONDS = 60
WAIT_SECONDS = 30.0


def preferences(push_socket_url: str) -> dict[str, Any]:
    """What a Firefox under automation needs to be pushed to as one on a desk is."""
    return {
        "dom.push.serverURL": push_socket_url,
        "dom.push.testing.allowInsecureServerURL": True,
        "dom.push.connection.enabled": True,  # The remote agent turns it off otherwise.
        "permissions.default.desktop-notification": 1,  # Nobody is there to answer the question.
        "alerts.useSystemBackend": False,  # There is no desktop to show them: Firefox draws its own.
        "remote.prefs.recommended": False,
        "intl.accept_languages": "en-US, en",
    }


class Page:
    """What a test asks of the page in view."""

    def __init__(self, browser: Marionette) -> None:
        self._browser = browser

    def open(self, url: str) -> None:
        self._browser.navigate(url)

    def find(self, selector: str) -> WebElement:
        return self._browser.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def text(self, selector: str) -> str:
        return str(self.find(selector).text)

    def attribute(self, selector: str, name: str) -> str | None:
        value: str | None = self.find(selector).get_attribute(name)
        return value

    def exists(self, selector: str) -> bool:
        return bool(self._browser.find_elements(By.CSS_SELECTOR, selector))

    def wait_for(self, selector: str, seconds: float = WAIT_SECONDS) -> None:
        """Until the page has such an element. Raises AssertionError with what the page shows."""
        try:
            eventually(lambda: self.exists(selector), f"{selector} on the page", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text('body')}") from None

    def bell(self) -> str:
        """What the inbox bell says to a screen reader."""
        script = "return document.querySelector('fanfare-bell').shadowRoot.querySelector('button').ariaLabel"
        return str(self._browser.execute_script(script))

    def notifications(self) -> list[dict[str, Any]]:
        """What the service worker has on screen now: `{title, body, tag, icon, requireInteraction}`."""
        found: list[dict[str, Any]] = self._browser.execute_async_script(
            """
            const [done] = arguments;
            navigator.serviceWorker.ready
              .then((worker) => worker.getNotifications())
              .then((all) => done(all.map(
                ({ title, body, tag, icon, requireInteraction }) => ({ title, body, tag, icon, requireInteraction }))));
            """
        )
        return found

    def tap_notification(self) -> None:
        """Tap what is on screen, as a person would."""
        self._in_alert("document.getElementById('alertBox').click()")

    def close_notification(self) -> None:
        """Press the cross of the notification on screen."""
        self._in_alert("document.getElementById('alert-close').click()")

    def _in_alert(self, press: str) -> None:
        """Firefox draws a notification in a window of its own, which only its privileged side can reach."""
        script = f"""
            for (const alert of Services.wm.getEnumerator("alert:alert")) {{
              const document = alert.document;
              {press};
              return true;
            }}
            return false;
        """
        with self._browser.using_context("chrome"):
            eventually(lambda: self._browser.execute_script(script), "a notification on screen")

    def addresses(self) -> list[str]:
        """What the open tabs show."""
        here = self._browser.current_window_handle
        found = []
        for handle in self._browser.window_handles:
            self._browser.switch_to_window(handle)
            found.append(str(self._browser.get_url()))
        self._browser.switch_to_window(here)
        return found

    def resize(self, width: int, height: int) -> None:
        self._browser.set_window_rect(width=width, height=height)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(self._browser.screenshot(format="binary"))


@contextlib.contextmanager
def running_firefox(binary: str, push_socket_url: str, directory: Path) -> Iterator[Page]:
    """A fresh profile, gone afterwards; Firefox's log stays in `directory`."""
    browser = Marionette(
        bin=binary,
        port=0,
        headless=True,
        prefs=preferences(push_socket_url),
        startup_timeout=STARTUP_SECONDS,
        gecko_log=str(directory / "firefox.log"),
        workspace=str(directory),
    )
    try:
        browser.start_session()
        yield Page(browser)
    finally:
        browser.cleanup()
        # The driver's profile complains when it is collected after the interpreter has begun to end.
        browser.instance = None
        gc.collect()


def eventually(question: Callable[[], T], what: str, seconds: float = WAIT_SECONDS) -> T:
    """The first answer that is true. Raises AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} s for {what}.")
        time.sleep(0.1)
    return answer
