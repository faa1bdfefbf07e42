"""Ids sort by creation, do not repeat and fit where they go."""

import base64
import os
import re
import time
from datetime import UTC, datetime, timedelta

from push.ids import base32, body, first_id, made_at, new_id


def test_an_id_says_what_it_is_for_and_fits_a_url() -> None:
    assert re.fullmatch(r"cmp_[0-9a-v]{24}", new_id("cmp"))


def test_what_is_made_later_sorts_behind() -> None:
    ids = []
    for _ in range(20):
        ids.append(new_id("dev"))
        time.sleep(0.002)
    assert ids == sorted(ids)


def test_many_made_in_the_same_moment_are_all_different() -> None:
    assert len({new_id("dev") for _ in range(20_000)}) == 20_000


def test_the_body_is_what_follows_the_prefix() -> None:
    assert body("dev_0123_45") == "0123_45"


def test_ids_made_from_a_moment_on_sort_behind_its_first_one() -> None:
    now = datetime.now(UTC)
    made = new_id("per")
    assert abs(made_at(made) - now) < timedelta(seconds=1)
    assert made_at(first_id("per", now)) == now.replace(microsecond=now.microsecond // 1000 * 1000)
    assert first_id("per", now - timedelta(seconds=1)) < made < first_id("per", now + timedelta(seconds=1))


def test_digits_are_those_of_base32hex() -> None:
    for raw in (bytes(15), b"\xff" * 15, os.urandom(15), os.urandom(30)):
        assert base32(raw) == base64.b32hexencode(raw).decode().lower()
