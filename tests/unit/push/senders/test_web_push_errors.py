"""Every row of the Web Push table of answers says what we do next."""

import pytest

from push.senders.exchange import Failure, Response
from push.senders.model import Accepted, AddressGone, Outcome, Refused, TryLater
from push.senders.web_push.errors import outcome


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_push_service_that_says_yes_has_accepted(status: int) -> None:
    assert outcome(Response(status, b"")) == Accepted()


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_retired(status: int) -> None:
    assert isinstance(outcome(Response(status, b"")), AddressGone)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 406, 422])
def test_our_own_mistakes_fail_the_message_and_keep_the_address(status: int) -> None:
    assert isinstance(outcome(Response(status, b"")), Refused)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_fails_the_message(status: int) -> None:
    assert outcome(Response(status, b"")) == Refused("redirected")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Response(429, b""), TryLater("throttled", 60.0, throttled=True)),
        (Response(429, b"", 5.0), TryLater("throttled", 5.0, throttled=True)),
        (Response(429, b"", 1e9), TryLater("throttled", 3600.0, throttled=True)),
        (Response(500, b""), TryLater("http_500")),
        (Response(502, b""), TryLater("http_502")),
        (Response(503, b"", 90.0), TryLater("http_503", 90.0)),
        (Response(504, b""), TryLater("http_504")),
        (Failure("timeout"), TryLater("timeout")),
        (Failure("unresolved"), TryLater("unresolved")),
        (Failure("address_refused"), Refused("address_refused")),
    ],
)
def test_the_rest_waits_as_long_as_it_was_told_and_an_hour_at_most(
    given: Response | Failure, expected: Outcome
) -> None:
    assert outcome(given) == expected
