"""How many are served at once follows from how long they take, and the rest are turned away cleanly."""

import asyncio
from typing import Any

import msgspec
import pytest

from api.shedding import FIRST, LEAST, Limiter, shedding
from sdk_contracts.wire.common import Problem


def served(limiter: Limiter, rounds: int, seconds: float) -> None:
    """As many at once as it lets in, each taking this long, over and over."""
    for _ in range(rounds):
        entered = 0
        while limiter.enter():
            entered += 1
        for _ in range(entered):
            limiter.leave(seconds)


def test_slow_answers_make_it_serve_fewer_at_once_but_never_too_few() -> None:
    limiter = Limiter()
    served(limiter, 2, 0.9)
    assert LEAST < limiter.limit < FIRST
    served(limiter, 200, 5.0)
    assert limiter.limit == LEAST


def test_quick_answers_make_it_serve_more_up_to_what_it_may() -> None:
    limiter = Limiter(most=300)
    served(limiter, 200, 0.01)
    assert limiter.limit == 300


def test_it_settles_where_answers_take_as_long_as_they_may() -> None:
    limiter = Limiter()
    rate = 600.0
    for _ in range(400):
        served(limiter, 1, limiter.limit / rate)
    # By Little's law what is under way at 600 a second waits for so long.
    assert 0.3 < limiter.limit / rate < 0.6


def test_a_few_slow_ones_among_many_change_nothing() -> None:
    limiter = Limiter()
    for number in range(1000):
        assert limiter.enter()
        limiter.leave(3.0 if number % 20 == 0 else 0.01)
    assert limiter.limit == FIRST


@pytest.mark.parametrize(
    ("path", "shed"),
    [
        ("/v1/inbox", True), ("/v1/inbox/summary", True), ("/v1/devices", True), ("/v1/events", True),
        ("/v1/inbox/stream", False), ("/health/ready", False), ("/v1/campaigns", False), ("/v1/messages", False),
    ],
)  # fmt: skip
async def test_phones_are_turned_away_and_nobody_else_is(path: str, shed: bool) -> None:
    release = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await release.wait()

    app: Any = shedding(slow, Limiter(most=1))
    scope = {"type": "http", "method": "GET", "path": path}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    first = asyncio.create_task(app({**scope, "path": "/v1/inbox"}, None, send))
    await asyncio.sleep(0)
    second = asyncio.create_task(app(scope, None, send))
    await asyncio.sleep(0)
    assert second.done() is shed
    if shed:
        headers = dict(sent[0]["headers"])
        assert sent[0]["status"] == 429
        assert 1 <= int(headers[b"retry-after"]) <= 10
        assert headers[b"access-control-allow-origin"] == b"*"
        assert msgspec.json.decode(sent[1]["body"], type=Problem).type == "urn:fanfare:problem:overloaded"
    release.set()
    await asyncio.gather(first, second)
    after = asyncio.create_task(app({**scope, "path": "/v1/inbox"}, None, send))
    await after
