"""What `fanfare up --demo` adds: stand-in providers, simulated phones, and a campaign that waits to be launched."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from msgspec import Struct

from push.command.first_app import AppPart
from push.command.home import Home
from push.command.supervisor import Child, Supervisor
from push.errors import PushError

PHONES = 200
START_SECONDS = 60.0
REGISTER_SECONDS = 30.0
DRAFT: dict[str, Any] = {
    "name": "Spring sale",
    "kind": "service",
    "category": "offers",
    "audience": {"include": {"all": True}},
    "channels": ["push", "inbox"],
    "content": {
        "default_locale": "en",
        "translations": {
            "en": {"title": "The spring sale is open", "body": "Twenty per cent off everything green, until Sunday."},
            "de": {
                "title": "Der Frühlingsverkauf ist eröffnet",
                "body": "Zwanzig Prozent auf alles Grüne, bis Sonntag.",
            },
            "zh": {"title": "春季特卖开始了", "body": "所有绿色商品八折，周日截止。"},
        },
        "link": "https://shop.example.com/spring",
        "actions": [{"id": "look", "label": "Look around", "link": "https://shop.example.com/spring"}],
    },
}


PLACEMENTS: list[dict[str, Any]] = [
    {
        "name": "Spring sale: poster at the station",
        "kind": "poster",
        "link": "https://shop.example.com/spring",
        "place": "Main station, platform 3",
        "tags": ["spring"],
        "utm": {"source": "poster", "medium": "print", "campaign": "spring-sale"},
    },
    {
        "name": "First aid course, spring term",
        "kind": "course",
        "link": "https://shop.example.com/training/first-aid",
        "place": "Staff canteen, and the forum of the works council",
        "tags": ["training"],
        "carry_id": True,
    },
]
SCANS, CLICKS = 4, 1
"""How often people come by the code and by the link, of each of these."""


class ApiRefused(PushError):
    def __init__(self, method: str, path: str, answer: str) -> None:
        super().__init__(f"The API refused {method} {path}: {answer}")


class Sandbox(Struct, frozen=True):
    """The running stand-ins, and what API and worker must be told of them."""

    child: Child
    fcm_url: str
    web_push_url: str
    phones_file: Path
    """Where the sandbox remembers its phones."""
    saved_before: int
    """When an earlier run last wrote it."""
    posters_file: Path
    """Where its phones find what they come by."""

    @property
    def environ(self) -> dict[str, str]:
        return {"FANFARE_FCM_URL": self.fcm_url, "FANFARE_WEB_PUSH_HOSTS": urlsplit(self.web_push_url).netloc}


def start_sandbox(
    home: Home, supervisor: Supervisor, api_url: str, app: AppPart, environ: Mapping[str, str]
) -> Sandbox:
    """Stand-ins, and phones that register once the API at `api_url` is there; the same ones each time."""
    fcm_port, web_push_port = home.sandbox_ports()
    phones_file = home.sandbox / "phones.json"
    posters_file = home.sandbox / "posters.txt"
    saved_before = _saved_at(phones_file)
    options = {
        "--fcm-port": fcm_port,
        "--web-push-port": web_push_port,
        "--api-url": api_url,
        "--publishable-key": app["publishable_key"],
        "--phones": PHONES,
        "--phones-file": phones_file,
        "--service-account": home.sandbox / "service-account.json",
        "--posters": posters_file,
    }
    given = [str(part) for option in options.items() for part in option]
    child = supervisor.start(
        "sandbox",
        [sys.executable, "-m", "sdk_contracts.sandbox", *given],
        {**environ, "FANFARE_IDENTITY_SECRET": app["identity_secret"]},
    )
    sandbox = Sandbox(
        child,
        f"http://127.0.0.1:{fcm_port}",
        f"http://127.0.0.1:{web_push_port}",
        phones_file,
        saved_before,
        posters_file,
    )
    for url in (sandbox.fcm_url, sandbox.web_push_url):
        supervisor.wait_until_answering(child, f"{url}/_sandbox/stats", START_SECONDS)
    return sandbox


def prepare(supervisor: Supervisor, sandbox: Sandbox, api_url: str, secret_key: str) -> None:
    """Credentials of the stand-in's Firebase project for the app, a draft unless there is one, posters and phones."""
    account = httpx.get(f"{sandbox.fcm_url}/_sandbox/service-account", timeout=10, trust_env=False)
    headers = {"Authorization": f"Bearer {secret_key}"}
    with httpx.Client(base_url=api_url, headers=headers, timeout=20, trust_env=False) as api:
        _ask(api, "PUT", "/v1/credentials/fcm", {"service_account": account.raise_for_status().json()})
        _ask(api, "PATCH", "/v1/settings", {"categories": ["offers", "news"]})
        campaigns = _ask(api, "GET", "/v1/campaigns?limit=100")["items"]
        if not any(campaign["state"] == "draft" for campaign in campaigns):
            _ask(api, "POST", "/v1/campaigns", DRAFT)
        _hang(api, sandbox.posters_file)
    _wait_for_phones(supervisor, sandbox)


def _hang(api: httpx.Client, file: Path) -> None:
    """Placements, unless there are any, and the paths of their links for the phones: the API here, not its public
    address."""
    hung = _ask(api, "GET", "/v1/placements?limit=100")["items"]
    hung = hung or [_ask(api, "POST", "/v1/placements", each) for each in PLACEMENTS]
    wanted = [each[url] for each in hung for url, times in (("scan_url", SCANS), ("url", CLICKS)) for _ in range(times)]
    file.write_text("".join(f"/r/{url.rpartition('/')[2]}\n" for url in wanted), encoding="utf-8")


def _wait_for_phones(supervisor: Supervisor, sandbox: Sandbox) -> None:
    """Until all have registered and logged in, which is when the sandbox saves them. Raises ChildDied."""
    deadline = time.monotonic() + REGISTER_SECONDS
    while _saved_at(sandbox.phones_file) == sandbox.saved_before and time.monotonic() < deadline:
        supervisor.check()
        time.sleep(0.1)


def _saved_at(file: Path) -> int:
    """When it was last written, in nanoseconds; 0 when it never was."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _ask(api: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    response = api.request(method, path, json=body)
    if response.is_error:
        raise ApiRefused(method, path, response.text)
    return response.json() if response.content else None
