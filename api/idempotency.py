"""`Idempotency-Key` for routes that create or launch."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import HeaderParameter
from msgspec import Raw, Struct

from api.decoding import bad_field
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.engine import Engine
from push.ids import new_id

_KEY = re.compile(r"[!-~]{1,255}")

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=255,
        pattern="^[!-~]{1,255}$",
        description="The same key with the same request has one effect and one answer, for 48 hours.",
    ),
]


Effect = Callable[[Attempt], Awaitable[tuple[int, Struct]]]
"""Does it, and answers the status and the body."""


class _Answer(Struct, frozen=True):
    status: int
    body: Raw


class Once:
    """Runs what a request asks for, once for each idempotency key."""

    def __init__(self, engine: Engine, caller: Principal, request: Request[Any, Any, Any], key: str | None) -> None:
        self._engine = engine
        self._caller = caller
        self._request = request
        self._key = key

    @property
    def key(self) -> str | None:
        """For a route that sees to it itself, since its body is too long to be compared."""
        return self._key

    async def __call__(self, prefix: str, effect: Effect) -> Response[Any]:
        """What `effect` answers; its attempt carries an id `prefix_…` for what it makes. Raises what it raises."""
        if self._key is None:
            status, body = await effect(Attempt(new_id(prefix)))
            return Response(body, status_code=status)

        async def keep(attempt: Attempt) -> bytes:
            status, body = await effect(attempt)
            return msgspec.json.encode(_Answer(status, Raw(msgspec.json.encode(body))))

        # Those who share a publishable key must not meet in the backends' keys, nor one device in another's.
        name = f"{self._caller.kind} {self._caller.device_id or ''} {self._key}"
        asked = f"{self._request.method} {self._request.url.path}\n".encode() + await self._request.body()
        kept = await self._engine.idempotency.once(self._caller.app_id, name, asked, prefix, keep)
        answer = msgspec.json.decode(kept, type=_Answer)
        return Response(bytes(answer.body), status_code=answer.status, media_type="application/json")


def provide_once(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    idempotency_key: IdempotencyKey = None,
) -> Once:
    # Litestar (2.25) makes None of a header that says `null`, so the parameter only documents it.
    key = request.headers.get("Idempotency-Key", idempotency_key)
    if key is not None and not _KEY.fullmatch(key):
        raise bad_field("/Idempotency-Key", "An idempotency key is 1 to 255 visible ASCII characters.")
    return Once(engine, caller, request, key)
