"""What is served of the web SDK is what its sources say, small, and its own tests pass."""

import gzip
import json

from tests.nodejs import WEB, run

MOST_GZIPPED = {"fanfare.js": 14_000, "fanfare-worker.js": 5_000}
"""Bytes: what a page and its worker may cost."""


def test_the_files_that_are_served_are_built_from_the_sources() -> None:
    run("build.mjs", "--check")


def test_the_sources_are_well_typed() -> None:
    for project in ("tsconfig.json", "tsconfig.worker.json", "tsconfig.test.json"):
        run("node_modules/typescript/bin/tsc", "--noEmit", "-p", project)


def test_the_tests_of_the_sdk_pass() -> None:
    assert "# fail 0" in run("build.mjs", "--tests")


def test_what_a_browser_loads_is_small_and_loads_nothing_else() -> None:
    for name, most in MOST_GZIPPED.items():
        content = (WEB / name).read_bytes()
        assert len(gzip.compress(content, 9)) < most, name
        assert b"importScripts" not in content
        assert b"import " not in content
        assert b"import(" not in content


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert all("integrity" in package and "resolved" not in package for package in packages)
    wanted = json.loads((WEB / "package.json").read_text())["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
