"""The audit of the lock tells a finding from not being able to ask."""

import subprocess
from pathlib import Path

from tests.audit import BAD, GOOD, LOCK, UNKNOWN, audit, first_pin

FOUND = "Found 1 known vulnerability in 1 package"


class PipAudit:
    """Answers one after the other; remembers what it was asked to read."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.read: list[str] = []

    def __call__(self, requirements: Path) -> "subprocess.CompletedProcess[str]":
        self.read.append(requirements.read_text())
        status, said = self.answers.pop(0)
        return subprocess.CompletedProcess([], status, "", said)


def test_a_clean_lock_is_good() -> None:
    run = PipAudit((0, "No known vulnerabilities found"), (0, "No known vulnerabilities found"))
    assert audit(LOCK, run)[0] == GOOD
    assert run.read[1] == LOCK.read_text()


def test_a_vulnerability_is_bad_also_where_it_is_in_the_first_pin() -> None:
    assert audit(LOCK, PipAudit((0, ""), (1, FOUND)))[0] == BAD
    assert audit(LOCK, PipAudit((1, FOUND), (1, FOUND)))[0] == BAD


def test_a_package_that_cannot_be_audited_is_bad_where_others_can() -> None:
    assert audit(LOCK, PipAudit((0, ""), (1, "ERROR: x: Dependency not found and could not be audited")))[0] == BAD


def test_without_anybody_to_ask_it_says_so_and_asks_once() -> None:
    run = PipAudit((1, "Traceback\nConnectionError: Failed to resolve"))
    outcome, said = audit(LOCK, run)
    assert (outcome, "Not audited" in said, "Failed to resolve" in said) == (UNKNOWN, True, True)
    assert len(run.read) == 1


def test_the_probe_is_one_package_with_its_hashes() -> None:
    pin = first_pin(LOCK.read_text())
    assert pin.count("==") == 1
    assert "--hash=sha256:" in pin
    assert not pin.rstrip().endswith("\\")
