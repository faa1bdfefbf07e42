"""Header blocks (HPACK, RFC 7541). The library does the work once; the same again is a look-up.

A block means the same as long as the table it was made with has not changed, so what is remembered is forgotten then.
"""

from collections import deque
from functools import lru_cache
from urllib.parse import urlsplit

import hpack
from hpack.exceptions import HPACKError
from hpack.hpack import encode_integer

from push.senders.exchange import Request
from push.senders.http2.frames import ProtocolError
from push.senders.retry_after import parse

_REMEMBERED = 256
_PATH, _CONTENT_LENGTH = 4, 28
"""Their places in the static table (appendix A)."""
Entry = tuple[bytes, bytes]
Table = deque[Entry]


class RequestHeaders:
    """How requests are headed on one connection. The path and the length differ from one to the next, so they are in no
    table: a browser's path is a secret of its own."""

    def __init__(self) -> None:
        self._encoder = hpack.Encoder()
        self._known: dict[tuple[str, int], tuple[list[str], bytes, bytes]] = {}
        self._last: tuple[str, list[str], bytes] = ("", [], b"")
        """Of the request before: its address, its headers, its block up to the length. FCM's differ in nothing else."""

    def resize(self, size: int) -> None:
        """The other side's table has this many bytes."""
        self._encoder.header_table_size = min(size, 4096)
        self._forget()

    def block(self, request: Request) -> bytes:
        url, headers, begun = self._last
        if request.url is not url or request.headers is not headers:
            begun = self._begun(request)
        return begun + _length(len(request.body))

    def _begun(self, request: Request) -> bytes:
        url, headers = request.url, request.headers
        known = self._known.get((request.lane, id(headers)))
        _, before, behind = known or self._encode(request)
        begun = before + _literal(_PATH, _path(url)) + behind
        if (request.lane, id(headers)) in self._known:
            self._last = url, headers, begun
        return begun

    def _forget(self) -> None:
        self._known.clear()
        self._last = "", [], b""

    def _encode(self, request: Request) -> tuple[list[str], bytes, bytes]:
        table: Table = self._encoder.header_table.dynamic_entries
        length, first = _state(table)
        url = urlsplit(request.url)
        before = self._encoder.encode([(":method", "POST"), (":scheme", url.scheme), (":authority", url.netloc)])
        behind = self._encoder.encode([_field(header) for header in request.headers])
        # The headers are kept with their blocks, so their id cannot come to mean others.
        encoded = request.headers, before, behind
        if _changed(table, length, first) or len(self._known) >= _REMEMBERED:
            self._forget()
        else:
            self._known[request.lane, id(request.headers)] = encoded
        return encoded


class ResponseHeaders:
    """What answers on one connection are headed with: the status, and Retry-After."""

    def __init__(self) -> None:
        self._decoder = hpack.Decoder()
        self._known: dict[bytes, tuple[int, float | None]] = {}

    def read(self, block: bytes) -> tuple[int, float | None]:
        """The status, 0 where there is none (trailers), and the wait in seconds. Raises ProtocolError."""
        known = self._known.get(block)
        if known is not None:
            return known
        table: Table = self._decoder.header_table.dynamic_entries
        length, first = _state(table)
        try:
            fields = dict(self._decoder.decode(block, raw=True))
            status = int(fields.get(b":status", b"0"))
        except (HPACKError, ValueError) as error:
            raise ProtocolError("a header block cannot be read") from error
        wait = parse(fields.get(b"retry-after", b"").decode("latin-1")) if status >= 400 else None
        if _changed(table, length, first) or len(self._known) >= _REMEMBERED:
            self._known.clear()
        elif wait is None:
            # A date means another wait a second later.
            self._known[block] = status, None
        return status, wait


def _state(table: Table) -> tuple[int, Entry | None]:
    return len(table), table[0] if table else None


def _changed(table: Table, length: int, first: Entry | None) -> bool:
    """Entries are added at the front and dropped at the end; the first was held, so no other can be mistaken for it."""
    return len(table) != length or (table[0] if table else None) is not first


def _literal(name: int, value: bytes) -> bytes:
    """A field that enters no table (section 6.2.2): its name by its place in the static table, its value as it is."""
    return _begun(name, len(value)) + value


@lru_cache(maxsize=10_000)
def _begun(name: int, size: int) -> bytes:
    return bytes(encode_integer(name, 4) + encode_integer(size, 7))


@lru_cache(maxsize=10_000)
def _length(size: int) -> bytes:
    return _literal(_CONTENT_LENGTH, b"%d" % size)


def _path(url: str) -> bytes:
    start = url.find("/", url.find("://") + 3)
    return url[start:].encode() if start > 0 else b"/"


def _field(header: str) -> tuple[str, str]:
    name, _, value = header.partition(":")
    return name.strip().lower(), value.strip()
