"""The transport for FCM against servers that use all of HTTP/2's freedom, and some that abuse it."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import cast

import h2.config
import h2.connection
import h2.events
import h2.settings
import hpack
import pytest
import trustme

from push.senders.exchange import MAX_IDLE_LANES, Answer, Failure, Request, Response, TransportSettings
from push.senders.http2 import frames, host
from push.senders.http2.transport import Http2Transport
from push.senders.http2_first import Http2First
from push.senders.web_push.guard import AddressGuard
from tests.integration.senders.http2_server import Manners

HEADERS = ["content-type: text/plain", "authorization: Bearer secret"]
Serve = Callable[[h2.connection.H2Connection, h2.events.Event], None]


class _Peer(asyncio.Protocol):
    """Another implementation of HTTP/2, told by a test what to do about each event."""

    def __init__(self, serve: Serve, settings: dict[int, int]) -> None:
        self._serve = serve
        self._settings = settings

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.http.local_settings = h2.settings.Settings(client=False, initial_values=self._settings)
        self.http.initiate_connection()
        self.transport.write(self.http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            self._serve(self.http, event)
        self.transport.write(self.http.data_to_send())


@contextlib.asynccontextmanager
async def listening(made: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http{'s' if tls else ''}://localhost:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def peer(serve: Serve, **settings: int) -> Callable[[], _Peer]:
    named = {getattr(h2.settings.SettingCodes, name.upper()): value for name, value in settings.items()}
    return lambda: _Peer(serve, named)


def open_transport(**changes: object) -> Http2Transport:
    return Http2Transport(TransportSettings(**{"plain": True, "connections": 1, **changes}))  # type: ignore[arg-type]


async def ask(url: str, count: int = 1, body: bytes = b"body", **changes: object) -> list[Answer]:
    transport = open_transport(**changes)
    try:
        requests = [Request(url, f"{url}/x", HEADERS, body + b" %d" % number) for number in range(count)]
        return await asyncio.wait_for(transport.exchange(requests), 20)
    finally:
        await transport.close()


class Echo:
    """Answers a request with its own body, once it is whole."""

    def __init__(self) -> None:
        self.bodies: dict[int, bytearray] = {}
        self.most_at_once = 0

    def __call__(self, http: h2.connection.H2Connection, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=stream):
                self.bodies[stream] = bytearray()
                self.most_at_once = max(self.most_at_once, len(self.bodies))
            case h2.events.DataReceived(stream_id=stream):
                self.bodies[stream] += event.data
                http.acknowledge_received_data(event.flow_controlled_length, stream)
            case h2.events.StreamEnded(stream_id=stream):
                self.answer(http, stream, bytes(self.bodies.pop(stream)))

    def answer(self, http: h2.connection.H2Connection, stream: int, body: bytes) -> None:
        http.send_headers(stream, [(":status", "200")])
        http.send_data(stream, body, end_stream=True)


async def test_a_body_goes_out_as_fast_as_the_window_opens() -> None:
    body = b"x" * 3000
    async with listening(peer(Echo(), initial_window_size=100)) as url:
        answers = await ask(url, 50, body)
    assert answers == [Response(200, body + b" %d" % number) for number in range(50)]


async def test_more_than_the_connections_window_arrives_whole() -> None:
    body = b"y" * 4000
    async with listening(peer(Echo())) as url:
        answers = await ask(url, 100, body)
    assert answers == [Response(200, body + b" %d" % number) for number in range(100)]


async def test_no_more_is_under_way_than_the_server_allows() -> None:
    echo = Echo()
    async with listening(peer(echo, max_concurrent_streams=7)) as url:
        transport = open_transport()
        await transport.exchange([Request(url, f"{url}/x", HEADERS, b"first")])
        echo.most_at_once = 0
        await transport.exchange([Request(url, f"{url}/x", HEADERS, b"more")] * 100)
        await transport.close()
    assert 0 < echo.most_at_once <= 7


async def test_the_first_are_sent_before_the_last_are_made() -> None:
    under_way: list[int] = []

    def made(count: int) -> Iterator[Request]:
        for _ in range(count):
            under_way.append(transport.in_flight)
            yield Request(url, f"{url}/x", HEADERS, b"body")

    async with listening(peer(Echo())) as url:
        transport = open_transport(streams=10)
        await transport.exchange(made(1))
        under_way.clear()
        assert await transport.exchange(made(25)) == [Response(200, b"body")] * 25
        await transport.close()
    assert under_way == [0] * 10 + [10] * 15


async def test_a_server_without_a_header_table_is_understood() -> None:
    async with listening(peer(Echo(), header_table_size=0)) as url:
        assert await ask(url, 20) == [Response(200, b"body %d" % number) for number in range(20)]


async def test_headers_are_what_was_asked_however_often_and_for_whomever() -> None:
    seen: list[dict[str, str]] = []

    class Listening(Echo):
        def __call__(self, http: h2.connection.H2Connection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.RequestReceived):
                seen.append(dict(event.headers))
            super().__call__(http, event)

    async with listening(peer(Listening())) as url:
        transport = open_transport()
        for turn in range(3):
            for app in range(6):
                headers = [f"authorization: Bearer {str(app) * 900}", "content-type: application/json"]
                await transport.exchange([Request(url, f"{url}/{app}", headers, b"x" * turn)] * 5)
        await transport.close()
    wanted = [
        (f"/{app}", f"Bearer {str(app) * 900}", str(turn)) for turn in range(3) for app in range(6) for _ in range(5)
    ]
    assert [(each[":path"], each["authorization"], each["content-length"]) for each in seen] == wanted
    assert {each[":method"] for each in seen} == {"POST"}
    assert {each[":scheme"] for each in seen} == {"http"}


async def test_what_the_server_has_not_looked_at_is_asked_again_and_not_for_ever() -> None:
    refusals = 0

    class Refusing(Echo):
        def answer(self, http: h2.connection.H2Connection, stream: int, body: bytes) -> None:
            nonlocal refusals
            if body == b"body 3" or (body == b"body 1" and refusals < 5):
                refusals += 1
                http.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
            else:
                super().answer(http, stream, body)

    async with listening(peer(Refusing())) as url:
        answers = await ask(url, 4)
    assert answers == [*(Response(200, b"body %d" % number) for number in range(3)), Failure("broken")]


async def test_a_stream_that_is_reset_fails_its_own_message() -> None:
    class Resetting(Echo):
        def answer(self, http: h2.connection.H2Connection, stream: int, body: bytes) -> None:
            if body == b"body 5":
                http.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
            else:
                super().answer(http, stream, body)

    async with listening(peer(Resetting())) as url:
        answers = await ask(url, 20)
    assert [number for number, each in enumerate(answers) if each == Failure("broken")] == [5]


async def test_hints_and_trailers_belong_to_the_answer() -> None:
    class Wordy(Echo):
        def answer(self, http: h2.connection.H2Connection, stream: int, body: bytes) -> None:
            http.send_headers(stream, [(":status", "103"), ("link", "</x>")])
            http.send_headers(stream, [(":status", "503"), ("retry-after", "7")])
            http.send_data(stream, body, pad_length=30)
            http.send_headers(stream, [("checksum", "1")], end_stream=True)

    async with listening(peer(Wordy())) as url:
        assert await ask(url, 3) == [Response(503, b"body %d" % number, 7.0) for number in range(3)]


async def test_an_answer_before_the_body_is_read_is_taken() -> None:
    def early(http: h2.connection.H2Connection, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            http.send_headers(event.stream_id, [(":status", "413")], end_stream=True)

    async with listening(peer(early, initial_window_size=10)) as url:
        assert await ask(url, 3, b"x" * 5000) == [Response(413, b"")] * 3


async def test_a_ping_is_answered() -> None:
    pongs = []

    class Pinging(Echo):
        def __call__(self, http: h2.connection.H2Connection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.PingAckReceived):
                pongs.append(event.ping_data)
            if isinstance(event, h2.events.StreamEnded):
                http.ping(b"12345678")
            super().__call__(http, event)

    async with listening(peer(Pinging())) as url:
        await ask(url, 5)
        await asyncio.sleep(0.1)
    assert pongs
    assert set(pongs) == {b"12345678"}


class _Raw(asyncio.Protocol):
    """Says these bytes to whatever it hears first, and hangs up where it is told to."""

    def __init__(self, said: bytes, hangs_up: bool) -> None:
        self._said = said
        self._hangs_up = hangs_up

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(frames.settings({}))

    def data_received(self, data: bytes) -> None:
        if b"body" in data:
            self._transport.write(self._said)
            if self._hangs_up:
                self._transport.close()


async def told(said: bytes, hangs_up: bool = False) -> Answer:
    async with listening(lambda: _Raw(said, hangs_up)) as url:
        (answer,) = await ask(url, timeout_seconds=2.0)
    return answer


def headed(*fields: tuple[str, str]) -> bytes:
    return hpack.Encoder().encode(fields)


async def test_a_header_block_in_pieces_is_put_together() -> None:
    block = headed((":status", "200"), ("x-long", "y" * 500))
    pieces = [
        frames.frame(
            frames.HEADERS, frames.PADDED | frames.PRIORITIZED, 1, b"\x03" + b"\0" * 5 + block[:50] + b"\0" * 3
        ),
        frames.frame(frames.CONTINUATION, 0, 1, block[50:100]),
        frames.frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[100:]),
        frames.frame(frames.DATA, frames.PADDED, 1, b"\x02he\0\0"),
        frames.frame(0xFA, 0, 1, b"a kind that nobody knows"),
        frames.frame(frames.DATA, frames.END_STREAM, 1, b"llo"),
    ]
    assert await told(b"".join(pieces)) == Response(200, b"hello")


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        frames.frame(frames.DATA, 0, 1, b"x" * 20_000),
        frames.frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"),
        frames.frame(frames.HEADERS, frames.END_HEADERS, 1, headed((":status", "two hundred"))),
        frames.frame(frames.HEADERS, 0, 1, b"") + frames.frame(frames.HEADERS, frames.END_HEADERS, 1, b""),
        frames.frame(frames.HEADERS, 0, 1, b"") + frames.frame(frames.CONTINUATION, 0, 1, b"x" * 16_000) * 5,
        frames.frame(frames.CONTINUATION, frames.END_HEADERS, 1, b""),
        frames.frame(frames.HEADERS, frames.END_HEADERS | frames.PADDED, 1, b"\xff"),
        frames.frame(frames.PUSH_PROMISE, frames.END_HEADERS, 1, b"\0\0\0\x02"),
        frames.frame(frames.WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
        frames.frame(frames.WINDOW_UPDATE, 0, 0, b""),
        frames.frame(frames.SETTINGS, 0, 0, b"\0"),
        frames.settings({frames.INITIAL_WINDOW: 2**31}),
        frames.frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, 1, headed(("server", "no status"))),
    ],
)
async def test_nonsense_breaks_the_connection_and_is_an_answer_of_its_own(said: bytes) -> None:
    assert await told(said) == Failure("broken")


async def test_a_connection_that_breaks_in_the_middle_fails_what_was_on_it() -> None:
    assert await told(frames.frame(frames.HEADERS, frames.END_HEADERS, 1, headed((":status", "200"))), True) == Failure(
        "broken"
    )


async def test_a_server_that_hangs_up_on_every_request_is_not_asked_for_ever() -> None:
    assert await told(b"", hangs_up=True) == Failure("broken")


async def test_a_server_that_speaks_http_1_only_is_named_as_such(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    async with listening(asyncio.Protocol, context) as url:
        assert await ask(url, 3, ca_file=ca_file) == [Failure("no_http2")] * 3


async def test_one_that_speaks_http_1_only_is_asked_by_libcurl_from_then_on(
    authority: trustme.CA, ca_file: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"body")
                writer.write(said)
        writer.close()

    old = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    slow = f"https://localhost:{old.sockets[0].getsockname()[1]}"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.set_alpn_protocols(["h2"])
    authority.issue_cert("localhost").configure_cert(tls)
    transport = Http2First(TransportSettings(connections=1, ca_file=ca_file))
    async with listening(peer(Echo()), tls) as fast:
        both = [Request(url, f"{url}/x", HEADERS, b"body") for url in (slow, fast, slow)]
        for _ in range(2):
            assert await transport.exchange(both) == [
                Response(200, b"ok"),
                Response(200, b"body"),
                Response(200, b"ok"),
            ]
    await transport.close()
    old.close()
    assert connections == 2, "it was tried by HTTP/2 more than once"


async def test_an_address_the_guard_refuses_is_never_connected_to() -> None:
    asked: list[tuple[str, str]] = []

    def guard(lane: str, address: str) -> bool:
        asked.append((lane, address))
        return False

    echo = Echo()
    async with listening(peer(echo)) as url:
        transport = Http2Transport(TransportSettings(plain=True), guard)
        assert await transport.exchange([Request(url, url, HEADERS, b"x")] * 3) == [Failure("address_refused")] * 3
        await transport.close()
    assert (url, "127.0.0.1") in asked
    assert transport.connections_opened == 0
    assert echo.most_at_once == 0


async def test_a_name_that_leads_somewhere_else_today_is_checked_where_it_leads(
    secure_server: Manners, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is a known push service, the address loopback."""
    loop, real = asyncio.get_running_loop(), asyncio.get_running_loop().getaddrinfo
    monkeypatch.setattr(loop, "getaddrinfo", lambda host, port, **how: real("127.0.0.1", secure_server.port, **how))
    origin = "https://updates.push.services.mozilla.com"
    for guard, expected in (
        (AddressGuard(frozenset()), Failure("address_refused")),
        (AddressGuard(frozenset({"updates.push.services.mozilla.com"})), Response(200, b"ok")),
    ):
        transport = Http2Transport(TransportSettings(ca_file=ca_file), guard)
        assert await transport.exchange([Request(origin, f"{origin}/x", HEADERS, b"body")]) == [expected]
        await transport.close()
    assert secure_server.connections == 1


async def test_of_several_addresses_the_first_that_is_allowed_and_answers_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening(peer(Echo())) as url:
        port = int(url.rpartition(":")[2])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, where))
            for address, where in (("127.0.0.9", port), ("127.0.0.1", 1), ("127.0.0.1", port))
        ]

        async def resolved(*_: object, **__: object) -> object:
            return found

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
        transport = Http2Transport(TransportSettings(plain=True), lambda _, address: address != "127.0.0.9")
        assert await transport.exchange([Request(url, url, HEADERS, b"x")]) == [Response(200, b"x")]
        assert transport.connections_opened == 2
        await transport.close()


async def test_hosts_that_are_not_asked_any_more_are_forgotten() -> None:
    async with listening(peer(Echo())) as url:
        transport = open_transport()
        asked = [Request(url, url, HEADERS, b"x")]
        assert await transport.exchange(asked) == [Response(200, b"x")]
        for number in range(MAX_IDLE_LANES):
            transport._host(f"http://{number}.example")
        assert len(transport._hosts) == 1
        assert await transport.exchange(asked) == [Response(200, b"x")]
        await transport.close()


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "CONNECT_TIMEOUT_MS", 300)
    async with listening(asyncio.Protocol) as url:
        assert await ask(url, 3) == [Failure("timeout")] * 3


async def test_who_waits_for_a_connection_that_cannot_be_opened_is_told_and_the_next_is_tried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    url = f"http://localhost:{port}"
    transport = open_transport(connections=3)
    assert await transport.exchange([Request(url, url, HEADERS, b"x")] * 500) == [Failure("no_connection")] * 500
    server = await asyncio.get_running_loop().create_server(peer(Echo()), "127.0.0.1", port)
    assert await transport.exchange([Request(url, url, HEADERS, b"x")]) == [Response(200, b"x")]
    await transport.close()
    server.close()
