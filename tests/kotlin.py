"""The Kotlin SDK, built by Maven, for its tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

KOTLIN = Path(__file__).parents[1] / "sdk_contracts" / "kotlin"
REQUIRE = "FANFARE_REQUIRE_MAVEN"
PATIENCE_SECONDS = 500
"""A cold repository has all of the compiler to fetch."""


def built() -> str:
    """What Maven says when it compiles and tests the SDK. Skips without Maven; fails where it is required."""
    missing = [command for command in ("mvn", "java") if not shutil.which(command)]
    if missing and os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{', '.join(missing)} not installed. {REQUIRE}=1 asks for it.")
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed.")
    command = ["mvn", "--batch-mode", "--no-transfer-progress", "verify"]
    done = subprocess.run(
        command, cwd=KOTLIN, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def adapter() -> list[str]:
    """The command that starts the adapter, once the SDK is built."""
    target = KOTLIN / "target"
    return [
        "java",
        "-cp",
        f"{target / 'classes'}:{target / 'test-classes'}:{target / 'lib'}/*",
        "dev.fanfare.AdapterKt",
    ]
