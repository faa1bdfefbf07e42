"""A stream is cut into the same records wherever the network happens to cut it."""

import gzip
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.errors import Invalid
from push.imports.model import Format
from push.imports.reading import LONGEST_RECORD, PIECE, Piece, cells, inflated, pieces


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def cut(*parts: bytes, kind: Format = "ndjson") -> list[Piece]:
    return [piece async for piece in pieces(stream(*parts), kind)]


@given(st.lists(st.binary(max_size=12), max_size=12), st.data(), st.sampled_from(["ndjson", "csv"]))
async def test_it_does_not_matter_where_the_network_cuts(lines: list[bytes], data: st.DataObject, kind: Format) -> None:
    body = b"\n".join(lines)
    places = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    parts = [body[start:stop] for start, stop in zip([0, *places], [*places, len(body)], strict=True)]
    assert await cut(*parts, kind=kind) == await cut(body, kind=kind)


async def test_lines_are_numbered_as_editors_do_and_empty_ones_left_out() -> None:
    (piece,) = await cut(b"a\n\n \nb\r\nc")
    assert [(each.line, each.content) for each in piece.records] == [(1, b"a"), (4, b"b"), (5, b"c")]
    assert (piece.first, piece.last) == (1, 5)


async def test_a_line_break_within_quotes_is_part_of_the_record() -> None:
    (piece,) = await cut(b'a,"b\nc""d"\ne,f\n', kind="csv")
    assert [(each.line, each.content) for each in piece.records] == [(1, b'a,"b\nc""d"'), (3, b"e,f")]
    assert cells(piece.records[0].content or b"") == ["a", 'b\nc"d']


@pytest.mark.parametrize("size", [1, 1000, 100_000])
async def test_a_line_without_end_is_named_and_not_kept(size: int) -> None:
    body = b"a\n" + b"x" * (5 * LONGEST_RECORD) + b"\nb\n"
    parts = [body[start : start + size] for start in range(0, len(body), size)] if size > 1 else [body]
    (piece,) = await cut(*parts)
    assert [(each.line, each.content) for each in piece.records] == [(1, b"a"), (2, None), (3, b"b")]
    assert [piece] == await cut(body)


async def test_a_quote_that_is_never_closed_is_one_bad_record_in_bounded_memory() -> None:
    body = b'a,"b\n' + b"c,d\n" * 100_000
    (piece,) = await cut(*(body[start : start + 4096] for start in range(0, len(body), 4096)), kind="csv")
    assert [(each.line, each.content) for each in piece.records] == [(1, None)]


async def test_pieces_have_a_thousand_records_and_know_all_that_came_before() -> None:
    body = b"".join(b"%d\n" % number for number in range(2 * PIECE + 5))
    found = await cut(body)
    assert [(piece.first, piece.last, len(piece.records)) for piece in found] == [
        (1, PIECE, PIECE),
        (PIECE + 1, 2 * PIECE, PIECE),
        (2 * PIECE + 1, 2 * PIECE + 5, 5),
    ]
    other = await cut(b"x\n" + body.partition(b"\n")[2])
    assert [a.digest == b.digest for a, b in zip(found, other, strict=True)] == [False, False, False]


async def test_gzip_is_unpacked_in_small_parts_and_bad_gzip_refused() -> None:
    bomb = gzip.compress(b"\n" * 50_000_000)
    largest = max([len(part) async for part in inflated(stream(bomb))])
    assert largest <= 256 * 1024
    for bad in (b"not gzip", bomb[:-9]):
        with pytest.raises(Invalid):
            _ = [part async for part in inflated(stream(bad))]
