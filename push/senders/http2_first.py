"""HTTP/2 of our own where it is spoken, libcurl where it is not."""

import asyncio
from collections.abc import Sequence

from push.senders.exchange import Answer, Failure, Guard, Request, Transport, TransportSettings
from push.senders.http2.transport import Http2Transport
from push.senders.libcurl.transport import CurlTransport

_NO_HTTP2 = Failure("no_http2")
_REMEMBERED = 1000


class Http2First(Transport):
    """Each host is asked once which of the two it speaks."""

    def __init__(self, settings: TransportSettings, guard: Guard | None = None) -> None:
        self._http2 = Http2Transport(settings, guard)
        self._libcurl = CurlTransport(settings, guard)
        self._plain_is_http1 = not settings.plain_http2
        self._http1: set[str] = set()

    async def exchange(self, requests: Sequence[Request]) -> list[Answer]:
        """As Transport says."""
        http2, http1 = list[int](), list[int]()
        if self._http1 or self._plain_is_http1:
            for place, request in enumerate(requests):
                (http1 if self._speaks_http1(request.lane) else http2).append(place)
        if not http1:
            answers = await self._http2.exchange(requests)
        else:
            answers = [_NO_HTTP2] * len(requests)
            await asyncio.gather(
                _ask(self._http2, requests, http2, answers), _ask(self._libcurl, requests, http1, answers)
            )
        missed = [place for place in (http2 if http1 else range(len(requests))) if answers[place] == _NO_HTTP2]
        if missed:
            if len(self._http1) < _REMEMBERED:
                self._http1.update(requests[place].lane for place in missed)
            await _ask(self._libcurl, requests, missed, answers)
        return answers

    async def close(self) -> None:
        """As Transport says."""
        await self._http2.close()
        await self._libcurl.close()

    def _speaks_http1(self, lane: str) -> bool:
        return lane in self._http1 or (self._plain_is_http1 and lane.startswith("http://"))


async def _ask(transport: Transport, requests: Sequence[Request], places: Sequence[int], answers: list[Answer]) -> None:
    for place, answer in zip(places, await transport.exchange([requests[each] for each in places]), strict=True):
        answers[place] = answer
