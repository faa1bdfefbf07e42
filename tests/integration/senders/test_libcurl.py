"""What libcurl alone is trusted with: whom it connects to, and many hosts."""

import pycurl

from push.senders.exchange import Answer, Failure, Request, Response, TransportSettings
from push.senders.libcurl.lane import Handle, Lane
from push.senders.libcurl.transport import CurlTransport
from push.senders.web_push.guard import AddressGuard
from tests.integration.senders.http2_server import Manners


async def ask(transport: CurlTransport, url: str) -> Answer:
    (answer,) = await transport.exchange([Request(url, f"{url}/x", ["content-type: text/plain"], b"body")])
    return answer


async def test_an_address_the_guard_refuses_is_never_connected_to(server: Manners) -> None:
    asked: list[tuple[str, str]] = []

    def guard(lane: str, address: str) -> bool:
        asked.append((lane, address))
        return False

    transport = CurlTransport(TransportSettings(plain=True), guard)
    assert await ask(transport, server.url) == Failure("address_refused")
    assert (server.url, "127.0.0.1") in asked
    assert not server.connections
    await transport.close()


async def test_a_name_that_leads_somewhere_else_today_is_checked_where_it_leads(
    secure_server: Manners, ca_file: str
) -> None:
    """DNS rebinding: the name is a known push service, the address loopback."""

    class Rebound(CurlTransport):
        def _handle(self, lane: Lane) -> Handle:
            handle = super()._handle(lane)
            host = "updates.push.services.mozilla.com"
            handle.curl.setopt(pycurl.RESOLVE, [f"{host}:{secure_server.port}:127.0.0.1"])
            handle.curl.setopt(pycurl.CONNECT_TO, [f"{host}:443::{secure_server.port}"])
            return handle

    origin = "https://updates.push.services.mozilla.com"
    for guard, expected in (
        (AddressGuard(frozenset()), Failure("address_refused")),
        (AddressGuard(frozenset({"updates.push.services.mozilla.com"})), Response(200, b"ok")),
    ):
        transport = Rebound(TransportSettings(ca_file=ca_file), guard)
        assert await ask(transport, origin) == expected
        await transport.close()
    assert secure_server.connections == 1


async def test_hosts_that_are_not_asked_any_more_are_forgotten(server: Manners) -> None:
    transport = CurlTransport(TransportSettings(plain=True, connections=2))
    for number in range(150):
        await ask(transport, f"http://127.0.{number}.1:{server.port}")
    assert len(transport._lanes) <= 65
    await transport.close()
