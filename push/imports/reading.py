"""A stream of bytes, cut into pieces of a thousand records, in bounded memory."""

import csv
import hashlib
import io
import zlib
from collections.abc import AsyncIterator, Iterator

from msgspec import Struct

from push.errors import Invalid
from push.imports.model import Format

PIECE = 1000
"""Records stored at a time. The same file is always cut at the same places."""
LONGEST_RECORD = 64 * 1024
_INFLATED = 256 * 1024


class Record(Struct, frozen=True):
    line: int
    """Where it begins."""
    content: bytes | None
    """None where it is too long to be meant."""


class Piece(Struct, frozen=True):
    records: list[Record]
    first: int
    last: int
    """Lines."""
    digest: str
    """Of everything up to and with this piece."""


async def inflated(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What gzip has packed, never much at a time, however far it expands. Raises Invalid."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        async for part in body:
            packed = part
            while packed:
                yield unzip.decompress(packed, _INFLATED)
                packed = unzip.unconsumed_tail
    except zlib.error:
        raise Invalid("", "The body is not gzip.") from None
    if not unzip.eof:
        raise Invalid("", "The body ends before its gzip does.")


async def pieces(body: AsyncIterator[bytes], kind: Format) -> AsyncIterator[Piece]:
    """The records of the body; empty lines are counted and left out."""
    digest, cutter = hashlib.sha256(), _Cutter(quoted=kind == "csv")
    waiting: list[Record] = []
    first, last = 1, 0

    def piece() -> Piece:
        return Piece(list(waiting), first, last, digest.hexdigest())

    async for part in _with_end(body):
        for record, raw, ends_at in cutter.feed(part):
            waiting.append(record)
            digest.update(hashlib.sha256(raw[:LONGEST_RECORD]).digest())
            last = ends_at
            if len(waiting) == PIECE:
                yield piece()
                waiting.clear()
                first = last + 1
    if waiting:
        yield piece()


async def _with_end(body: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    async for part in body:
        yield part
    yield None


class _Cutter:
    """Cuts at line breaks; in CSV not at those within quotes."""

    def __init__(self, *, quoted: bool) -> None:
        self._quoted = quoted
        self._rest = b""
        self._held: list[bytes] = []
        """Lines of a record whose quotes are still open."""
        self._size = self._quotes = 0
        self._line = 0
        self._began = 1

    def feed(self, part: bytes | None) -> Iterator[tuple[Record, bytes, int]]:
        """Each record that is whole now, its bytes (or the start of them) and its last line; None ends the last one."""
        lines = (self._rest + (part or b"")).split(b"\n")
        self._rest = b"" if part is None else lines.pop()
        if len(self._rest) > 2 * LONGEST_RECORD:
            # Too long already: of what follows in this line nothing need be kept.
            self._rest = self._rest[: LONGEST_RECORD + 1]
        for line in lines:
            if part is None and not line and not self._held:
                return
            self._line += 1
            self._hold(line)
            if part is None or not (self._quoted and self._quotes % 2):
                yield from self._whole()

    def _hold(self, line: bytes) -> None:
        self._size += len(line) + 1
        self._quotes += line.count(b'"')
        if self._size <= 2 * LONGEST_RECORD or not self._held:
            self._held.append(line)

    def _whole(self) -> Iterator[tuple[Record, bytes, int]]:
        raw, too_long = b"\n".join(self._held), self._size > LONGEST_RECORD
        record = Record(self._began, None if too_long else raw.rstrip(b"\r"))
        self._held, self._size, self._quotes, self._began = [], 0, 0, self._line + 1
        if raw.strip() or too_long:
            yield record, raw, self._line


def cells(raw: bytes) -> list[str]:
    """The fields of one CSV record. Raises UnicodeDecodeError, csv.Error."""
    return next(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True), [])
