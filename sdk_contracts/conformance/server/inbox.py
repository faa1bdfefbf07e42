"""The message centre: pages, states, counts, caching."""

import httpx

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import Phone, Stage, refused, succeeded

GROUP = "inbox"


@CHECKS.item(GROUP)
def arrives(stage: Stage) -> None:
    """A message arrives as composed: texts, picture, link, actions, data."""
    phone = stage.phone()
    actions = [{"id": "buy", "label": "Buy", "link": "https://shop.example/buy"}]
    more = {"image_url": "https://shop.example/a.png", "link": "https://shop.example/", "data": {"order": "7"}}
    stage.send({"device_ids": [phone.device_id]}, "Fresh", actions=actions, **more)
    (item,) = stage.arrived(phone, "Fresh")
    equal((item.image_url, item.link, item.data), tuple(more.values()), "picture, link, data")
    equal([(each.id, each.label, each.link) for each in item.actions], [tuple(actions[0].values())], "actions")
    equal((item.seen_at, item.read_at, item.archived_at), (None, None, None), "states of a new item")


@CHECKS.item(GROUP)
def pages(stage: Stage) -> None:
    """Pages have no gap and no repeat while items arrive."""
    titles = [f"Item {number}" for number in range(5)]
    phone, _ = stage.reader(*titles)
    page = stage.page(phone, limit=2)
    seen = [item.title for item in page.items]
    stage.send({"device_ids": [phone.device_id]}, "Newer")
    stage.arrived(phone, "Newer")
    while page.next_cursor:
        page = stage.page(phone, limit=2, cursor=page.next_cursor)
        expect(len(page.items) <= 2, "a page is longer than its limit")
        seen += [item.title for item in page.items]
    equal(sorted(seen), titles, "all pages together")
    equal(stage.page(phone, limit=1).items[0].title, "Newer", "the newest item")


@CHECKS.item(GROUP)
def bad_pages(stage: Stage) -> None:
    """A limit beyond 1 to 100, a made-up cursor and an unknown filter are refused with 400."""
    phone = stage.phone()
    for query in ("limit=0", "limit=101", "limit=x", "cursor=made-up", "filter=everything"):
        refused(stage.call("GET", f"/v1/inbox?{query}", phone.key), 400)


@CHECKS.item(GROUP)
def unchanged(stage: Stage) -> None:
    """An unchanged page is answered with 304 to its ETag, a changed one is not."""
    phone, (item,) = stage.reader("One")
    first = stage.call("GET", "/v1/inbox", phone.key)
    tag = first.headers.get("etag", "")
    expect(tag, "the page has no ETag")
    same = stage.call("GET", "/v1/inbox", phone.key, headers={"If-None-Match": tag})
    succeeded(same, 304)
    equal(same.content, b"", "body of a 304")
    stage.do("POST", f"/v1/inbox/{item.id}/read", phone.key)
    succeeded(stage.call("GET", "/v1/inbox", phone.key, headers={"If-None-Match": tag}), 200)


@CHECKS.item(GROUP)
def states(stage: Stage) -> None:
    """Read, unread, seen, archive, unarchive and acknowledge are 204 as often as one likes, in any order."""
    phone, (item,) = stage.reader("One")
    for verb, field, is_set in (
        ("seen", "seen_at", True),
        ("read", "read_at", True),
        ("acknowledge", "acknowledged_at", True),
        ("unread", "read_at", False),
        ("archive", "archived_at", True),
        ("unarchive", "archived_at", False),
    ):
        for _ in range(2):
            stage.do("POST", f"/v1/inbox/{item.id}/{verb}", phone.key)
        page = stage.page(phone, filter="archived" if verb == "archive" else "all")
        equal(getattr(page.items[0], field) is not None, is_set, f"{field} after {verb}")


@CHECKS.item(GROUP)
def first_time(stage: Stage) -> None:
    """Reading a second time does not move the time it was read."""
    phone, (item,) = stage.reader("One")
    stage.do("POST", f"/v1/inbox/{item.id}/read", phone.key)
    before = stage.page(phone).items[0].read_at
    stage.do("POST", f"/v1/inbox/{item.id}/read", phone.key)
    equal(stage.page(phone).items[0].read_at, before, "read_at")


@CHECKS.item(GROUP)
def filters(stage: Stage) -> None:
    """`all` is what is not archived, `unread` what is neither read nor archived, `archived` the rest."""
    phone, (one, two, _) = stage.reader("One", "Two", "Three")
    stage.do("POST", f"/v1/inbox/{one.id}/read", phone.key)
    stage.do("POST", f"/v1/inbox/{two.id}/archive", phone.key)
    for name, expected in (("all", ["One", "Three"]), ("unread", ["Three"]), ("archived", ["Two"])):
        equal(_titles(stage, phone, name), expected, f"filter={name}")


@CHECKS.item(GROUP)
def counts(stage: Stage) -> None:
    """Unread and unseen are exact, in the summary and on the page."""
    phone, (one, two, three) = stage.reader("One", "Two", "Three")
    for verb, item, unread, unseen in (
        ("seen", one, 3, 2),
        ("read", one, 2, 2),
        ("archive", two, 1, None),
        ("unread", one, 2, None),
        ("delete", three, 1, None),
    ):
        _do(stage, phone, item.id, verb)
        summary = stage.summary(phone)
        equal(summary.unread, unread, f"unread after {verb}")
        expect(unseen is None or summary.unseen == unseen, f"unseen after {verb}: {summary.unseen}, not {unseen}")
        equal(stage.page(phone).unread, unread, f"unread on the page after {verb}")


@CHECKS.item(GROUP)
def read_all(stage: Stage) -> None:
    """Reading all reads what is there, not what comes later."""
    phone, _ = stage.reader("One", "Two")
    stage.do("POST", "/v1/inbox/read-all", phone.key)
    equal(stage.summary(phone).unread, 0, "unread after read-all")
    stage.send({"device_ids": [phone.device_id]}, "Later")
    stage.arrived(phone, "Later")
    equal(stage.summary(phone).unread, 1, "unread after a new item")


@CHECKS.item(GROUP)
def deletes(stage: Stage) -> None:
    """A deleted item is gone from every list, and deleting it again changes nothing."""
    phone, (item,) = stage.reader("One")
    for _ in range(2):
        stage.do("DELETE", f"/v1/inbox/{item.id}", phone.key)
    for name in ("all", "unread", "archived"):
        equal(_titles(stage, phone, name), [], f"filter={name}")


@CHECKS.item(GROUP)
def other_people(stage: Stage) -> None:
    """Another person's item is not there: 404, and whatever is tried, nothing happens to it."""
    phone, (item,) = stage.reader("Mine")
    stranger = stage.phone()
    for verb in ("read", "archive"):
        refused(_call(stage, stranger, item.id, verb), 404)
    status = _call(stage, stranger, item.id, "delete").status_code  # What is gone already is deleted: 204 will do.
    expect(status in (204, 404), f"deleting another person's item: {status}")
    (mine,) = stage.page(phone).items
    equal((mine.read_at, mine.archived_at), (None, None), "the item after a stranger's calls")
    equal(_titles(stage, stranger, "all"), [], "the stranger's inbox")


def _titles(stage: Stage, phone: Phone, name: str) -> list[str]:
    return sorted(item.title for item in stage.page(phone, filter=name).items)


def _call(stage: Stage, phone: Phone, item_id: str, verb: str) -> httpx.Response:
    if verb == "delete":
        return stage.call("DELETE", f"/v1/inbox/{item_id}", phone.key)
    return stage.call("POST", f"/v1/inbox/{item_id}/{verb}", phone.key)


def _do(stage: Stage, phone: Phone, item_id: str, verb: str) -> None:
    succeeded(_call(stage, phone, item_id, verb), 204)
