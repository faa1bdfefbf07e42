"""The Kotlin SDK compiles, passes its own tests and the conformance suite, and lives with the real server."""

from pathlib import Path

import pytest

from sdk_contracts.conformance.checklist import Verdict
from sdk_contracts.conformance.sdk.all import run_sdk_checks
from tests.integration.api.serving import Api
from tests.integration.conformance.living import lives
from tests.kotlin import KOTLIN, adapter, built

# Maven's first run fetches the compiler.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def maven() -> str:
    return built()


def test_it_compiles_without_a_warning_and_its_own_tests_pass(maven: str) -> None:
    assert "Failures: 0, Errors: 0" in maven
    assert (KOTLIN / "target" / "fanfare-0.1.0.jar").is_file()


def test_it_passes_every_check_of_the_conformance_suite(maven: str) -> None:
    outcomes = list(run_sdk_checks(adapter()))
    assert [(each.text, each.detail) for each in outcomes if each.verdict is not Verdict.PASS] == []


async def test_it_lives_with_the_real_server(api: Api, maven: str, tmp_path: Path) -> None:
    await lives(api, adapter(), tmp_path)


def test_it_names_no_package_registry() -> None:
    text = (KOTLIN / "pom.xml").read_text()
    assert "<repositor" not in text
    assert "<pluginRepositor" not in text
