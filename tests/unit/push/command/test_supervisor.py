import os
import sys
import time
from pathlib import Path

import pytest

from push.command.ports import PortTaken, choose_port, free_port
from push.command.supervisor import ChildDied, NotAnswering, Supervisor

SERVE = """
import http.server, sys
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""
SIGN_OFF = """
import pathlib, signal, sys, time
def sign_off(*_):
    with pathlib.Path(sys.argv[1]).open("a") as order:
        order.write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, sign_off)
print("up", flush=True)
time.sleep(60)
"""
SLEEP = "import time; time.sleep(60)"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_a_child_is_waited_for_until_it_answers(tmp_path: Path):
    port = free_port(0)
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("web", python(SERVE, str(port)), os.environ)
        supervisor.wait_until_answering(child, f"http://127.0.0.1:{port}/", 30)
        supervisor.check()
    assert child.process.returncode is not None


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path):
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("api", python("import sys; sys.exit('no such file: config')"), os.environ)
        with pytest.raises(ChildDied, match=r"api stopped by itself.*exit code 1") as died:
            supervisor.watch()
    assert "no such file: config" in str(died.value)


def test_waiting_for_one_notices_that_another_died(tmp_path: Path):
    with Supervisor(tmp_path) as supervisor:
        sleeper = supervisor.start("api", python(SLEEP), os.environ)
        supervisor.start("worker", python("raise SystemExit(3)"), os.environ)
        with pytest.raises(ChildDied, match="worker"):
            supervisor.wait_until_answering(sleeper, f"http://127.0.0.1:{free_port(0)}/", 30)


def test_silence_ends_with_an_address_and_a_log_to_look_at(tmp_path: Path):
    with Supervisor(tmp_path) as supervisor:
        sleeper = supervisor.start("api", python(SLEEP), os.environ)
        with pytest.raises(NotAnswering, match=r"api\.log"):
            supervisor.wait_until_answering(sleeper, f"http://127.0.0.1:{free_port(0)}/", 0.3)


def test_the_last_started_stops_first_and_all_stop(tmp_path: Path):
    order = tmp_path / "order"
    with Supervisor(tmp_path) as supervisor:
        for name in ("a", "b", "c"):
            supervisor.start(name, python(SIGN_OFF, str(order), name), os.environ)
        while not all((tmp_path / f"{name}.log").read_text() for name in "abc"):
            time.sleep(0.02)
    assert order.read_text() == "cba"


def test_a_child_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("push.command.supervisor.GRACE_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("deaf", python(deaf), os.environ)
        while not (tmp_path / "deaf.log").read_text():
            time.sleep(0.02)
    assert child.process.returncode == -9


def test_a_taken_port_is_refused_when_asked_for_and_replaced_when_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    taken = free_port(0)
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("web", python(SERVE, str(taken)), os.environ)
        supervisor.wait_until_answering(child, f"http://127.0.0.1:{taken}/", 30)
        with pytest.raises(PortTaken, match=str(taken)):
            choose_port("API", taken, 8080)
        other = choose_port("API", None, taken)
    assert other not in {0, taken}
    assert f"the API takes {other} instead" in capsys.readouterr().out
