"""The transport against real servers that are slow, endless, rude or somebody else."""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Protocol

import pytest
import uvloop

from push.senders.exchange import Answer, Failure, Request, Response, TransportSettings
from push.senders.http2.transport import Http2Transport
from push.senders.libcurl.transport import CurlTransport
from tests.integration.senders.http2_server import Manners, serving


class Open(Protocol):
    def __call__(self, **changes: object) -> "CurlTransport | Http2Transport": ...


@pytest.fixture(params=[CurlTransport, Http2Transport])
def open_transport(request: pytest.FixtureRequest) -> Open:
    return opening(request.param)


def opening(kind: type) -> Open:
    return lambda **changes: kind(TransportSettings(**{"plain": True, "connections": 2, **changes}))


def requests(url: str, count: int, path: str = "/x") -> list[Request]:
    headers = ["content-type: text/plain", "x-shared: yes"]
    return [Request(url, f"{url}{path}/{number}", headers, f"body {number}".encode()) for number in range(count)]


async def ask(transport: CurlTransport | Http2Transport, url: str, path: str = "/x") -> Answer:
    (answer,) = await transport.exchange(requests(url, 1, path))
    return answer


async def test_answers_come_in_the_order_of_the_questions_over_few_connections(
    open_transport: Open, server: Manners
) -> None:
    server.answer = lambda path, body: (200, [], body)
    transport = open_transport()
    answers = await transport.exchange(requests(server.url, 1000))
    assert [each.body for each in answers if isinstance(each, Response)] == [b"body %d" % n for n in range(1000)]
    assert server.connections <= 2
    assert server.seen[0][1]["x-shared"] == "yes"
    assert transport.in_flight == transport.queued == 0
    await transport.close()


async def test_what_was_asked_before_one_could_not_be_made_is_taken_back(open_transport: Open, server: Manners) -> None:
    server.answer = lambda path, body: None if path.startswith("/hang") else (200, [], body)
    transport = open_transport(connections=1, streams=10)
    assert await ask(transport, server.url) == Response(200, b"body 0")

    def broken() -> Iterator[Request]:
        yield from requests(server.url, 25, "/hang")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await transport.exchange(broken())
    assert (transport.in_flight, transport.queued) == (0, 0)
    assert await ask(transport, server.url) == Response(200, b"body 0")
    await transport.close()


async def test_no_more_is_under_way_than_the_connections_carry(open_transport: Open, server: Manners) -> None:
    server.answer = lambda path, body: None
    transport = open_transport(connections=1, streams=10, timeout_seconds=0.5)
    asking = asyncio.create_task(transport.exchange(requests(server.url, 25)))
    await asyncio.sleep(0.2)
    assert (transport.in_flight, transport.queued) == (10, 15)
    assert await asking == [Failure("timeout")] * 25
    await transport.close()


async def test_a_server_that_never_answers_costs_the_time_allowed_and_its_own_lane_only(
    open_transport: Open, server: Manners
) -> None:
    server.answer = lambda path, body: None if "hang" in path else (200, [], b"")
    transport = open_transport(timeout_seconds=1.0)
    other = server.url.replace("localhost", "127.0.0.1")
    started = time.monotonic()
    slow = asyncio.create_task(transport.exchange(requests(server.url, 200, "/hang")))
    await asyncio.sleep(0.05)
    assert isinstance(await ask(transport, other), Response)
    assert time.monotonic() - started < 0.9
    assert set(await slow) == {Failure("timeout")}
    assert time.monotonic() - started < 3
    await transport.close()


async def test_an_answer_without_end_is_cut_off(open_transport: Open, server: Manners) -> None:
    server.answer = lambda path, body: (200, [], b"x" * 60_000)
    transport = open_transport(largest_answer=10_000)
    assert await ask(transport, server.url) == Failure("too_large")
    server.answer = lambda path, body: (200, [], b"x" * 10_000)
    answer = await ask(transport, server.url)
    assert isinstance(answer, Response)
    assert len(answer.body) == 10_000
    await transport.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(open_transport: Open, server: Manners, status: int) -> None:
    server.answer = lambda path, body: (status, [("location", "/elsewhere")], b"")
    transport = open_transport()
    assert await ask(transport, server.url) == Response(status, b"")
    assert [path for path, _, _ in server.seen] == ["/x/0"]
    await transport.close()


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("120", 120, 120), ("Fri, 01 Jan 2100 00:00:00 GMT", 3600, 10**10), ("junk", None, None), ("0", None, None)],
)
async def test_retry_after_is_read_in_both_forms(
    open_transport: Open, server: Manners, value: str, low: float | None, high: float | None
) -> None:
    server.answer = lambda path, body: (503, [("retry-after", value)], b"")
    transport = open_transport()
    answer = await ask(transport, server.url)
    assert isinstance(answer, Response)
    if low is None or high is None:
        assert answer.retry_after is None
    else:
        assert low <= (answer.retry_after or 0) <= high
    server.answer = lambda path, body: (503, [], b"")
    assert await ask(transport, server.url) == Response(503, b"", None)
    await transport.close()


async def test_a_goodbye_after_every_few_requests_loses_none(open_transport: Open, server: Manners) -> None:
    server.goaway_after = 50
    server.answer = lambda path, body: (200, [], body)
    transport = open_transport()
    answers = await transport.exchange(requests(server.url, 500))
    assert answers == [Response(200, b"body %d" % number) for number in range(500)]
    assert server.connections >= 10
    await transport.close()


async def test_a_server_that_comes_back_is_found_again(open_transport: Open, server: Manners) -> None:
    transport = open_transport()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert await ask(transport, nobody) == Failure("no_connection")
    assert await ask(transport, server.url) == Response(200, b"ok")
    assert await ask(transport, "http://no-such-host.invalid") == Failure("unresolved")
    await transport.close()


async def test_no_proxy_is_taken_from_the_environment(
    open_transport: Open, server: Manners, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    transport = open_transport()
    assert await ask(transport, server.url) == Response(200, b"ok")
    await transport.close()


async def test_plain_http_and_other_protocols_need_permission(open_transport: Open, server: Manners) -> None:
    transport = open_transport(plain=False)
    assert isinstance(await ask(transport, server.url), Failure)
    assert isinstance(await ask(transport, "file:///etc/hostname"), Failure)
    assert not server.connections
    await transport.close()


async def test_a_server_is_believed_only_with_a_certificate_from_those_we_trust(
    open_transport: Open, secure_server: Manners, ca_file: str
) -> None:
    transport = open_transport(plain=False, ca_file=ca_file)
    assert await ask(transport, secure_server.url) == Response(200, b"ok")
    assert await ask(transport, secure_server.url.replace("localhost", "127.0.0.1")) == Failure("tls")
    await transport.close()
    stranger = open_transport(plain=False)
    assert await ask(stranger, secure_server.url) == Failure("tls")
    await stranger.close()


async def test_giving_up_breaks_off_what_is_under_way_and_forgets_what_waits(
    open_transport: Open, server: Manners
) -> None:
    server.answer = lambda path, body: None if "hang" in path else (200, [], b"ok")
    transport = open_transport(connections=1, streams=10)
    asking = asyncio.create_task(transport.exchange(requests(server.url, 50, "/hang")))
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert await asyncio.wait_for(ask(transport, server.url), 2) == Response(200, b"ok")
    assert transport.in_flight == transport.queued == 0
    assert sum("hang" in path for path, _, _ in server.seen) == 10
    await transport.close()


async def test_closing_answers_everybody_who_waits(open_transport: Open, server: Manners) -> None:
    server.answer = lambda path, body: None
    transport = open_transport(connections=1, streams=10)
    asking = asyncio.create_task(transport.exchange(requests(server.url, 50)))
    await asyncio.sleep(0.1)
    await transport.close()
    assert await asyncio.wait_for(asking, 1) == [Failure("closed")] * 50
    assert await transport.exchange(requests(server.url, 2)) == [Failure("closed")] * 2
    await transport.close()


@pytest.mark.parametrize("kind", [CurlTransport, Http2Transport])
def test_it_runs_on_uvloop_as_well(kind: type) -> None:
    async def main() -> list[Answer]:
        async with serving(Manners(answer=lambda path, body: (200, [], body), goaway_after=100)) as server:
            transport = opening(kind)()
            answers = await transport.exchange(requests(server.url, 300))
            await transport.close()
            return answers

    assert uvloop.run(main()) == [Response(200, b"body %d" % number) for number in range(300)]
