"""The public HTTP API as an SDK sees it: waits while the server is away, and does what `Retry-After` says."""

import asyncio
import logging
import random
from typing import Any, TypeVar

import httpx
import msgspec

T = TypeVar("T")
log = logging.getLogger("fanfare.sandbox")
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
TIMEOUT_SECONDS = 20.0
AT_ONCE = 16


class Refused(Exception):
    """The API will not take this call, however often it is made."""

    def __init__(self, method: str, path: str, status: int, detail: str) -> None:
        super().__init__(f"{method} {path} was refused with {status}: {detail}")
        self.status = status


class Api:
    """One connection pool for the whole population; at most AT_ONCE calls run at a time."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        # trust_env: a proxy from the environment must not see what phones of this machine say.
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, key: str, answer: type[T]) -> T:
        """Decode the answer as `answer`. Raises Refused."""
        return msgspec.json.decode((await self.ask("GET", path, key)).content, type=answer)

    async def visit(self, path: str, browser: str) -> int | None:
        """The status of what a browser gets there, which follows no redirect: it leads out of this machine."""
        try:
            async with self._turn:
                answer = await self._http.get(path, headers={"user-agent": browser}, follow_redirects=False)
        except httpx.TransportError:
            return None
        return answer.status_code

    async def ask(
        self, method: str, path: str, key: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Any 2xx; tries again while the API is away, broken or asks for patience. Raises Refused."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {"authorization": f"Bearer {key}", "content-type": "application/json", **(headers or {})}
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                async with self._turn:
                    answer = await self._http.request(method, path, content=content, headers=sent)
            except httpx.TransportError as error:
                log.debug("the API is away: %r", error)
                named = None
            else:
                if answer.is_success:
                    return answer
                if answer.status_code != 429 and answer.status_code < 500:
                    raise Refused(method, path, answer.status_code, answer.text[:500])
                named = answer.headers.get("retry-after")
            await asyncio.sleep(_patience(named, wait))
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def _patience(retry_after: str | None, wait: float) -> float:
    named = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
    return named + random.uniform(0.5, 1.0) * wait
