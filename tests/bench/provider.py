"""A provider that says yes as fast as it can: `python -m tests.bench.provider CHAIN KEY`, until its input closes.

Granian over TLS and HTTP/2, so that what is measured is the client. FCM's paths get FCM's answer, all others 201.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from sdk_contracts.sandbox.serving import Certificate, Exchange, Listener, Scope

ACCEPTED = b'{"name":"projects/bench/messages/0:1700000000000000%00000000"}'


async def yes(scope: Scope, exchange: Exchange) -> None:
    await exchange()
    if scope.path.startswith("/v1/"):
        exchange.response_bytes(200, [("content-type", "application/json; charset=UTF-8")], ACCEPTED)
    else:
        exchange.response_empty(201, [("location", "/message/1"), ("ttl", "60")])


async def main() -> None:
    chain, key = map(Path, sys.argv[1:])
    listener = Listener(certificate=Certificate(chain, key))
    async with listener.serving(yes):
        print(listener.port, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
