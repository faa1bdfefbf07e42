"""Lines as CSV (RFC 4180), NDJSON or Parquet, piece by piece: memory does not grow with the file."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from push.engagement.exports.model import Column, Format, Line, told

ROW_GROUP = 20_000
_ARROW = {"text": pa.string(), "time": pa.timestamp("ms", tz="UTC"), "number": pa.float64()}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection")."""


class Writer(Protocol):
    def write(self, lines: Sequence[Line]) -> bytes:
        """What there is of the file so far and was not given out yet; may be nothing."""
        ...

    def close(self) -> bytes:
        """The rest."""
        ...


class Csv:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]
        self._head: Iterable[list[str]] = [self._names]

    def write(self, lines: Sequence[Line]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows(self._head)
        self._head = ()
        writer.writerows([_cell(line.get(name)) for name in self._names] for line in lines)
        return text.getvalue().encode()

    def close(self) -> bytes:
        return self.write(())


class Ndjson:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]

    def write(self, lines: Sequence[Line]) -> bytes:
        return b"".join(
            msgspec.json.encode({name: told(line.get(name)) for name in self._names}) + b"\n" for line in lines
        )

    def close(self) -> bytes:
        return b""


class Parquet:
    """Row groups of 20,000, compressed with zstd."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._schema = pa.schema([(column.name, _ARROW[column.kind]) for column in columns])
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._lines: list[Line] = []

    def write(self, lines: Sequence[Line]) -> bytes:
        self._lines += lines
        if len(self._lines) >= ROW_GROUP:
            self._flush()
        return self._sink.taken()

    def close(self) -> bytes:
        self._flush()
        self._writer.close()
        return self._sink.taken()

    def _flush(self) -> None:
        if self._lines:
            self._writer.write_table(pa.Table.from_pylist(self._lines, schema=self._schema))
            self._lines = []


WRITERS: dict[Format, Callable[[Sequence[Column]], Writer]] = {"csv": Csv, "ndjson": Ndjson, "parquet": Parquet}


class _Sink(io.RawIOBase):
    """A file that is given away as it is written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._written += len(self._pieces[-1])
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        whole, self._pieces = b"".join(self._pieces), []
        return whole


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return told(value)
