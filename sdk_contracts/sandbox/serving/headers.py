"""Header blocks (RFC 7541). `hpack` does the work once; the same block again is looked up.

A block means the same for as long as the table it was made with stays the same: with it goes what is remembered.
"""

import re
from collections import deque
from functools import lru_cache
from urllib.parse import unquote

import hpack
from hpack.exceptions import HPACKError
from hpack.hpack import encode_integer

from sdk_contracts.sandbox.serving.frames import COMPRESSION_ERROR, Fault
from sdk_contracts.sandbox.serving.model import Head, Headers

Field = tuple[bytes, bytes]
Table = deque[Field]
_REMEMBERED = 1024
_TABLE_BYTES = 4096
_INDEXED, _TWO_BYTES, _RESIZES, _NEVER = 0x80, 0xFF, 0x20, 0x10
"""How fields begin (section 6)."""
_PATH = 4
"""`:path` in the static table (appendix A)."""
_LONG = 0x7F
"""From this a length takes another byte, or the text is in Huffman code (section 5)."""
_ALWAYS_ANOTHER = frozenset({"content-length", "location", "retry-after", "ttl"})
"""In no table: the next answer has another value."""
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
_FORBIDDEN = re.compile(r"[\0\r\n]")
_PSEUDO = frozenset({":method", ":scheme", ":authority", ":path"})
_NEEDED = frozenset({":method", ":scheme", ":path"})


class Requests:
    """What requests on one connection are headed with."""

    def __init__(self) -> None:
        self._decoder = hpack.Decoder()
        self._known: dict[tuple[bool, bytes], Head] = {}

    def read(self, block: bytes) -> Head | None:
        """The head; None where it breaks the rules for a request (RFC 9113 section 8.3). Raises Fault."""
        path, rest = _cut(block)
        known = self._known.get((path is None, rest))
        if known is None:
            return self._decode(block, (path is None, rest))
        return known if path is None else _head(known.method, path.decode(errors="replace"), known.headers)

    def _decode(self, block: bytes, key: tuple[bool, bytes]) -> Head | None:
        table = self._decoder.header_table.dynamic_entries
        before = _state(table)
        try:
            head = _request([(str(name), str(value)) for name, value in self._decoder.decode(block)])
        except HPACKError as error:
            raise Fault(COMPRESSION_ERROR) from error
        if _changed(table, before) or _RESIZES <= block[0] < _RESIZES * 2 or len(self._known) >= _REMEMBERED:
            self._known.clear()
        elif head is not None:
            self._known[key] = head
        return head


class Answers:
    """How answers on one connection are headed."""

    def __init__(self) -> None:
        self._encoder = hpack.Encoder()
        self._known: dict[tuple[int, Headers], bytes] = {}

    def resize(self, size: int) -> None:
        """The client's table has this many bytes."""
        self._encoder.header_table_size = min(size, _TABLE_BYTES)
        self._known.clear()

    def block(self, status: int, headers: Headers, length: int | None) -> bytes:
        """`length` is the body's, where it is known."""
        known = self._known.get((status, headers)) or self._block(status, headers)
        return known if length is None else known + _length(length)

    def _block(self, status: int, headers: Headers) -> bytes:
        lasting = tuple(field for field in headers if field[0] not in _ALWAYS_ANOTHER)
        known = self._known.get((status, lasting)) or self._encode(status, lasting)
        return known + b"".join([_plain(name, value) for name, value in headers if name in _ALWAYS_ANOTHER])

    def _encode(self, status: int, headers: Headers) -> bytes:
        table = self._encoder.header_table.dynamic_entries
        before = _state(table)
        block = self._encoder.encode([(":status", str(status)), *headers])
        if _changed(table, before):
            self._known.clear()
        else:
            self._known[status, headers] = block
        return block


def _state(table: Table) -> tuple[int, Field | None]:
    return len(table), table[0] if table else None


def _changed(table: Table, before: tuple[int, Field | None]) -> bool:
    """Entries come in at the front. The first was held, so no other can be mistaken for it."""
    length, first = before
    return len(table) != length or (table[0] if table else None) is not first


def _cut(block: bytes) -> tuple[bytes | None, bytes]:
    """The path, where it stands in the block as it is and enters no table, and the block without it.

    So the rest is the same for many: each browser has a path of its own.
    """
    for at, first in enumerate(block):
        if first < _INDEXED:
            if first | _NEVER == _PATH | _NEVER and len(block) > at + 1 and block[at + 1] < _LONG:
                end = at + 2 + block[at + 1]
                if end <= len(block):
                    return block[at + 2 : end], block[:at] + block[end:]
            break
        if first == _TWO_BYTES:
            break
    return None, block


def _plain(name: str, value: str) -> bytes:
    """A field that enters no table (section 6.2.2), of less than 127 bytes each."""
    return b"\0%c%b%c%b" % (len(name), name.encode(), len(value), value.encode())


@lru_cache(maxsize=1024)
def _length(length: int) -> bytes:
    """Content-Length, whose name is in the static table (appendix A), without indexing (section 6.2.2)."""
    value = b"%d" % length
    return bytes(encode_integer(28, 4) + encode_integer(len(value), 7)) + value


def _request(fields: list[tuple[str, str]]) -> Head | None:
    pseudo: dict[str, str] = {}
    headers: dict[str, str] = {}
    for name, value in fields:
        if name.startswith(":"):
            if headers or name in pseudo or name not in _PSEUDO:
                return None
            pseudo[name] = value
        elif name != name.lower() or name in _OF_THE_CONNECTION or (name == "te" and value != "trailers"):
            return None
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if not pseudo.keys() >= _NEEDED or _FORBIDDEN.search("".join(headers.values())):
        return None
    if not headers.get("content-length", "0").isdecimal():
        return None
    return _head(pseudo[":method"], pseudo[":path"], headers)


def _head(method: str, target: str, headers: dict[str, str]) -> Head | None:
    path, _, query = target.partition("?")
    return Head(method, unquote(path), query, headers) if path else None
