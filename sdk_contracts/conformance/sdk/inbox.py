"""The inbox: pages, caching, marks, and the live stream."""

from typing import Any

from sdk_contracts.conformance.checklist import equal
from sdk_contracts.conformance.sdk import CHECKS
from sdk_contracts.conformance.sdk.bench import Bench, Pair, eventually

GROUP = "inbox"


@CHECKS.item(GROUP)
def reads(bench: Bench) -> None:
    """Reads a page, although its items have fields of a later version."""
    with bench.pair() as pair:
        for number in range(3):
            pair.server.api.add_item(number)
        page = pair.sdk.do("inbox")
        equal(page["ids"], ["itm_002", "itm_001", "itm_000"], "items")
        equal((page["unread"], page["next_cursor"]), (3, None), "unread, next_cursor")
        equal(pair.sdk.do("summary"), {"unread": 3, "unseen": 3}, "summary")


@CHECKS.item(GROUP)
def pages(bench: Bench) -> None:
    """Goes from page to page by the cursor."""
    with bench.pair() as pair:
        for number in range(5):
            pair.server.api.add_item(number)
        first = pair.sdk.do("inbox", limit=3)
        rest = pair.sdk.do("inbox", limit=3, cursor=first["next_cursor"])
        equal(len(first["ids"] + rest["ids"]), 5, "items of both pages")
        equal(rest["next_cursor"], None, "next_cursor of the last page")


@CHECKS.item(GROUP)
def unchanged(bench: Bench) -> None:
    """Asks with If-None-Match, and gives the page it has when nothing has changed."""
    with bench.pair() as pair:
        pair.server.api.add_item(1)
        first = pair.sdk.do("inbox")
        equal(pair.sdk.do("inbox"), first, "the unchanged page")
        asked = pair.server.calls("GET", "/v1/inbox")
        equal(["if-none-match" in call.headers for call in asked], [False, True], "If-None-Match in both calls")
        pair.server.api.add_item(2)
        equal(len(pair.sdk.do("inbox")["ids"]), 2, "items of the changed page")


@CHECKS.item(GROUP)
def marks(bench: Bench) -> None:
    """Marks, deletes, reads all."""
    with bench.pair() as pair:
        pair.server.api.add_item(1)
        verbs = ["read", "unread", "seen", "archive", "unarchive", "acknowledge"]
        for verb in verbs:
            pair.sdk.do("mark", item_id="itm_001", verb=verb)
        pair.sdk.do("read_all")
        pair.sdk.do("remove", item_id="itm_001")
        expected = [*(("itm_001", verb) for verb in verbs), ("all", "read"), ("itm_001", "delete")]
        equal(pair.server.api.marks, expected, "marks")


@CHECKS.item(GROUP)
def live(bench: Bench) -> None:
    """Live: what the stream tells is in the watched list at once, and a stream that breaks is resumed."""
    with bench.pair() as pair:
        pair.need("live")
        pair.server.api.add_item(1)
        pair.sdk.do("watch")
        eventually(lambda: pair.server.streams, "the stream")
        _watched(pair, ["itm_001"])
        pair.server.tell("item", "7", pair.server.api.add_item(2))
        _watched(pair, ["itm_002", "itm_001"])
        pair.server.api.items = pair.server.api.items[:1]
        pair.server.tell("removed", "8", {"id": "itm_001"})
        _watched(pair, ["itm_002"])
        pair.server.cut()
        eventually(lambda: len(pair.server.streams) >= 2, "the stream to be opened again")
        equal(pair.server.streams[1].headers.get("last-event-id"), "8", "Last-Event-ID")


def _watched(pair: Pair, expected: list[str]) -> None:
    watched: list[Any] = [None]

    def same() -> bool:
        watched[0] = pair.sdk.do("watched")["ids"]
        return bool(watched[0] == expected)

    eventually(same, f"the watched list to be {expected}")
