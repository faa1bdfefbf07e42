"""What all workers together may send, counted in the database."""

import asyncio
import random
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from push.delivery.flow.quota import Quota
from push.delivery.flow.store import BucketStore
from push.engine import Engine
from push.ids import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def buckets(engine: Engine) -> BucketStore:
    store = BucketStore(engine.database)
    await engine.database.prepare()
    return store


async def test_a_bucket_gives_what_it_holds_and_says_when_there_will_be_more(buckets: BucketStore) -> None:
    app_id = new_id("app")
    assert (await buckets.take(app_id, "fcm", 15, 10, 20, START)).granted == 10
    empty = await buckets.take(app_id, "fcm", 1, 10, 20, START)
    assert (empty.granted, empty.wait_seconds) == (0, pytest.approx(0.1))
    assert (await buckets.take(app_id, "fcm", 15, 10, 20, START + timedelta(seconds=1))).granted == 10


async def test_ten_idle_minutes_are_not_followed_by_a_burst(buckets: BucketStore) -> None:
    app_id = new_id("app")
    await buckets.take(app_id, "fcm", 1, 10, 20, START)
    assert (await buckets.take(app_id, "fcm", 10_000, 10, 20, START + timedelta(minutes=10))).granted == 20


async def test_all_or_nothing_takes_nothing_where_there_is_too_little(buckets: BucketStore) -> None:
    app_id = new_id("app")
    assert (await buckets.take(app_id, "c", 8, 10, 20, START, least=8)).granted == 8
    refused = await buckets.take(app_id, "c", 8, 10, 20, START, least=8)
    assert (refused.granted, refused.wait_seconds) == (0, pytest.approx(0.6))
    after = START + timedelta(seconds=refused.wait_seconds)
    assert (await buckets.take(app_id, "c", 8, 10, 20, after, least=8)).granted == 8


async def test_more_than_a_bucket_ever_holds_goes_once_it_is_full_and_is_paid_for_afterwards(
    buckets: BucketStore,
) -> None:
    app_id = new_id("app")
    assert (await buckets.take(app_id, "c", 100, 10, 20, START, least=100)).granted == 100
    refused = await buckets.take(app_id, "c", 1, 10, 20, START, least=1)
    assert refused.wait_seconds == pytest.approx(8.1)


async def test_buckets_are_an_apps_own(buckets: BucketStore) -> None:
    one, other = new_id("app"), new_id("app")
    await buckets.take(one, "fcm", 10, 10, 20, START)
    assert (await buckets.take(other, "fcm", 10, 10, 20, START)).granted == 10
    assert (await buckets.take(one, "web_push", 10, 10, 20, START)).granted == 10


async def test_a_clock_that_is_behind_fills_no_bucket(buckets: BucketStore) -> None:
    app_id = new_id("app")
    await buckets.take(app_id, "fcm", 10, 10, 20, START)
    for seconds in (-300, 0, -300, 0):
        assert (await buckets.take(app_id, "fcm", 1, 10, 20, START + timedelta(seconds=seconds))).granted == 0


async def test_many_who_ask_at_the_same_moment_get_no_more_than_there_is(buckets: BucketStore) -> None:
    app_id = new_id("app")
    taken = await asyncio.gather(*(buckets.take(app_id, "fcm", 7, 100, 200, START) for _ in range(40)))
    assert sum(each.granted for each in taken) == 100


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), workers=st.integers(1, 5), per_minute=st.sampled_from([600, 6_000, 600_000]))
async def test_no_minute_carries_more_than_the_quota_and_a_tenth_whoever_sends(
    buckets: BucketStore, seed: int, workers: int, per_minute: int
) -> None:
    """Workers that take grants by themselves, as often as they like, on clocks that differ by a few milliseconds."""
    rng, app_id = random.Random(seed), new_id("app")
    quotas = [Quota(buckets, app_id, "fcm", per_minute / 60) for _ in range(workers)]
    minute: deque[tuple[float, int]] = deque()
    now, most, total = 0.0, 0, 0
    while now < 90:
        now += rng.uniform(0.2, 1.2)
        skew = rng.uniform(-0.005, 0.005)
        taken = await rng.choice(quotas).take(rng.randint(1, per_minute // 10), START + timedelta(seconds=now + skew))
        minute.append((now, taken.granted))
        total += taken.granted
        while minute[0][0] <= now - 60:
            minute.popleft()
        most = max(most, sum(count for _, count in minute))
    assert most <= 1.1 * per_minute
    assert total >= 0.5 * per_minute
