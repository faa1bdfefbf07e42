"""`fanfare up` as a person starts it: child processes, real database, no browser."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

START_SECONDS = 100.0
STOP_SECONDS = 45.0


class Running:
    def __init__(self, directory: Path, process: subprocess.Popen[bytes], output: Path) -> None:
        self.directory = directory
        self.process = process
        self.output = output

    def connection(self) -> dict[str, str]:
        """Waits for it."""
        file = self.directory / "connection.json"
        deadline = time.monotonic() + START_SECONDS
        while not file.exists():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)
        return json.loads(file.read_text())

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "push", *arguments], env=environ(self.directory), capture_output=True, text=True
        )

    def child(self, name: str) -> int:
        """The process id of a child."""
        listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        return next(int(pid) for pid, parent, command in rows if int(parent) == self.process.pid and name in command)


def is_served(api_url: str) -> bool:
    try:
        return httpx.get(f"{api_url}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False


def environ(directory: Path) -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("FANFARE_")}
    return {**outside, "FANFARE_DATA_DIR": str(directory)}


@contextlib.contextmanager
def up(directory: Path, *options: str) -> Iterator[Running]:
    output = directory.parent / f"{directory.name}.out"
    with output.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "push", "up", "--api-port", "0", "--no-dashboard", *options],
            env=environ(directory),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(directory, process, output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def test_one_command_brings_it_up_says_how_to_connect_and_stops_cleanly(tmp_path: Path):
    directory = tmp_path / "data"
    with up(directory) as running:
        connection = running.connection()
        file = directory / "connection.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert connection["dashboard_url"] is None
        ask = httpx.Client(base_url=connection["api_url"], trust_env=False)
        assert ask.get("/health/ready").status_code == 200
        public = ask.get("/v1/app", headers={"Authorization": f"Bearer {connection['publishable_key']}"}).json()
        assert public["app_id"] == connection["app_id"]
        assert public["vapid_public_key"] == connection["vapid_public_key"]
        owner = ask.get("/v1/settings", headers={"Authorization": f"Bearer {connection['secret_key']}"})
        assert owner.status_code == 200
        said = running.output.read_text()
        assert connection["secret_key"] not in said
        assert connection["api_url"] in said

        made = running.command("key", "create", "--role", "sender")
        assert made.returncode == 0, made.stderr
        assert made.stdout.startswith("ffs_")
        audit = ask.get("/v1/audit", headers={"Authorization": f"Bearer {connection['secret_key']}"}).json()["items"]
        assert audit[0]["action"] == "key.created"
        assert audit[0]["details"] == {"kind": "secret", "role": "sender", "by": "command line"}
        assert audit[0]["key_id"] is None
        assert "My app" in running.command("app", "list").stdout
        doctor = running.command("doctor")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        second = running.command("up", "--no-dashboard")
        assert second.returncode == 1
        assert "--data-dir" in second.stderr
    assert running.process.returncode == 0
    assert not file.exists()

    with up(directory) as again:
        known = again.connection()
        assert {name: known[name] for name in ("app_id", "secret_key", "publishable_key", "identity_secret")} == {
            name: connection[name] for name in ("app_id", "secret_key", "publishable_key", "identity_secret")
        }
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(STOP_SECONDS) == 0


def test_when_a_part_dies_it_says_which_and_stops_the_rest(tmp_path: Path):
    with up(tmp_path / "data") as running:
        connection = running.connection()
        os.kill(running.child("worker"), signal.SIGKILL)
        assert running.process.wait(STOP_SECONDS) == 1
        assert "The worker stopped by itself" in running.output.read_text()
        assert not is_served(connection["api_url"])


def test_a_killed_fanfare_leaves_nothing_running(tmp_path: Path):
    with up(tmp_path / "data") as running:
        connection = running.connection()
        running.process.kill()
        running.process.wait()
        deadline = time.monotonic() + 30
        while is_served(connection["api_url"]):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    with up(tmp_path / "data") as again:
        assert again.connection()["app_id"] == connection["app_id"]


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path):
    nothing = Running(tmp_path, subprocess.Popen(["true"]), tmp_path)
    unset = nothing.command("doctor")
    assert unset.returncode == 1
    assert "FANFARE_MONGO_URL" in unset.stdout


def test_in_the_demo_a_newcomer_only_launches_and_the_numbers_move(tmp_path: Path):
    with up(tmp_path / "data", "--demo") as running:
        connection = running.connection()
        headers = {"Authorization": f"Bearer {connection['secret_key']}"}
        with httpx.Client(base_url=connection["api_url"], headers=headers, trust_env=False) as api:
            [draft] = api.get("/v1/campaigns").json()["items"]
            assert draft["state"] == "draft"
            assert api.post(f"/v1/campaigns/{draft['id']}/launch").is_success
            deadline = time.monotonic() + 60
            total: dict[str, int] = {}
            while total.get("opened", 0) == 0:
                assert time.monotonic() < deadline, total
                time.sleep(0.5)
                total = api.get(f"/v1/campaigns/{draft['id']}/metrics").json()["total"]
        assert total["accepted"] > 100
        assert total["targeted"] == sum(total[end] for end in ("planned", "accepted", "failed", "dead", "skipped"))
        assert running.command("doctor").returncode == 0
