"""What is remembered of header blocks never says anything else than the blocks do."""

import hpack
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk_contracts.sandbox.serving.headers import Answers, Requests

PSEUDO = [(":method", "POST"), (":scheme", "https")]
FIELDS = st.lists(st.tuples(st.just("x"), st.sampled_from(["", "a", "b", "c" * 3000])), max_size=2)
"""Few, so that the same bytes come again with another meaning."""
PATHS = st.sampled_from(["/a", "/b?c=d&e", "/%C3%A9", "/" + "long" * 50])
TABLES = st.sampled_from([None, None, None, 0, 4096])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(TABLES, PATHS, FIELDS, st.sampled_from([True, True, False]), st.booleans()), min_size=10, max_size=60
    )
)
def test_requests_are_read_as_they_were_written(
    requests: list[tuple[int | None, str, list[tuple[str, str]], bool, bool]],
) -> None:
    encoder, reading = hpack.Encoder(), Requests()
    for table, path, fields, secret, huffman in requests:
        if table is not None:
            encoder.header_table_size = table
        # A path that is sensitive enters no table.
        block = encoder.encode([*PSEUDO, (":path", path, secret), *fields], huffman=huffman)
        head = reading.read(block)
        assert head is not None
        expected: dict[str, str] = {}
        for name, value in fields:
            expected[name] = f"{expected[name]}, {value}" if name in expected else value
        assert (head.method, head.headers) == ("POST", expected)
        assert (head.path, head.query) == (path.partition("?")[0].replace("%C3%A9", "é"), path.partition("?")[2])


@settings(deadline=None)
@given(st.lists(st.tuples(TABLES, st.sampled_from([200, 201, 404]), FIELDS), min_size=10, max_size=60))
def test_answers_say_what_they_should_with_any_table(
    answers: list[tuple[int | None, int, list[tuple[str, str]]]],
) -> None:
    writing, decoder = Answers(), hpack.Decoder()
    for table, status, fields in answers:
        if table is not None:
            writing.resize(table)
        said = writing.block(status, (*fields, ("retry-after", "60"), ("location", "https://push.example/1")), 12)
        assert decoder.decode(said) == [
            (":status", str(status)),
            *fields,
            ("retry-after", "60"),
            ("location", "https://push.example/1"),
            ("content-length", "12"),
        ]


def test_requests_that_break_the_rules_have_no_head() -> None:
    whole = [*PSEUDO, (":path", "/a")]
    for fields in (
        PSEUDO,
        [(":path", "/a"), ("x", "y")],
        [*whole, (":path", "/b")],
        [*whole, (":status", "200")],
        [("x", "y"), *whole],
        [*whole, ("X-Upper", "y")],
        [*whole, ("connection", "close")],
        [*whole, ("transfer-encoding", "chunked")],
        [*whole, ("te", "gzip")],
        [*whole, ("x", "a\r\nb")],
        [*whole, ("content-length", "many")],
        [*PSEUDO, (":path", "")],
        [*PSEUDO, (":path", "", True)],
    ):
        assert Requests().read(hpack.Encoder().encode(fields, huffman=False)) is None, fields
