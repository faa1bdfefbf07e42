"""One lane per app and provider: what is wrong with one slows or stops that one only."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from push.content.model import Rendered
from push.delivery.clients import DOWN_SECONDS, REOPEN_SECONDS
from push.delivery.flow.breaker import ENOUGH_ANSWERS, PROBES
from push.delivery.flow.quota import Taken
from push.delivery.flow.window import START
from push.delivery.lane import PATIENCE_SECONDS
from push.delivery.lanes import Lanes
from push.devices.model import FcmFid, FcmToken, WebPush
from push.senders.model import Accepted, Held, LaneDown, Notification, Outcome, Refused, Sender, TryLater


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


class FakeClock:
    """Stands still until it is told, or somebody waits by it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.advance(seconds)


class FreeBuckets:
    """Gives what is asked for, up to what is `left`."""

    def __init__(self) -> None:
        self.left = 1_000_000
        self.asked: list[tuple[str, str, int]] = []
        self.broken = False

    async def take(
        self, app_id: str, name: str, want: int, per_second: float, size: float, now: datetime, least: int = 1
    ) -> Taken:
        if self.broken:
            raise ConnectionError
        self.asked.append((app_id, name, want))
        granted = min(want, self.left)
        self.left -= granted
        return Taken(granted, 0.0 if granted else 7.0)


class House:
    """Opens senders as `Providers` does, and counts how often."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.buckets = FreeBuckets()
        self.opened: list[tuple[str, str]] = []
        self.senders = {"fcm": Provider(), "web_push": Provider()}
        self.lacking: dict[str, LaneDown | Exception] = {}
        self.lanes = Lanes(self.open, self.buckets, self.clock, pause=self.clock.pause)

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


async def test_a_lane_that_is_down_is_not_asked_until_its_time_has_come(house: House) -> None:
    house.senders["fcm"].answers["1"] = LaneDown("auth")
    assert await house.lanes.send("app_1", [to_phone("0"), to_phone("1")]) == [Accepted("0"), LaneDown("auth")]
    for _ in range(3):
        both = await house.lanes.send("app_1", [to_phone("2"), to_browser("3")])
        assert both == [LaneDown("auth"), Accepted("3")]
    assert house.senders["fcm"].calls == [["0", "1"]]
    house.clock.advance(DOWN_SECONDS + 1)
    assert await house.lanes.send("app_1", [to_phone("2")]) == [Accepted("2")]


async def test_a_lane_that_was_down_comes_back_with_new_credentials(house: House) -> None:
    old = house.senders["fcm"]
    old.answers["1"] = LaneDown("auth")
    await house.lanes.send("app_1", [to_phone("1")])
    renewed = house.senders["fcm"] = Provider()
    house.clock.advance(DOWN_SECONDS + 1)
    await house.lanes.send("app_1", [to_phone("1")])
    assert (old.closed, renewed.calls) == (1, [["1"]])


async def test_an_app_without_credentials_is_told_so_and_sends_once_it_has_them(house: House) -> None:
    house.lacking["fcm"] = LaneDown("no_fcm_credentials")
    for _ in range(3):
        assert await house.lanes.send("app_1", [to_phone("1")]) == [LaneDown("no_fcm_credentials")]
    assert len(house.opened) == 1
    del house.lacking["fcm"]
    house.clock.advance(DOWN_SECONDS + 1)
    assert await house.lanes.send("app_1", [to_phone("1")]) == [Accepted("1")]


async def test_now_and_then_a_client_is_made_anew_but_never_under_somebody_who_sends(house: House) -> None:
    first = house.senders["fcm"]
    first.held = asyncio.Event()
    slow = asyncio.create_task(house.lanes.send("app_1", [to_phone("1")]))
    while not first.calls:
        await asyncio.sleep(0)
    house.clock.advance(REOPEN_SECONDS + 1)
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


def phones(count: int, prefix: str = "p") -> list[Notification]:
    return [to_phone(f"{prefix}{n}") for n in range(count)]


def break_down(house: House, count: int = ENOUGH_ANSWERS) -> list[Notification]:
    """Messages to which the provider says 503."""
    down = phones(count, "down")
    house.senders["fcm"].answers |= {each.delivery_id: TryLater("http_503") for each in down}
    return down


async def test_while_a_provider_is_away_nobody_is_sent_and_nobody_loses_a_try(house: House) -> None:
    await house.lanes.send("app_1", break_down(house))
    outcomes = await house.lanes.send("app_1", phones(500))
    assert len(house.senders["fcm"].calls) == 1
    assert all(isinstance(each, Held) and each.reason == "lane_breaker" for each in outcomes)


async def test_those_put_off_by_an_outage_do_not_all_come_back_at_once(house: House) -> None:
    await house.lanes.send("app_1", break_down(house))
    waits = {
        each.after_seconds
        for _ in range(20)
        for each in await house.lanes.send("app_1", phones(2))
        if isinstance(each, Held)
    }
    assert max(waits) - min(waits) > 10


async def test_after_an_outage_a_few_probes_go_first_and_then_hardly_more(house: House) -> None:
    down = await house.lanes.send("app_1", break_down(house))
    assert down == [TryLater("http_503")] * ENOUGH_ANSWERS
    house.clock.advance(12)
    first = await house.lanes.send("app_1", phones(500, "a"))
    assert [isinstance(each, Accepted) for each in first] == [True] * PROBES + [False] * (500 - PROBES)
    second = await house.lanes.send("app_1", phones(500, "b"))
    assert sum(isinstance(each, Accepted) for each in second) <= 15


async def test_one_apps_outage_is_nothing_to_another_app(house: House) -> None:
    await house.lanes.send("app_1", break_down(house))
    assert await house.lanes.send("app_2", [to_phone("1")]) == [Accepted("1")]


async def test_one_push_services_outage_is_nothing_to_another(house: House) -> None:
    mozilla = WebPush(endpoint="https://updates.push.services.mozilla.com/x", p256dh="p", auth="a")
    down = [_to(mozilla, f"m{n}") for n in range(ENOUGH_ANSWERS)]
    house.senders["web_push"].answers |= {each.delivery_id: TryLater("http_503") for each in down}
    await house.lanes.send("app_1", down)
    mixed = await house.lanes.send("app_1", [_to(mozilla, "1"), to_browser("2")])
    assert isinstance(mixed[0], Held)
    assert mixed[1] == Accepted("2")


async def test_what_the_shared_quota_does_not_grant_soon_is_put_off_and_the_rest_goes(house: House) -> None:
    house.buckets.left = 30
    outcomes = await house.lanes.send("app_1", phones(50))
    assert [isinstance(each, Accepted) for each in outcomes] == [True] * 30 + [False] * 20
    assert all(each.after_seconds >= 7 for each in outcomes if isinstance(each, Held))


async def test_the_quota_is_drawn_in_grants_and_not_for_each_batch(house: House) -> None:
    for n in range(20):
        await house.lanes.send("app_1", phones(5, str(n)))
    assert house.buckets.asked == [("app_1", "fcm", 100)]


async def test_where_nobody_knows_the_quota_nothing_is_sent_and_no_try_is_lost(house: House) -> None:
    house.buckets.broken = True
    outcomes = await house.lanes.send("app_1", phones(3))
    assert all(isinstance(each, Held) for each in outcomes)
    house.buckets.broken = False
    assert await house.lanes.send("app_1", [to_phone("1")]) == [Accepted("1")]


async def test_a_full_window_is_waited_for_but_not_for_long(house: House) -> None:
    house.senders["fcm"].held = asyncio.Event()
    slow = [asyncio.create_task(house.lanes.send("app_1", phones(START // 2, str(n)))) for n in range(2)]
    while len(house.senders["fcm"].calls) < 2:
        await asyncio.sleep(0)
    started = house.clock.now()
    outcomes = await house.lanes.send("app_1", phones(500))
    assert all(isinstance(each, Held) and each.reason == "lane_window" for each in outcomes)
    assert (house.clock.now() - started).total_seconds() <= 2 * PATIENCE_SECONDS
    house.senders["fcm"].held.set()
    assert all(isinstance(each, Accepted) for batch in await asyncio.gather(*slow) for each in batch)


async def test_who_waits_for_the_window_goes_as_soon_as_something_comes_back(house: House) -> None:
    house.lanes = Lanes(house.open, house.buckets, house.clock, pause=lambda seconds: asyncio.sleep(60))
    house.senders["fcm"].held = asyncio.Event()
    slow = [asyncio.create_task(house.lanes.send("app_1", phones(2 * START // 5, str(n)))) for n in range(3)]
    while len(house.senders["fcm"].calls) < 2:
        await asyncio.sleep(0)
    house.senders["fcm"].held.set()
    async with asyncio.timeout(10):
        assert all(isinstance(each, Accepted) for batch in await asyncio.gather(*slow) for each in batch)


async def test_who_stops_sending_leaves_the_window_as_it_was(house: House) -> None:
    house.senders["fcm"].held = asyncio.Event()
    for _ in range(4):
        slow = asyncio.create_task(house.lanes.send("app_1", phones(START // 2)))
        async with asyncio.timeout(5):
            while not house.senders["fcm"].calls:
                await asyncio.sleep(0.001)
        house.senders["fcm"].calls.clear()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
    house.senders["fcm"].held.set()
    assert await house.lanes.send("app_1", [to_phone("1")]) == [Accepted("1")]
