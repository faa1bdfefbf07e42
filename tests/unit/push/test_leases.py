"""Who holds work, and who does not hold it any more."""

from datetime import timedelta

from push import leases
from push.leases import Lease
from tests.unit.push.making import NOON

LENGTH = timedelta(seconds=30)


def test_work_is_due_from_its_moment_on_and_for_its_own_app() -> None:
    assert leases.due("app_1", NOON) == {"app_id": "app_1", "due_at": {"$lte": NOON}}


def test_a_claim_names_its_owner_counts_and_lapses_after_the_lease() -> None:
    (update,) = leases.claim("wrk_1", NOON, LENGTH)
    assert update["$set"]["owner"] == "wrk_1"
    assert update["$set"]["due_at"] == NOON + LENGTH
    assert update["$set"]["attempt"] == {"$add": [{"$ifNull": ["$attempt", 0]}, 1]}


def test_the_fence_asks_for_work_owner_and_claim() -> None:
    fence = leases.fence("app_1", "bat_1", Lease("wrk_1", 3))
    assert fence == {"app_id": "app_1", "_id": "bat_1", "owner": "wrk_1", "attempt": 3}


def test_renewing_moves_the_end_and_nothing_that_the_fence_asks_for() -> None:
    assert leases.renew(NOON, LENGTH) == {"$set": {"due_at": NOON + LENGTH}}


def test_what_is_handed_back_is_due_at_once_and_nobodys() -> None:
    assert leases.hand_back(NOON) == {"$set": {"due_at": NOON, "owner": None}, "$inc": {"returned": 1}}
