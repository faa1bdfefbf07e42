"""Servers for the transport to meet."""

import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from tests.integration.senders.http2_server import Manners, serving


@pytest.fixture
async def server() -> AsyncIterator[Manners]:
    """Plain HTTP/2 with prior knowledge."""
    async with serving(Manners()) as manners:
        yield manners


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
async def secure_server(authority: trustme.CA) -> AsyncIterator[Manners]:
    """HTTP/2 over TLS, with a certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("localhost", "updates.push.services.mozilla.com").configure_cert(context)
    async with serving(Manners(), context) as manners:
        yield manners
