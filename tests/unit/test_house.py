"""The rules of the house, so that they hold without anybody remembering them."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from push import __version__

ROOT = Path(__file__).parents[2]
CODE = {"api", "push", "dashboard", "sdk_contracts", "tests"}
TOP_FILES = {
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "docker-compose.yml",
    "pyproject.toml",
    "requirements-production.lock",
    "requirements.lock",
}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|crates|maven|golang|debian)\.(?:org|com|io)|repo1?\.maven|(?<!emit-)index-url|find-links",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [Path(name) for name in listed.stdout.split("\0") if name]


def texts() -> list[tuple[Path, str]]:
    """Every tracked file that is text, but this one, which names what it looks for."""
    found = []
    for path in tracked():
        whole = ROOT / path
        if not whole.is_file() or whole == Path(__file__):
            continue
        raw = whole.read_bytes()
        if b"\0" not in raw:
            found.append((path, raw.decode(errors="replace")))
    return found


def test_imports_point_the_way_the_architecture_says():
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_api_loads_no_provider_library():
    code = "import sys, api.app; print([m for m in ('firebase_admin', 'pywebpush', 'pycurl') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_the_top_level_holds_only_what_the_architecture_allows():
    top_folders = {path.parts[0] for path in tracked() if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    top_files = {path.name for path in tracked() if len(path.parts) == 1 and not path.name.startswith(".")}
    assert top_folders <= CODE | {"docs"}
    assert top_files <= TOP_FILES


def test_the_code_and_the_package_are_of_one_version():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_docs_hold_no_code():
    assert {path.suffix for path in tracked() if path.parts[0] == "docs"} <= {".md", ".png", ".svg"}


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    found = [str(path) for path, text in texts() if MACHINE_PATH.search(text)]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-production.lock"])
def test_the_lock_pins_by_hash_and_leaves_the_registry_to_the_machine(name: str):
    text = (ROOT / name).read_text()
    assert not REGISTRY.search(text)
    assert "://" not in text
    pins = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    hashed = re.findall(r"^[A-Za-z0-9._-]+==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(hashed) > 50


def test_no_file_of_ours_names_a_package_registry():
    found = [str(path) for path, text in texts() if path.suffix != ".svg" and REGISTRY.search(text)]
    assert found == []


def test_the_wheel_holds_what_is_served_and_nothing_of_the_tool_chains(tmp_path: Path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    served = ("fanfare.js", "fanfare-worker.js", "demo.html", "types/fanfare.d.ts", "types/wire.d.ts")
    assert {f"sdk_contracts/web/{name}" for name in served} <= set(names)
    assert "sdk_contracts/kotlin/pom.xml" in names
    assert [name for name in names if "node_modules" in name or "/target/" in name] == []


def test_what_is_shipped_does_not_have_the_embedded_database():
    production = (ROOT / "requirements-production.lock").read_text().lower()
    assert "secantusdb==" not in production
