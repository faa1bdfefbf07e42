"""libcurl's multi handle on the event loop: a transfer that ends is a call, with no future and no turn of the loop.

pycurl's own `AsyncCurlMulti` does the same with a future, two callbacks and a timer for each transfer, which is a
quarter of what a message costs here.
"""

import asyncio
from collections.abc import Callable

import pycurl

CLOSED = -1
"""Given instead of libcurl's code (0 for success) when a transfer is broken off."""
Ended = Callable[[int], None]


class Multi:
    """Belongs to the event loop that first uses it."""

    def __init__(self) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._wake_in)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._soon = False
        self._watched: dict[int, int] = {}
        self._running: dict[pycurl.Curl, Ended] = {}

    def setopt(self, option: int, value: int) -> None:
        self._multi.setopt(option, value)

    def add(self, curl: pycurl.Curl, ended: Ended) -> None:
        """Start a transfer; `ended` is called once, from the loop."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._running[curl] = ended
        self._multi.add_handle(curl)

    def break_off(self, curl: pycurl.Curl) -> None:
        """Its `ended` is called with CLOSED, unless it has ended."""
        self._end(curl, CLOSED)

    def close(self) -> None:
        """Breaks off what is under way."""
        for curl in list(self._running):
            self._end(curl, CLOSED)
        if self._timer is not None:
            self._timer.cancel()
        for fd in list(self._watched):
            self._watch(pycurl.POLL_REMOVE, fd, self._multi, None)
        self._multi.close()

    def _end(self, curl: pycurl.Curl, code: int) -> None:
        ended = self._running.pop(curl, None)
        if ended is not None:
            self._multi.remove_handle(curl)
            ended(code)

    def _drive(self, fd: int, what: int) -> None:
        """Let libcurl do what it can, then tell those that have ended."""
        try:
            self._multi.socket_action(fd, what)
        except pycurl.error as error:
            # The handle as a whole is of no use any more.
            for curl in list(self._running):
                self._end(curl, error.args[0])
            return
        left = 1
        while left:
            left, done, failed = self._multi.info_read()
            for curl in done:
                self._end(curl, 0)
            for curl, code, _ in failed:
                self._end(curl, code)

    def _watch(self, what: int, fd: int, _multi: pycurl.CurlMulti, _data: object) -> None:
        """libcurl says what it waits for on a socket."""
        assert self._loop is not None
        wanted = 0 if what == pycurl.POLL_REMOVE else what
        had = self._watched.pop(fd, 0)
        if wanted:
            self._watched[fd] = wanted
        changed = had ^ wanted
        if changed & pycurl.POLL_IN:
            if wanted & pycurl.POLL_IN:
                self._loop.add_reader(fd, self._drive, fd, pycurl.CSELECT_IN)
            else:
                self._loop.remove_reader(fd)
        if changed & pycurl.POLL_OUT:
            if wanted & pycurl.POLL_OUT:
                self._loop.add_writer(fd, self._drive, fd, pycurl.CSELECT_OUT)
            else:
                self._loop.remove_writer(fd)

    def _wake_in(self, milliseconds: int) -> None:
        """libcurl says when it wants to be called at the latest; a negative number takes that back."""
        assert self._loop is not None
        if milliseconds == 0 and self._soon:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._soon = milliseconds == 0
        if self._soon:
            # Not from within libcurl's own call.
            self._timer = self._loop.call_soon(self._time_out)
        elif milliseconds > 0:
            self._timer = self._loop.call_later(milliseconds / 1000, self._time_out)

    def _time_out(self) -> None:
        self._timer, self._soon = None, False
        self._drive(pycurl.SOCKET_TIMEOUT, 0)
