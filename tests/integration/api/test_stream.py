"""An inbox as it happens, told by whichever process a phone is connected to."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from api.settings import ApiSettings
from push.inbox.streaming.service import MOST_A_PERSON
from push.settings import Settings
from sdk_contracts.wire.inbox import InboxChanged, InboxItem, InboxRemoved
from tests.integration.api.serving import Api, Phone, Tenant, serving
from tests.integration.api.test_process import process, ready

PERSONAL = {"default_locale": "en", "translations": {"en": {"title": "Hi {{ person.external_id }}"}}}


class Event(NamedTuple):
    kind: str
    id: str
    data: Any


class Listening:
    """One open stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()
        self.answer = answer
        self.retry = 0

    async def next(self, kind: str | None = None) -> Event:
        """The next event (of that kind). Raises StopAsyncIteration at the end of the stream."""
        async with asyncio.timeout(30):
            while True:
                event = await self._event()
                if kind in (None, event.kind):
                    return event

    async def _event(self) -> Event:
        fields: dict[str, str] = {}
        while True:
            line = await anext(self._lines)
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                return Event(fields["event"], fields["id"], msgspec.json.decode(fields["data"]))
            else:
                self.retry = int(fields.pop("retry", self.retry))


@contextlib.asynccontextmanager
async def listening(client: httpx.AsyncClient, key: str, last: str | None = None) -> AsyncIterator[Listening]:
    headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last} if last else {})
    async with client.stream("GET", "/v1/inbox/stream", headers=headers, timeout=60) as answer:
        if not answer.is_success:
            await answer.aread()
        yield Listening(answer)


@pytest.fixture(scope="module")
async def other(settings: Settings) -> AsyncIterator[Api]:
    """Another process of the API, as far as it can tell."""
    async with serving(settings) as running:
        yield running


@pytest.fixture
async def ada(api: Api, tenant: Tenant) -> Phone:
    return await api.phone(tenant, "install-1", external_id="ada")


async def to_ada(api: Api, tenant: Tenant) -> str:
    named = {"audience": {"include": {"external_ids": ["ada"]}}, "content": PERSONAL}
    campaign = await api.launch(tenant, **named)
    await api.sent(tenant, campaign)
    return campaign


async def test_what_happens_through_one_process_is_told_by_another(
    api: Api, other: Api, tenant: Tenant, ada: Phone, worker: None
) -> None:
    async with listening(other.client, ada.key) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert (await stream.next()).data == {"unread": 0, "unseen": 0, "reload": False}
        assert 2000 <= stream.retry <= 12000
        for personal in (True, False):
            campaign = await (to_ada(api, tenant) if personal else api.launch(tenant))
            event = await stream.next("item")
            item = msgspec.convert(event.data, InboxItem)
            assert item.campaign_id == campaign
            assert (await stream.next("summary")).data["unread"] == 1
            await api.call("POST", f"/v1/inbox/{item.id}/read", ada.key)
            changed = await stream.next("changed")
            assert (changed.data["id"], changed.data["read_at"] is None) == (item.id, False)
            msgspec.convert((await stream.next("summary")).data, InboxChanged)
            await api.call("DELETE", f"/v1/inbox/{item.id}", ada.key)
            assert msgspec.convert((await stream.next("removed")).data, InboxRemoved).id == item.id


async def test_a_stream_goes_on_where_it_was_cut_without_gap_or_repeat(
    api: Api, other: Api, tenant: Tenant, ada: Phone, worker: None
) -> None:
    sent: list[str] = []
    got: list[str] = []
    last: str | None = None
    for number in range(8):
        api_now = other if number % 2 else api
        await api_now.engine.live.refresh(tenant.app_id)
        async with listening(api_now.client, ada.key, last) as stream:
            if last is None:
                last = (await stream.next("summary")).id
            while len(got) < len(sent):
                event = await stream.next("item")
                got.append(event.data["campaign_id"])
                last = event.id
        # Cut off now: one of each kind comes while nobody listens.
        sent.append(await to_ada(api, tenant))
        sent.append(await api.launch(tenant))
        await api.sent(tenant, sent[-1])
    # Own items come before broadcasts after a cut, each in their order.
    assert sorted(got) == sorted(sent[: len(got)])
    assert len(set(got)) == len(got) == 14
    assert [each for each in got if each in sent[::2]] == sent[:14:2]


async def test_who_was_away_for_too_long_or_is_somebody_else_is_told_to_read_anew(
    api: Api, tenant: Tenant, ada: Phone, worker: None
) -> None:
    async with listening(api.client, ada.key) as stream:
        last = (await stream.next()).id
    bob = await api.phone(tenant, "install-2", external_id="bob")
    for key, place in ((bob.key, last), (ada.key, "nonsense"), (ada.key, last.rsplit("-", 2)[0] + "-999-0")):
        async with listening(api.client, key, place) as stream:
            assert (await stream.next()).data["reload"] is True
    async with listening(api.client, ada.key, last) as stream:
        assert (await stream.next()).data["reload"] is False


async def test_a_device_that_changes_hands_hears_nothing_of_the_former_person(
    api: Api, tenant: Tenant, ada: Phone, worker: None
) -> None:
    async with listening(api.client, ada.key) as stream:
        await stream.next("summary")
        await api.call("DELETE", "/v1/devices/me/person", ada.key)
        await to_ada(api, tenant)
        with pytest.raises(StopAsyncIteration):
            await stream.next()


async def test_what_expires_is_told_as_removed(api: Api, tenant: Tenant, ada: Phone, worker: None) -> None:
    async with listening(api.client, ada.key) as stream:
        await stream.next("summary")
        ends = (api.engine.clock.now() + timedelta(seconds=4)).isoformat()
        named = {"audience": {"include": {"external_ids": ["ada"]}}, "content": PERSONAL}
        await api.launch(tenant, limits={"expires_at": ends}, **named)
        await api.launch(tenant, limits={"expires_at": ends})
        items = {(await stream.next("item")).data["id"] for _ in range(2)}
        assert {(await stream.next("removed")).data["id"] for _ in range(2)} == items
        assert (await stream.next("summary")).data["unread"] == 0


async def test_following_a_topic_shows_what_was_said_to_it(api: Api, tenant: Tenant, ada: Phone, worker: None) -> None:
    campaign = await api.launch(tenant, audience={"include": {"topics": ["news/sports"]}})
    await api.sent(tenant, campaign)
    async with listening(api.client, ada.key) as stream:
        assert (await stream.next("summary")).data["unread"] == 0
        await api.call("PUT", "/v1/devices/me/topics/news", ada.key)
        await to_ada(api, tenant)  # The next thing that happens makes it look.
        assert campaign in {(await stream.next("item")).data["campaign_id"] for _ in range(2)}


async def test_streams_are_bounded_per_person_and_per_process_and_gone_with_their_client(settings: Settings) -> None:
    async with serving(settings, ApiSettings(most_streams=MOST_A_PERSON + 1)) as api:
        tenant = await api.tenant()
        ada, bob, eve = [await api.phone(tenant, name, external_id=name) for name in ("ada", "bob", "eve")]
        async with contextlib.AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(listening(api.client, ada.key)) for _ in range(MOST_A_PERSON)]
            for stream in streams:
                await stream.next()
            async with listening(api.client, ada.key) as refused:
                assert (refused.answer.status_code, refused.answer.headers["retry-after"]) == (429, "30")
            bobs = await stack.enter_async_context(listening(api.client, bob.key))
            await bobs.next()
            async with listening(api.client, eve.key) as refused:
                assert (refused.answer.status_code, refused.answer.headers["retry-after"]) == (503, "10")
            assert api.engine.streams.count == MOST_A_PERSON + 1
        async with asyncio.timeout(10):
            while api.engine.streams.count:
                await asyncio.sleep(0.02)
        async with listening(api.client, eve.key) as welcome:
            await welcome.next("summary")


async def test_a_stop_ends_open_streams_within_the_grace_period(settings: Settings) -> None:
    async with process(settings) as (running, url), httpx.AsyncClient(base_url=url, timeout=30) as client:
        await ready(client)
        async with serving(settings) as api:
            tenant = await api.tenant()
            ada = await api.phone(tenant, "install-1", external_id="ada")
        async with listening(client, ada.key) as first, listening(client, ada.key) as second:
            for stream in (first, second):
                await stream.next("summary")
            running.send_signal(signal.SIGTERM)
            for stream in (first, second):
                with pytest.raises(StopAsyncIteration):
                    await stream.next()
        # The grace period is 15 s; a stream held to its end would use it up and be cut.
        async with asyncio.timeout(10):
            await running.wait()
        assert running.returncode in (0, -signal.SIGTERM)


async def test_without_change_streams_it_looks_now_and_then(
    settings: Settings, worker: None, api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: Any) -> AsyncIterator[str]:
        raise NotImplementedError("the $changeStream stage is only supported on replica sets")
        yield ""

    async with serving(settings) as lone:
        monkeypatch.setattr(lone.engine.database, "changes", none)
        monkeypatch.setattr(lone.engine.database, "changed_ids", none)
        ada = await lone.phone(tenant, "install-1", external_id="ada")
        async with listening(lone.client, ada.key) as stream:
            await stream.next("summary")
            expected = {await to_ada(api, tenant), await api.launch(tenant)}
            assert {(await stream.next("item")).data["campaign_id"] for _ in range(2)} == expected
