import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pymongo import MongoClient

from push import embedded


def test_it_answers_and_keeps_what_was_written_over_a_kill(tmp_path: Path):
    with embedded.running(tmp_path) as first, MongoClient(first.url, serverSelectionTimeoutMS=500) as client:
        client.shop.orders.insert_one({"_id": 1})
        first.process.kill()
        first.process.wait()
    with embedded.running(tmp_path) as second, MongoClient(second.url) as client:
        assert client.shop.orders.find_one() == {"_id": 1}


def test_a_second_server_on_the_same_data_is_refused_with_advice(tmp_path: Path):
    with embedded.running(tmp_path), pytest.raises(embedded.EmbeddedDatabaseInUse, match="--data-dir"):
        embedded.start(tmp_path)


def test_a_refused_second_server_leaves_the_log_of_the_first_alone(tmp_path: Path):
    with embedded.running(tmp_path):
        with contextlib.suppress(embedded.EmbeddedDatabaseInUse):
            embedded.start(tmp_path)
        assert "listening" in (tmp_path / "server.log").read_text()


def test_it_stops_when_asked(tmp_path: Path):
    database = embedded.start(tmp_path)
    began = time.monotonic()
    database.stop()
    assert database.process.returncode is not None
    assert time.monotonic() - began < embedded.STOP_SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_it_does_not_outlive_a_killed_parent(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path; from push import embedded\n"
        f"print(embedded.start(Path({str(tmp_path)!r})).process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _is_gone_within(child, seconds=10)


def test_without_the_package_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded, "PROGRAMME", "not-a-server")
    with pytest.raises(embedded.EmbeddedDatabaseMissing, match="FANFARE_MONGO_URL"):
        embedded.programme()


def _is_gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False
