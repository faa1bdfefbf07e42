"""Node for the tests of the web SDK."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[1] / "sdk_contracts" / "web"
REQUIRE = "FANFARE_REQUIRE_NODE"
PATIENCE_SECONDS = 100


def node() -> str:
    """Path of Node, with the SDK's packages installed. Skips the test without; fails it where Node is required."""
    found = shutil.which("node")
    if found and (WEB / "node_modules").is_dir():
        return found
    what = "`npm ci` has not been run in sdk_contracts/web" if found else "Node is not installed"
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{what}. {REQUIRE}=1 asks for it.")
    pytest.skip(f"{what}.")


def run(*command: str | Path) -> str:
    """What a Node script of the web SDK says. Raises AssertionError with it when it fails."""
    done = subprocess.run(
        [node(), *command],
        cwd=WEB,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
