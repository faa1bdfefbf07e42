"""Tokens, keys, texts and credentials never reach a log (check 50)."""

import json
from collections.abc import Iterator

import pytest
import structlog

from push.command.logs import log_as_lines


@pytest.fixture
def lines() -> Iterator[None]:
    log_as_lines()
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("lines")
def test_a_failure_is_logged_with_its_place_and_without_what_was_being_worked_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def send(token: str) -> None:
        raise ValueError(f"cannot send to {token}")

    try:
        send("a-push-token")
    except ValueError:
        structlog.get_logger().exception("batch_failed", batch_id="bat_1")
    said = capsys.readouterr().out
    assert "a-push-token" not in said
    line = json.loads(said)
    assert (line["event"], line["batch_id"], line["level"]) == ("batch_failed", "bat_1", "error")
    assert line["error"] == "builtins.ValueError"
    assert line["at"][-1].endswith("send")


@pytest.mark.usefixtures("lines")
def test_every_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("batch_settled", accepted=3)
    structlog.get_logger().debug("nobody asked")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["accepted"] == 3
