"""The stand-ins' own server, asked by other implementations of HTTP and by clients that break the rules."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import h2.config
import h2.connection
import h2.events
import h2.settings
import hpack
import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from sdk_contracts.sandbox.serving import Answer, Broken, Head, Listener

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GREETING = PREFACE + SettingsFrame(0).serialize()
PSEUDO = [(":method", "POST"), (":scheme", "http"), (":authority", "here"), (":path", "/echo")]
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, COMPRESSION_ERROR = (
    1,
    3,
    5,
    6,
    7,
    9,
)
SECONDS = 10


class Site:
    """What is served: what was asked, and answers that wait until they are let go."""

    def __init__(self) -> None:
        self.listener = Listener()
        self.seen: list[tuple[Head, bytes]] = []
        self.released = asyncio.Event()

    def handle(self, head: Head, body: bytes) -> Answer | asyncio.Task[Answer]:
        self.seen.append((head, body))
        match head.path:
            case "/large":
                return Answer(200, b"." * 300_000)
            case "/wait":
                return asyncio.create_task(self._later(body))
            case "/pieces":
                return asyncio.create_task(self._pieces())
            case "/fail":
                raise ZeroDivisionError
            case "/break":
                raise Broken
        return Answer(200, body, (("x-method", head.method),))

    async def _later(self, body: bytes) -> Answer:
        await self.released.wait()
        return Answer(200, b"late " + body)

    async def _pieces(self) -> Answer:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(10):
                yield b"." * 30_000

        return Answer(200, chunks=chunks())


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    served = Site()
    async with served.listener.serving(served.handle):
        yield served


@contextlib.asynccontextmanager
async def connected(site: Site) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.listener.port)
    async with asyncio.timeout(SECONDS):
        yield reader, writer
    writer.close()


class Client:
    """`h2` on a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, window: int | None = None) -> None:
        self._reader, self._writer = reader, writer
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        if window is not None:
            self.http.local_settings = h2.settings.Settings(
                client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
            )
        self.http.initiate_connection()

    async def ask(self, path: str, body: bytes = b"") -> tuple[int, bytes]:
        stream = self.http.get_next_available_stream_id()
        self.http.send_headers(stream, [*PSEUDO[:3], (":path", path)], end_stream=not body)
        status, got = 0, b""
        while True:
            while body and (size := min(self.http.local_flow_control_window(stream), 16_384)):
                piece, body = body[:size], body[size:]
                self.http.send_data(stream, piece, end_stream=not body)
            self._writer.write(self.http.data_to_send())
            data = await self._reader.read(65_536)
            assert data, "the connection ended"
            for event in self.http.receive_data(data):
                match event:
                    case h2.events.ResponseReceived():
                        status = int(dict(event.headers)[":status"])
                    case h2.events.DataReceived():
                        got += event.data
                        self.http.acknowledge_received_data(event.flow_controlled_length, stream)
                    case h2.events.StreamEnded():
                        self._writer.write(self.http.data_to_send())
                        return status, got
                    case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                        raise AssertionError(event)


def headers(stream: int = 1, fields: list[tuple[str, str]] | None = None, *, flags: tuple[str, ...] = ()) -> Frame:
    block = hpack.Encoder().encode(PSEUDO if fields is None else fields)
    return HeadersFrame(stream, block, flags=["END_HEADERS", *flags])


async def frames_of(reader: asyncio.StreamReader) -> AsyncIterator[Frame]:
    """What the server sends until it hangs up."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            frame, length = Frame.parse_frame_header(memoryview(await reader.readexactly(9)))
            frame.parse_body(memoryview(await reader.readexactly(length)))
            yield frame


async def first(reader: asyncio.StreamReader, kind: type[Frame]) -> Frame:
    async for frame in frames_of(reader):
        if isinstance(frame, kind):
            return frame
    raise AssertionError(f"no {kind.__name__} came")


ENDED = headers(flags=("END_STREAM",))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", PROTOCOL_ERROR),
        (PREFACE + ENDED.serialize(), PROTOCOL_ERROR),
        (GREETING + headers(2).serialize(), PROTOCOL_ERROR),
        (GREETING + ENDED.serialize() + ENDED.serialize(), STREAM_CLOSED),
        (GREETING + headers().serialize() + headers().serialize(), PROTOCOL_ERROR),
        (GREETING + DataFrame(1, b"x").serialize(), PROTOCOL_ERROR),
        (GREETING + RstStreamFrame(1).serialize(), PROTOCOL_ERROR),
        (GREETING + WindowUpdateFrame(0, 2**31 - 1).serialize(), FLOW_CONTROL_ERROR),
        (GREETING + b"\0\0\4\10\0\0\0\0\0\0\0\0\0", PROTOCOL_ERROR),
        (GREETING + b"\0\0\3\10\0\0\0\0\0\0\0\1", FRAME_SIZE_ERROR),
        (GREETING + b"\0\x40\1\0\0\0\0\0\1", FRAME_SIZE_ERROR),
        (GREETING + b"\0\0\5\4\0\0\0\0\0\0\0\0\0\0", FRAME_SIZE_ERROR),
        (GREETING + b"\0\0\7\6\0\0\0\0\0\0\0\0\0\0\0\0", FRAME_SIZE_ERROR),
        (GREETING + SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 2**31}).serialize(), FLOW_CONTROL_ERROR),
        (GREETING + SettingsFrame(0, {SettingsFrame.MAX_FRAME_SIZE: 100}).serialize(), PROTOCOL_ERROR),
        (GREETING + PushPromiseFrame(1, 2, b"").serialize(), PROTOCOL_ERROR),
        (GREETING + ContinuationFrame(1, b"").serialize(), PROTOCOL_ERROR),
        (GREETING + HeadersFrame(1, b"").serialize() + PingFrame(0, b"12345678").serialize(), PROTOCOL_ERROR),
        (GREETING + HeadersFrame(1, b"").serialize() + ContinuationFrame(3, b"").serialize(), PROTOCOL_ERROR),
        (GREETING + HeadersFrame(1, b"\xfe", flags=["END_HEADERS"]).serialize(), COMPRESSION_ERROR),
        (GREETING + headers().serialize() + b"\0\0\2\0\x08\0\0\0\1\5x", PROTOCOL_ERROR),
    ],
)
async def test_a_client_that_breaks_the_protocol_is_told_how_and_hung_up_on(site: Site, said: bytes, code: int) -> None:
    async with connected(site) as (reader, writer):
        writer.write(said)
        goodbye = await first(reader, GoAwayFrame)
        assert isinstance(goodbye, GoAwayFrame)
        assert goodbye.error_code == code
        assert [frame async for frame in frames_of(reader)] == []


@pytest.mark.parametrize(
    "fields",
    [PSEUDO[:3], [*PSEUDO, ("X-Upper", "y")], [*PSEUDO, ("connection", "close")], [*PSEUDO, ("content-length", "9")]],
)
async def test_a_malformed_request_is_reset_and_the_next_one_answered(
    site: Site, fields: list[tuple[str, str]]
) -> None:
    async with connected(site) as (reader, writer):
        writer.write(GREETING + headers(1, fields, flags=("END_STREAM",)).serialize())
        reset = await first(reader, RstStreamFrame)
        assert isinstance(reset, RstStreamFrame)
        assert (reset.stream_id, reset.error_code) == (1, PROTOCOL_ERROR)
        assert site.seen == []
        writer.write(headers(3, flags=("END_STREAM",)).serialize())
        assert (await first(reader, HeadersFrame)).stream_id == 3


async def test_frames_come_in_any_form_and_in_any_portions(site: Site) -> None:
    block = hpack.Encoder().encode([*PSEUDO, ("x-word", "one")])
    opening = HeadersFrame(1, block[:5], pad_length=3, depends_on=0, stream_weight=9, flags=["PADDED", "PRIORITY"])
    said = [
        PREFACE,
        SettingsFrame(0).serialize(),
        PriorityFrame(1, 0, 7).serialize(),
        opening.serialize(),
        ContinuationFrame(1, block[5:], flags=["END_HEADERS"]).serialize(),
        b"\0\0\1\x77\0\0\0\0\0?",
        DataFrame(1, b"he", flags=["PADDED"], pad_length=5).serialize(),
        DataFrame(1, b"llo").serialize(),
        headers(1, [("x-trailer", "y")], flags=("END_STREAM",)).serialize(),
    ]
    async with connected(site) as (reader, writer):
        for byte in b"".join(said):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert (await first(reader, DataFrame)).data == b"hello"
    ((head, body),) = site.seen
    assert (head.method, head.path, head.headers, body) == ("POST", "/echo", {"x-word": "one"}, b"hello")


async def test_a_ping_comes_back(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(GREETING + PingFrame(0, b"12345678").serialize())
        pong = await first(reader, PingFrame)
        assert isinstance(pong, PingFrame)
        assert (pong.opaque_data, set(pong.flags)) == (b"12345678", {"ACK"})


async def test_windows_are_kept_to_and_opened_again(site: Site) -> None:
    large = b"x" * 20_000_000
    async with connected(site) as streams:
        assert await Client(*streams, window=1_000_000).ask("/large") == (200, b"." * 300_000)
    async with connected(site) as streams:
        client = Client(*streams, window=1000)
        assert await client.ask("/large") == (200, b"." * 300_000)
        assert await client.ask("/echo", b"x" * 1001) == (200, b"x" * 1001)
        assert await client.ask("/pieces") == (200, b"." * 300_000)
        assert await client.ask("/echo", b"x" * 70_000) == (200, b"x" * 70_000)
        assert (await client.ask("/fail", large))[0] == 500
    assert site.seen[-1][1] == large


async def test_more_streams_than_allowed_are_refused(site: Site) -> None:
    wait = [*PSEUDO[:3], (":path", "/wait")]
    async with connected(site) as (reader, writer):
        asked = (headers(2 * number + 1, wait, flags=("END_STREAM",)).serialize() for number in range(1001))
        writer.write(GREETING + b"".join(asked))
        refused = await first(reader, RstStreamFrame)
        assert isinstance(refused, RstStreamFrame)
        assert (refused.stream_id, refused.error_code) == (2001, REFUSED_STREAM)
        site.released.set()
        assert (await first(reader, HeadersFrame)).stream_id == 1


async def test_what_was_given_up_is_done_all_the_same_and_not_answered(site: Site) -> None:
    async with connected(site) as (reader, writer):
        wait = headers(1, [*PSEUDO[:3], (":path", "/wait")], flags=("END_STREAM",))
        writer.write(GREETING + wait.serialize() + RstStreamFrame(1, 8).serialize())
        writer.write(headers(3, flags=("END_STREAM",)).serialize())
        assert (await first(reader, HeadersFrame)).stream_id == 3
        site.released.set()
        writer.write(headers(5, flags=("END_STREAM",)).serialize())
        assert (await first(reader, HeadersFrame)).stream_id == 5
    assert [head.path for head, _ in site.seen] == ["/wait", "/echo", "/echo"]


async def test_a_connection_breaks_with_all_that_is_under_way(site: Site) -> None:
    async with connected(site) as (reader, writer):
        paths = ("/wait", "/break")
        asked = [
            headers(2 * n + 1, [*PSEUDO[:3], (":path", path)], flags=("END_STREAM",)) for n, path in enumerate(paths)
        ]
        writer.write(GREETING + b"".join(one.serialize() for one in asked))
        assert not [frame async for frame in frames_of(reader) if isinstance(frame, HeadersFrame | GoAwayFrame)]


async def answered(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """First line and body of an HTTP/1.1 answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(int(length.split(b":")[1]))
    return head.split(b"\r\n")[0], body


async def test_http1_requests_are_answered_in_their_order(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1")
        writer.write(
            b"POST /echo?a=b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
        )
        writer.write(b"GET /fail HTTP/1.1\r\nhost: x\r\n\r\nGET /pieces HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(0.05)
        site.released.set()
        assert await answered(reader) == (b"HTTP/1.1 200 OK", b"late 1")
        assert await answered(reader) == (b"HTTP/1.1 200 OK", b"hello")
        assert await answered(reader) == (b"HTTP/1.1 500 Internal Server Error", b"")
        assert await answered(reader) == (b"HTTP/1.1 200 OK", b"." * 300_000)
    assert site.seen[1][0].query == "a=b"


async def test_http1_waits_for_a_go_ahead_and_closes_when_told(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(b"POST /echo HTTP/1.1\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")
        assert await answered(reader) == (b"HTTP/1.1 200 OK", b"ok")
        assert await reader.read() == b""


async def test_nonsense_is_a_400(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(b"what is this?\r\n\r\n")
        assert await answered(reader) == (b"HTTP/1.1 400 Bad Request", b"")
        assert await reader.read() == b""
    assert site.seen == []
