import stat
from pathlib import Path

import msgspec
import pytest

from push.command.home import AlreadyUp, Connection, Home, RememberedKeys
from push.settings import BadSetting

CONNECTION = Connection(
    api_url="http://127.0.0.1:1",
    dashboard_url=None,
    mongo_url="mongodb://127.0.0.1:2/",
    app_id="app_1",
    publishable_key="ffp_1",
    secret_key="ffs_1",
    identity_secret="i",
    vapid_public_key="v",
)
PROMISED = {
    "api_url",
    "dashboard_url",
    "mongo_url",
    "app_id",
    "publishable_key",
    "secret_key",
    "identity_secret",
    "vapid_public_key",
}


def test_what_clients_connect_with_is_written_as_promised_and_for_the_owner_only(tmp_path: Path):
    home = Home(tmp_path)
    with home.claimed():
        home.announce(CONNECTION, {})
        assert set(msgspec.json.decode(home.connection_file.read_bytes())) == PROMISED
        assert stat.S_IMODE(home.connection_file.stat().st_mode) == 0o600


def test_nobody_finds_a_connection_to_something_that_no_longer_runs(tmp_path: Path):
    home = Home(tmp_path)
    with home.claimed():
        home.announce(CONNECTION, {})
    assert not home.connection_file.exists()
    home.announce(CONNECTION, {})  # as after kill -9
    with home.claimed():
        assert not home.connection_file.exists()


def test_two_cannot_run_on_one_directory_and_the_second_hears_why(tmp_path: Path):
    with Home(tmp_path).claimed():
        Home(tmp_path).announce(CONNECTION, {})
        with pytest.raises(AlreadyUp, match="--data-dir"), Home(tmp_path).claimed():
            pass
        assert Home(tmp_path).connection() == CONNECTION


def test_the_master_secret_is_made_once_and_kept_private(tmp_path: Path):
    secret = Home(tmp_path).master_secret()
    assert len(secret) >= 64
    assert Home(tmp_path).master_secret() == secret
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_keys_are_remembered_by_purpose(tmp_path: Path):
    home = Home(tmp_path)
    app = RememberedKeys(app_id="app_1", publishable_key="ffp_1", secret_key="ffs_1")
    demo = RememberedKeys(app_id="app_2", publishable_key="ffp_2", secret_key="ffs_2")
    home.remember("app", app)
    home.remember("demo", demo)
    assert Home(tmp_path).keys() == {"app": app, "demo": demo}


def test_commands_find_a_running_fanfare_by_themselves(tmp_path: Path):
    home = Home(tmp_path)
    secret = home.master_secret()
    theirs = {"FANFARE_MONGO_URL": CONNECTION.mongo_url, "FANFARE_FCM_URL": "http://127.0.0.1:3", "PATH": "/bin"}
    with home.claimed():
        home.announce(CONNECTION, theirs)
        settings = home.settings({})
        assert (settings.mongo_url, settings.secret_key) == (CONNECTION.mongo_url, secret)
        assert settings.fcm_url == "http://127.0.0.1:3"
        assert home.settings({"FANFARE_MONGO_URL": "mongodb://mine/"}).mongo_url == "mongodb://mine/"


def test_without_one_they_say_what_is_missing(tmp_path: Path):
    with pytest.raises(BadSetting, match="fanfare up"):
        Home(tmp_path).settings({})
