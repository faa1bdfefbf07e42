"""Header blocks (HPACK, RFC 7541). The library does the work once; the same again is a look-up.

A block means the same as long as the table it was made with has not changed, so what is remembered is forgotten then.
"""

from collections import deque
from urllib.parse import urlsplit

import hpack
from hpack.exceptions import HPACKError

from push.senders.exchange import Request
from push.senders.http2.frames import ProtocolError
from push.senders.retry_after import parse

_REMEMBERED = 256
Entry = tuple[bytes, bytes]
Table = deque[Entry]


class RequestHeaders:
    """How requests are headed on one connection."""

    def __init__(self) -> None:
        self._encoder = hpack.Encoder()
        self._known: dict[tuple[str, int], tuple[list[str], bytes]] = {}

    def resize(self, size: int) -> None:
        """The other side's table has this many bytes."""
        self._encoder.header_table_size = min(size, 4096)
        self._known.clear()

    def block(self, request: Request) -> bytes:
        key = (request.url, id(request.headers))
        known = self._known.get(key)
        if known is not None:
            return known[1] + _length(len(request.body))
        table: Table = self._encoder.header_table.dynamic_entries
        length, first = _state(table)
        block = self._encoder.encode(_fields(request))
        if _changed(table, length, first) or len(self._known) >= _REMEMBERED:
            self._known.clear()
        else:
            # The headers are kept with their block, so their id cannot come to mean others.
            self._known[key] = request.headers, block
        return block + _length(len(request.body))


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


def _length(size: int) -> bytes:
    """`content-length` as a literal that enters no table (section 6.2.2): name 28 of the static table, plain digits."""
    digits = b"%d" % size
    return bytes((0x0F, 28 - 15, len(digits))) + digits


def _fields(request: Request) -> list[tuple[str, str]]:
    url = urlsplit(request.url)
    fields = [(":method", "POST"), (":scheme", url.scheme), (":authority", url.netloc), (":path", url.path or "/")]
    for header in request.headers:
        name, _, value = header.partition(":")
        fields.append((name.strip().lower(), value.strip()))
    return fields
