"""`python -m dashboard` as a process."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from dashboard.__main__ import options
from dashboard.settings import BadSetting, Settings, from_environment

ROOT = Path(__file__).parents[3]


def test_settings_come_from_the_environment() -> None:
    given = {"FANFARE_API_URL": "https://push.example.com/", "FANFARE_DASHBOARD_HOST": "::1"}
    assert from_environment(given) == Settings(api_url="https://push.example.com", host="::1", port=8501)


@pytest.mark.parametrize(
    "given",
    [
        {"FANFARE_DASHBOARD_PORT": "port"},
        {"FANFARE_DASHBOARD_PORT": "70000"},
        {"FANFARE_API_URL": ""},
        {"FANFARE_API_URL": "127.0.0.1:8080"},
        {"FANFARE_API_URL": "http://[::bad"},
        {"FANFARE_API_URL": "http://host:port"},
    ],
)
def test_a_setting_that_cannot_be_is_named(given: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(given))):
        from_environment(given)


def test_nothing_is_reported_to_anybody_and_no_error_shows_its_insides() -> None:
    chosen = options(Settings())
    assert chosen["browser.gatherUsageStats"] is False
    assert chosen["client.showErrorDetails"] == "none"
    assert chosen["server.address"] == "127.0.0.1"


def test_a_re_run_does_not_pay_for_looking_through_all_that_lives() -> None:
    # It was three quarters of what a viewer cost: tests/bench/viewers.py.
    assert options(Settings())["runner.postScriptGC"] is False


def test_it_serves_and_stops_on_sigterm() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "FANFARE_DASHBOARD_PORT": str(port), "FANFARE_DASHBOARD_HOST": "127.0.0.1"}
    with subprocess.Popen([sys.executable, "-m", "dashboard"], cwd=ROOT, env=environ) as process:
        try:
            assert _answers(f"http://127.0.0.1:{port}/_stcore/health")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
        finally:
            process.kill()


def _answers(url: str) -> bool:
    for _ in range(200):
        try:
            return httpx.get(url, trust_env=False).text == "ok"
        except httpx.TransportError:
            time.sleep(0.1)
    return False
