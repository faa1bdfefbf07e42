"""A viewer of the dashboard without a browser: speaks Streamlit's WebSocket protocol and re-runs what is live.

As a browser's, its timers begin when a part is drawn, and ask again whether or not the last answer is there. Drawing
what comes is not in it.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import websockets
from msgspec import Struct
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

OPENING_SECONDS = 60.0
"""For each step of getting a page drawn."""
ANSWER_SECONDS = 30.0
"""For a re-run; one that takes longer is an error and not a figure."""
TOLD_AT = re.compile(r'<time datetime="([^"]+)"')


class Part(Struct):
    """A live part of the page."""

    interval: float
    due: float
    asked: float | None = None
    """When the re-run that is not answered yet was due."""


class Shown(Struct, frozen=True):
    """Numbers came on screen: when, and as of when they were."""

    at: float
    as_of: float


class Viewer:
    """One tab. Everything raises TimeoutError that says what was waited for."""

    def __init__(self, port: int, page: str = "", query: str = "") -> None:
        self._url = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._page = page
        self._query = query
        self._text_input = self._button = ""
        self._parts: dict[str, Part] = {}
        self._running = False
        self._whole = 0
        """How often the whole page was drawn."""
        self._kept: set[str] = set()
        """Messages that a browser would not be sent twice."""
        self._changed = asyncio.Event()
        self._watching = False
        self.received = 0
        """Bytes."""
        self.late: list[float] = []
        """Seconds from when each re-run was due to its end."""
        self.held_up = 0
        """Re-runs that were due while the last one of the same part was not answered."""
        self.shown: dict[str, list[Shown]] = {}
        """By part, for those that say as of when their numbers are."""
        self.failed = 0
        """Tracebacks on the page."""

    async def open(self, key: str | None = None) -> None:
        """Sign in where there is a key, and wait until the page is drawn with something live on it."""
        async with asyncio.timeout(OPENING_SECONDS):
            self._socket = await websockets.connect(self._url, subprotocols=["streamlit"], max_size=None, proxy=None)
        self._reading = asyncio.create_task(self._read())
        self._reading.add_done_callback(lambda _: self._changed.set())
        await self._send(BackMsg())
        if key is not None:
            await self._until(lambda: bool(self._text_input and self._button), "the form to sign in", OPENING_SECONDS)
            signing_in = BackMsg()
            states = signing_in.rerun_script.widget_states.widgets
            states.add(id=self._text_input, string_value=key)
            states.add(id=self._button, trigger_value=True)
            await self._send(signing_in)
        await self._until(lambda: bool(self._parts) and not self._running, "a page with live parts", OPENING_SECONDS)

    async def watch(self, seconds: float) -> None:
        """Re-run each live part when its time comes."""
        now = time.time()
        for part in self._parts.values():
            part.due += -((part.due - now) // part.interval) * part.interval
        self._watching = True
        until = now + seconds
        while (now := time.time()) < until:
            for fragment_id, part in list(self._parts.items()):
                if part.asked is not None and now - part.asked > ANSWER_SECONDS:
                    raise TimeoutError(f"{self}: no answer to a re-run in {ANSWER_SECONDS:.0f} s.")
                if part.due <= now:
                    await self._ask(fragment_id, part)
            await self._until_due(until)
        self._watching = False

    def ages(self, step: float = 0.1) -> list[float]:
        """How old the numbers on screen were, each `step` seconds between the first and the last of a part."""
        found = []
        for shown in self.shown.values():
            for one, following in itertools.pairwise(shown):
                count = int((following.at - one.at) / step)
                found += [one.at - one.as_of + step * number for number in range(count + 1)]
        return found

    async def close(self) -> None:
        self._reading.cancel()
        async with asyncio.timeout(OPENING_SECONDS):
            await self._socket.close()

    def __str__(self) -> str:
        return (
            f"A viewer of {self._page or 'the first page'} (drawn {self._whole} times, {len(self._parts)} live parts)"
        )

    async def _ask(self, fragment_id: str, part: Part) -> None:
        if part.asked is None:
            part.asked = part.due
        else:
            self.held_up += 1
        part.due += part.interval
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.is_auto_rerun = True
        await self._send(message)

    async def _until_due(self, until: float) -> None:
        """Until something is due, or happened that may change what is."""
        self._changed.clear()
        self._still_reading()
        first = min([part.due for part in self._parts.values()] + [until, time.time() + 1])
        try:
            async with asyncio.timeout(max(0.0, first - time.time())):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _until(self, done: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            self._still_reading()
            self._changed.clear()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    await self._changed.wait()
            except TimeoutError:
                raise TimeoutError(f"{self}: {what} did not come in {seconds:.0f} s.") from None

    def _still_reading(self) -> None:
        if self._reading.done():
            raise ConnectionError(f"{self}: the dashboard hung up.") from self._reading.exception()

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        message.rerun_script.cached_message_hashes.extend(self._kept)
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        async for sent in self._socket:
            assert isinstance(sent, bytes)
            self.received += len(sent)
            self._take(ForwardMsg.FromString(sent))

    def _take(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._kept.add(message.hash)
        match message.WhichOneof("type"):
            case "new_session":
                self._running = True
                if not message.metadata.run.fragment_ids:
                    self._parts.clear()
            case "auto_rerun":
                asked = message.auto_rerun
                self._parts[asked.fragment_id] = Part(asked.interval, time.time() + asked.interval)
                self._changed.set()
            case "stop_auto_rerun":
                for fragment_id in message.stop_auto_rerun.fragment_ids:
                    self._parts.pop(fragment_id, None)
            case "delta":
                self._note(message.delta)
            case "script_finished":
                self._running = False
                # Of a part, this is also what Streamlit says when the next part begins before the end was sent.
                early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                if message.metadata.run.fragment_ids or not early:
                    self._finished(list(message.metadata.run.fragment_ids))

    def _finished(self, fragment_ids: list[str]) -> None:
        """Of the whole page where there are none."""
        now = time.time()
        for fragment_id in fragment_ids or self._parts:
            part = self._parts.get(fragment_id)
            if part is not None and part.asked is not None:
                self.late.append(now - part.asked)
                part.asked = None
        self._whole += not fragment_ids
        self._changed.set()

    def _note(self, delta: Delta) -> None:
        element = delta.new_element
        match element.WhichOneof("type"):
            case "text_input":
                self._text_input = element.text_input.id
            case "button" if element.button.is_form_submitter:
                self._button = element.button.id
            case "exception":
                self.failed += 1
            case "html" if self._watching and (told := TOLD_AT.search(element.html.body)):
                as_of = datetime.fromisoformat(told[1]).replace(tzinfo=UTC).timestamp()
                self.shown.setdefault(delta.fragment_id, []).append(Shown(time.time(), as_of))
