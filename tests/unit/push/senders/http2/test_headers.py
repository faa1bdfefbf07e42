"""Header blocks mean the same to another implementation, however they were remembered."""

import hpack
from hypothesis import given
from hypothesis import strategies as st

from push.senders.exchange import Request
from push.senders.http2.headers import RequestHeaders, ResponseHeaders

VALUES = st.text("abc-1", min_size=1, max_size=600)
URLS = [f"https://h/{'x' * length}" for length in (1, 1, 150, 299)]
"""The same ones again and again, as a sender has them."""

TURNS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5000)), max_size=40)


@given(TURNS, st.lists(VALUES, min_size=6, max_size=6))
def test_requests_read_as_they_were_meant(turns: list[tuple[int, int]], values: list[str]) -> None:
    kinds = [[f"authorization: {value}", "X-Upper: Case"] for value in values]
    ours, theirs = RequestHeaders(), hpack.Decoder()
    for kind, size in turns:
        url = URLS[size % len(URLS)]
        request = Request("https://h", url, kinds[kind], b"x" * size)
        assert theirs.decode(ours.block(request)) == [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "h"),
            (":path", url.removeprefix("https://h")),
            ("authorization", values[kind]),
            ("x-upper", "Case"),
            ("content-length", str(size)),
        ]


@given(TURNS, st.sampled_from([0, 64, 200, 4096, 100_000]))
def test_a_smaller_table_is_kept_to(turns: list[tuple[int, int]], size: int) -> None:
    ours, theirs = RequestHeaders(), hpack.Decoder()
    headers = [[f"authorization: {'x' * kind}y"] for kind in range(6)]
    for number, (kind, _) in enumerate(turns):
        if number == 3:
            ours.resize(size)
            theirs.max_allowed_table_size = size
        request = Request("https://h", URLS[kind % 2], headers[kind], b"")
        assert ("authorization", f"{'x' * kind}y") in theirs.decode(ours.block(request))


@given(st.lists(st.tuples(st.sampled_from([200, 404, 503]), st.integers(0, 8)), max_size=60))
def test_answers_read_as_they_were_meant(turns: list[tuple[int, int]]) -> None:
    theirs, ours = hpack.Encoder(), ResponseHeaders()
    for status, second in turns:
        fields = [(":status", str(status)), ("date", f"Mon, 00:00:0{second}" * 20), ("retry-after", str(second + 1))]
        assert ours.read(theirs.encode(fields)) == (status, None if status == 200 else second + 1.0)
