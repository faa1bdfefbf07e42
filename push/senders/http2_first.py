"""HTTP/2 of our own where it is spoken, libcurl where it is not."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

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

    async def exchange(self, requests: Iterable[Request]) -> list[Answer]:
        """As Transport says."""
        asked: list[Request] = []
        if self._http1 or self._plain_is_http1:
            asked.extend(requests)
            http2, http1 = list[int](), list[int]()
            for place, request in enumerate(asked):
                (http1 if self._speaks_http1(request.lane) else http2).append(place)
            answers: list[Answer] = [_NO_HTTP2] * len(asked)
            await asyncio.gather(_ask(self._http2, asked, http2, answers), _ask(self._libcurl, asked, http1, answers))
        else:
            answers = await self._http2.exchange(_kept(requests, asked))
        missed = [place for place, answer in enumerate(answers) if answer == _NO_HTTP2]
        if missed:
            if len(self._http1) < _REMEMBERED:
                self._http1.update(asked[place].lane for place in missed)
            await _ask(self._libcurl, asked, missed, answers)
        return answers

    async def close(self) -> None:
        """As Transport says."""
        await self._http2.close()
        await self._libcurl.close()

    def _speaks_http1(self, lane: str) -> bool:
        return lane in self._http1 or (self._plain_is_http1 and lane.startswith("http://"))


def _kept(requests: Iterable[Request], kept: list[Request]) -> Iterator[Request]:
    for request in requests:
        kept.append(request)
        yield request


async def _ask(transport: Transport, requests: Sequence[Request], places: Sequence[int], answers: list[Answer]) -> None:
    for place, answer in zip(places, await transport.exchange([requests[each] for each in places]), strict=True):
        answers[place] = answer
