"""The real product, as a person starts it: `fanfare up` as a child process, and a client for its HTTP API."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

START_SECONDS = 110.0
STOP_SECONDS = 60.0


class Connection(msgspec.Struct, frozen=True):
    """What `connection.json` tells a client."""

    api_url: str
    dashboard_url: str | None
    app_id: str
    publishable_key: str
    secret_key: str
    identity_secret: str
    vapid_public_key: str

    @property
    def demo_url(self) -> str:
        return f"{self.api_url}/demo?key={self.publishable_key}"

    def backend(self) -> httpx.Client:
        """The API as a backend sees it, with the secret key."""
        return httpx.Client(
            base_url=self.api_url,
            headers={"Authorization": f"Bearer {self.secret_key}"},
            timeout=15,
            trust_env=False,
            event_hooks={"response": [_explain]},
        )


@contextlib.contextmanager
def running_product(directory: Path, *options: str, environ: Mapping[str, str] | None = None) -> Iterator[Connection]:
    """`fanfare up` on free ports with its data in `directory`. Raises AssertionError with what it said."""
    command = [sys.executable, "-m", "push", "up", "--data-dir", str(directory), "--api-port", "0", *options]
    log = directory.parent / f"{directory.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **(environ or {})}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _wait_for(directory / "connection.json", process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def _wait_for(file: Path, process: "subprocess.Popen[bytes]", log: Path) -> Connection:
    deadline = time.monotonic() + START_SECONDS
    while not file.exists():
        assert process.poll() is None, f"`fanfare up` ended with {process.returncode}:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"`fanfare up` is not ready after {START_SECONDS:.0f} s:\n{log.read_text()}"
        time.sleep(0.2)
    return msgspec.json.decode(file.read_bytes(), type=Connection)


def launch(backend: httpx.Client, device_id: str | None, **draft: Any) -> str:
    """Compose a campaign to this device and launch it; the answer is its id."""
    audience = {"include": {"device_ids": [device_id]}}
    campaign = {"kind": "service", "audience": audience, "channels": ["push", "inbox"], **draft}
    campaign_id: str = backend.post("/v1/campaigns", json=campaign).json()["id"]
    backend.post(f"/v1/campaigns/{campaign_id}/launch")
    return campaign_id


def funnel(backend: httpx.Client, campaign_id: str, channel: str = "push") -> dict[str, Any]:
    """The channel's milestones as the metrics have them now; empty before the campaign is planned."""
    metrics = backend.get(f"/v1/campaigns/{campaign_id}/metrics").json()
    return dict(metrics["by_channel"].get(channel, {}))


def _explain(response: httpx.Response) -> None:
    if response.is_error:
        response.read()
        raise AssertionError(f"{response.request.method} {response.url}: {response.status_code} {response.text}")
