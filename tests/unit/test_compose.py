"""docker-compose.yml: what can be checked of it without a Docker daemon."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_production_is_a_database_and_three_processes():
    assert set(SERVICES) == {"mongo", "api", "worker", "dashboard"}
    assert SERVICES["mongo"]["image"] == "mongo:7"
    assert "--replSet" in SERVICES["mongo"]["entrypoint"][-1]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_says_whether_it_is_well_and_comes_back(name: str):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["api", "worker", "dashboard"])
def test_our_processes_are_commands_that_exist_and_run_without_privileges(name: str):
    from push.command import fanfare

    assert SERVICES[name]["command"][0] in fanfare.commands
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_secrets_come_from_the_environment_and_compose_refuses_to_start_without_them():
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("FANFARE_SECRET_KEY", "FANFARE_MONGO_PASSWORD"):
        uses = re.findall(rf"\$\{{{secret}(.*?)}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_the_dashboard_gets_no_secret_of_the_engine():
    """Its address, and what signing in through a provider needs: keys of roles, which the API knows by their hashes."""
    given = set(SERVICES["dashboard"]["environment"]) - {"FANFARE_API_URL"}
    assert all(name.startswith("FANFARE_DASHBOARD_") for name in given)


def test_only_the_doors_are_open_and_only_on_this_machine():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="no Compose on this machine; .ci/run installs it")
def test_compose_itself_accepts_the_file():
    environ = {**os.environ, "FANFARE_SECRET_KEY": "s" * 32, "FANFARE_MONGO_PASSWORD": "p"}
    result = subprocess.run(
        ["docker-compose", "--file", ROOT / "docker-compose.yml", "config", "--quiet"],
        env=environ,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
