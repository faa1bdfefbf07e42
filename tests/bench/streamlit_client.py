"""A viewer of the dashboard without a browser: speaks Streamlit's WebSocket protocol and re-runs what is live.

What a browser does with what it gets, drawing it, is not in it.
"""

import asyncio
import time

import websockets
from msgspec import Struct
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

QUIET_SECONDS = 1.5
"""A page that has sent nothing for so long is drawn."""


class Part(Struct, frozen=True):
    """A live part of the page."""

    fragment_id: str
    interval: float


class Viewer:
    """One tab."""

    def __init__(self, port: int, page: str = "", query: str = "") -> None:
        self._url = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._page = page
        self._query = query
        self._text_input = self._button = ""
        self._parts: dict[str, Part] = {}
        self._finished = asyncio.Event()
        self._watching = False
        self._last = 0.0
        self.received = 0
        """Bytes."""
        self.took: list[float] = []
        """Seconds of each re-run, from asking to its end."""
        self.failed = 0

    async def open(self, key: str) -> None:
        """Sign in, and wait until the page is drawn. Raises TimeoutError where there is nothing live on it."""
        self._socket = await websockets.connect(self._url, subprotocols=["streamlit"], max_size=None, proxy=None)
        self._reading = asyncio.create_task(self._read())
        await self._send(BackMsg())
        await self._drawn()
        signing_in = BackMsg()
        states = signing_in.rerun_script.widget_states.widgets
        states.add(id=self._text_input, string_value=key)
        states.add(id=self._button, trigger_value=True)
        await self._send(signing_in)
        async with asyncio.timeout(60):
            while not self._parts:
                await asyncio.sleep(0.1)
            while time.monotonic() - self._last < QUIET_SECONDS:
                await asyncio.sleep(0.1)

    async def watch(self, seconds: float) -> None:
        """Re-run each live part when its time comes."""
        self._watching = True
        until = time.monotonic() + seconds
        lock = asyncio.Lock()
        await asyncio.gather(*(self._keep(part, until, lock) for part in list(self._parts.values())))

    async def close(self) -> None:
        self._reading.cancel()
        await self._socket.close()

    async def _keep(self, part: Part, until: float, lock: asyncio.Lock) -> None:
        while time.monotonic() + part.interval < until:
            await asyncio.sleep(part.interval)
            asked = time.monotonic()
            async with lock:
                self._finished.clear()
                message = BackMsg()
                message.rerun_script.fragment_id = part.fragment_id
                message.rerun_script.is_auto_rerun = True
                await self._send(message)
                async with asyncio.timeout(30):
                    await self._finished.wait()
            self.took.append(time.monotonic() - asked)

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        self._last = time.monotonic()
        await self._socket.send(message.SerializeToString())

    async def _drawn(self) -> None:
        async with asyncio.timeout(60):
            self._finished.clear()
            await self._finished.wait()
            while time.monotonic() - self._last < QUIET_SECONDS:
                await asyncio.sleep(0.1)

    async def _read(self) -> None:
        async for sent in self._socket:
            assert isinstance(sent, bytes)
            self.received += len(sent)
            self._last = time.monotonic()
            message = ForwardMsg.FromString(sent)
            match message.WhichOneof("type"):
                case "script_finished":
                    self._finished.set()
                case "new_session":
                    if not self._watching:
                        self._parts.clear()
                case "auto_rerun":
                    asked = message.auto_rerun
                    self._parts[asked.fragment_id] = Part(asked.fragment_id, asked.interval)
                case "delta":
                    self._note(message)

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "text_input":
                self._text_input = element.text_input.id
            case "button" if element.button.is_form_submitter:
                self._button = element.button.id
            case "exception":
                self.failed += 1
