"""`make audit`: whether anything in the lock has a known vulnerability (check 58), by pip-audit.

It asks the Python Package Index for advisories. One pin is asked for first, so that being off line, or behind a mirror
that has packages and no advisories, is told from a finding.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
GOOD, BAD, UNKNOWN = 0, 1, 3
_COMMAND = (
    sys.executable,
    "-m",
    "pip_audit",
    "--strict",
    "--disable-pip",
    "--require-hashes",
    "--progress-spinner",
    "off",
)
_SECONDS = 600
Run = Callable[[Path], "subprocess.CompletedProcess[str]"]


def pip_audit(requirements: Path) -> "subprocess.CompletedProcess[str]":
    command = [*_COMMAND, "--requirement", str(requirements)]
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)


def first_pin(lock: str) -> str:
    """The first package of a lock with its hashes."""
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    end = next((number for number, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1)
    return "\n".join(lines[: end + 1]) + "\n"


def audit(lock: Path, run: Run = pip_audit) -> tuple[int, str]:
    """How it went, and what to say."""
    with tempfile.TemporaryDirectory() as directory:
        probe = Path(directory) / "one.txt"
        probe.write_text(first_pin(lock.read_text()))
        asked = run(probe)
    if asked.returncode and "known vulnerabilit" not in asked.stderr:
        last = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        return UNKNOWN, f"Not audited: no advisories are to be had from here ({last[:200]})."
    whole = run(lock)
    said = "\n".join(part.strip() for part in (whole.stdout, whole.stderr) if part.strip())
    return (BAD if whole.returncode else GOOD), said


def main(arguments: list[str]) -> int:
    """With `--if-possible`, not to be able to ask is no failure."""
    outcome, said = audit(LOCK)
    sys.stdout.write(f"{said}\n")
    return GOOD if outcome == UNKNOWN and "--if-possible" in arguments else outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
