"""Our SDKs pass the conformance suite, and the suite notices one that does not."""

import sys
from pathlib import Path

import pytest

from sdk_contracts.conformance.checklist import Outcome, Verdict
from sdk_contracts.conformance.sdk.all import run_sdk_checks
from tests.integration.api.serving import Api
from tests.integration.conformance.living import lives
from tests.nodejs import node, run

pytestmark = pytest.mark.timeout(400)

CARELESS = [sys.executable, str(Path(__file__).with_name("careless_adapter.py"))]


def not_passed(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(each.text, each.detail) for each in outcomes if each.verdict is not Verdict.PASS]


def test_the_web_sdk_passes_every_check(tmp_path: Path) -> None:
    run("build.mjs", "--adapter", tmp_path)
    outcomes = list(run_sdk_checks([node(), str(tmp_path / "adapter.mjs")]))
    assert not_passed(outcomes) == []
    assert len(outcomes) > 20


async def test_the_web_sdk_lives_with_the_real_server(api: Api, tmp_path: Path) -> None:
    run("build.mjs", "--adapter", tmp_path)
    await lives(api, [node(), str(tmp_path / "adapter.mjs")], tmp_path / "memory")


@pytest.mark.parametrize(
    ("only", "why"),
    [
        (
            "lost is sent again",
            "events that were sent with different bodies|waited|sent 1 times|not enough values|too many",
        ),
        ("Killed and started again", "installation_id after a restart"),
        ("shown once, however often", "shown: expected"),
        ("`received` and `displayed`", "kinds and receipts"),
        ("nothing is sent before that time", "asked to wait 3"),
        ("do not come back in the same moment", "asked to wait 1"),
        ("Asks with If-None-Match", "If-None-Match"),
        ("page to page", "items of both pages"),
        ("Marks, deletes", "does not answer"),
    ],
)
def test_a_careless_sdk_is_noticed(only: str, why: str) -> None:
    (outcome,) = run_sdk_checks(CARELESS, only)
    assert outcome.verdict is Verdict.FAIL
    assert any(each in outcome.detail for each in why.split("|")), outcome.detail


def test_an_adapter_that_speaks_no_json_is_told_so() -> None:
    (outcome,) = run_sdk_checks([sys.executable, "-c", "print('hello', flush=True); input()"], "Marks, deletes")
    assert "what is no JSON" in outcome.detail
