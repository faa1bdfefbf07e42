"""One lane per app and provider: what is wrong with one slows or stops that one only."""

import asyncio
from collections.abc import Sequence

import pytest

from push.content.model import Rendered
from push.delivery import lanes as module
from push.delivery.lanes import Lanes
from push.devices.model import FcmFid, FcmToken, WebPush
from push.senders.model import Accepted, LaneDown, Notification, Outcome, Refused, Sender, TryLater


class Provider:
    """Answers each notification with its own token, or as told; remembers who was asked."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.closed = 0
        self.answers: dict[str, Outcome | Exception] = {}
        self.held: asyncio.Event | None = None

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        self.calls.append([each.delivery_id for each in notifications])
        if self.held is not None:
            await self.held.wait()
        outcomes = [self.answers.get(each.delivery_id, Accepted(each.delivery_id)) for each in notifications]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]

    async def close(self) -> None:
        self.closed += 1


class House:
    """Opens senders as `Providers` does, and counts how often."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, str]] = []
        self.senders = {"fcm": Provider(), "web_push": Provider()}
        self.lacking: dict[str, LaneDown | Exception] = {}
        self.lanes = Lanes(self.open)

    async def open(self, app_id: str, provider: str) -> Sender | LaneDown:
        self.opened.append((app_id, provider))
        lacking = self.lacking.get(provider)
        if isinstance(lacking, Exception):
            raise lacking
        return lacking or self.senders[provider]


@pytest.fixture
def house() -> House:
    return House()


def to_phone(delivery_id: str) -> Notification:
    return _to(FcmToken(token=delivery_id), delivery_id)


def to_browser(delivery_id: str) -> Notification:
    return _to(WebPush(endpoint="https://web.push.apple.com/x", p256dh="p", auth="a"), delivery_id)


def _to(address: FcmToken | FcmFid | WebPush, delivery_id: str) -> Notification:
    rendered = Rendered(title="Hi")
    return Notification(delivery_id=delivery_id, receipt="r", address=address, rendered=rendered, ttl_seconds=60)


def wait_seconds(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Time as the lanes see it from now on."""
    now = module.time.monotonic() + seconds
    monkeypatch.setattr(module.time, "monotonic", lambda: now)


async def test_each_goes_to_its_provider_and_the_answers_keep_their_order(house: House) -> None:
    mixed = [to_phone("1"), to_browser("2"), _to(FcmFid(fid="f"), "3"), to_browser("4"), to_phone("5")]
    house.senders["fcm"].answers["3"] = Refused("too_big")
    outcomes = await house.lanes.send("app_1", mixed)
    assert outcomes == [Accepted("1"), Accepted("2"), Refused("too_big"), Accepted("4"), Accepted("5")]
    assert house.senders["fcm"].calls == [["1", "3", "5"]]
    assert house.senders["web_push"].calls == [["2", "4"]]


async def test_nobody_to_send_to_asks_no_provider(house: House) -> None:
    assert await house.lanes.send("app_1", []) == []
    assert house.opened == []


async def test_a_client_is_opened_once_and_shared_by_all_who_send(house: House) -> None:
    await asyncio.gather(*(house.lanes.send("app_1", [to_phone(str(n))]) for n in range(10)))
    assert house.opened == [("app_1", "fcm")]


async def test_apps_have_lanes_of_their_own(house: House) -> None:
    house.senders["fcm"].answers["1"] = LaneDown("auth")
    assert await house.lanes.send("app_1", [to_phone("1")]) == [LaneDown("auth")]
    assert await house.lanes.send("app_2", [to_phone("2")]) == [Accepted("2")]


async def test_a_lane_that_is_down_is_not_asked_until_its_time_has_come(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.senders["fcm"].answers["1"] = LaneDown("auth")
    assert await house.lanes.send("app_1", [to_phone("0"), to_phone("1")]) == [Accepted("0"), LaneDown("auth")]
    for _ in range(3):
        both = await house.lanes.send("app_1", [to_phone("2"), to_browser("3")])
        assert both == [LaneDown("auth"), Accepted("3")]
    assert house.senders["fcm"].calls == [["0", "1"]]
    wait_seconds(monkeypatch, module._DOWN_SECONDS + 1)
    assert await house.lanes.send("app_1", [to_phone("2")]) == [Accepted("2")]


async def test_a_lane_that_was_down_comes_back_with_new_credentials(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = house.senders["fcm"]
    old.answers["1"] = LaneDown("auth")
    await house.lanes.send("app_1", [to_phone("1")])
    renewed = house.senders["fcm"] = Provider()
    wait_seconds(monkeypatch, module._DOWN_SECONDS + 1)
    await house.lanes.send("app_1", [to_phone("1")])
    assert (old.closed, renewed.calls) == (1, [["1"]])


async def test_an_app_without_credentials_is_told_so_and_sends_once_it_has_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.lacking["fcm"] = LaneDown("no_fcm_credentials")
    for _ in range(3):
        assert await house.lanes.send("app_1", [to_phone("1")]) == [LaneDown("no_fcm_credentials")]
    assert len(house.opened) == 1
    del house.lacking["fcm"]
    wait_seconds(monkeypatch, module._DOWN_SECONDS + 1)
    assert await house.lanes.send("app_1", [to_phone("1")]) == [Accepted("1")]


async def test_now_and_then_a_client_is_made_anew_but_never_under_somebody_who_sends(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.senders["fcm"]
    first.held = asyncio.Event()
    slow = asyncio.create_task(house.lanes.send("app_1", [to_phone("1")]))
    while not first.calls:
        await asyncio.sleep(0)
    wait_seconds(monkeypatch, module._REOPEN_SECONDS + 1)
    second = asyncio.create_task(house.lanes.send("app_1", [to_phone("2")]))
    while len(first.calls) < 2:
        await asyncio.sleep(0)
    assert first.closed == 0
    first.held.set()
    await asyncio.gather(slow, second)
    renewed = house.senders["fcm"] = Provider()
    await house.lanes.send("app_1", [to_phone("3")])
    assert (first.closed, renewed.calls) == (1, [["3"]])


async def test_one_provider_that_is_slow_holds_up_nobody_else(house: House) -> None:
    house.senders["fcm"].held = asyncio.Event()
    slow = asyncio.create_task(house.lanes.send("app_1", [to_phone("1")]))
    async with asyncio.timeout(1):
        assert await house.lanes.send("app_1", [to_browser("2")]) == [Accepted("2")]
    house.senders["fcm"].held.set()
    assert await slow == [Accepted("1")]


async def test_a_client_that_breaks_does_not_take_the_other_lanes_answers_with_it(house: House) -> None:
    house.senders["fcm"].answers["1"] = RuntimeError("broken")
    outcomes = await house.lanes.send("app_1", [to_phone("1"), to_browser("2")])
    assert outcomes == [TryLater("sender_failed"), Accepted("2")]


async def test_a_client_that_cannot_be_opened_now_is_tried_again_later(house: House) -> None:
    house.lacking["web_push"] = RuntimeError("no database")
    outcomes = await house.lanes.send("app_1", [to_phone("1"), to_browser("2")])
    assert outcomes == [Accepted("1"), TryLater("sender_failed")]
    del house.lacking["web_push"]
    assert await house.lanes.send("app_1", [to_browser("2")]) == [Accepted("2")]


async def test_at_the_end_every_client_is_closed_once(house: House) -> None:
    await house.lanes.send("app_1", [to_phone("1"), to_browser("2")])
    await house.lanes.close()
    await house.lanes.close()
    assert [sender.closed for sender in house.senders.values()] == [1, 1]
