"""How long is waited between tries, whom a post may reach, and the specification's own example of a signature."""

import random
from datetime import UTC, datetime

import pytest

from push.webhooks.addresses import may_connect
from push.webhooks.model import MOST_TRIES, delay_seconds
from push.webhooks.signing import headers, new_secret

NAMED = frozenset({"127.0.0.1:9000"})


class Longest(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_ten_tries_are_over_within_a_day_and_begin_within_seconds():
    waits = [delay_seconds(tries, Longest()) for tries in range(1, MOST_TRIES)]
    assert waits == sorted(waits)
    assert waits[0] == 10
    assert 12 * 3600 < sum(waits) < 24 * 3600


def test_tries_are_spread_over_the_whole_wait():
    spread = random.Random(1)
    waits = [delay_seconds(5, spread) for _ in range(1000)]
    assert min(waits) < 100 < 2400 < max(waits) <= 2560


def test_a_receiver_that_asks_for_a_wait_gets_it():
    assert delay_seconds(1, Longest(), 600.0) == 600
    assert delay_seconds(5, Longest(), 600.0) == 2560


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_public_name_that_leads_inside_is_not_connected_to(address: str):
    assert not may_connect(NAMED, "https://shop.example", address)


def test_public_addresses_and_named_hosts_are_connected_to():
    assert may_connect(NAMED, "https://shop.example", "93.184.215.14")
    assert may_connect(NAMED, "http://127.0.0.1:9000", "127.0.0.1")
    assert not may_connect(NAMED, "http://127.0.0.1:9000", "169.254.169.254")


def test_a_signature_is_that_of_the_reference_libraries():
    made = headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert made == [
        "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp: 1614265330",
        "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]
    assert new_secret() != new_secret()
