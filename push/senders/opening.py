"""Making senders out of settings and an app's credentials. Nothing here is kept: who opens also closes."""

from collections.abc import Mapping
from typing import Any

from push.apps.model import VapidKey
from push.senders.email.client import EmailSender
from push.senders.exchange import Transport, TransportSettings
from push.senders.fcm.client import FcmSender
from push.senders.fcm.credentials import Credentials
from push.senders.fcm.stock import StockFcmSender
from push.senders.http2_first import Http2First
from push.senders.libcurl.transport import CurlTransport
from push.senders.model import Sender
from push.senders.web_push.client import WebPushSender
from push.senders.web_push.encryptor import Encryptor
from push.senders.web_push.guard import AddressGuard
from push.senders.web_push.vapid import VapidSigner
from push.settings import FcmTransport
from push.smtp.connecting import connect
from push.smtp.model import Account


def fcm_transport(
    fcm_url: str, ca_file: str | None = None, connections: int = 10, carrier: FcmTransport = "http2"
) -> Transport:
    """For all apps of a worker; plain HTTP/2 when the URL is http://."""
    settings = TransportSettings(connections=connections, ca_file=ca_file, plain=fcm_url.startswith("http://"))
    return CurlTransport(settings) if carrier == "libcurl" else Http2First(settings)


def web_push_transport(extra_hosts: frozenset[str], ca_file: str | None = None, connections: int = 10) -> Transport:
    """For all apps of a worker: connects to public addresses only, except for the hosts named."""
    settings = TransportSettings(connections=connections, ca_file=ca_file, plain=bool(extra_hosts), plain_http2=False)
    return Http2First(settings, AddressGuard(extra_hosts))


def fcm_sender(
    transport: Transport,
    fcm_url: str,
    service_account: Mapping[str, Any],
    *,
    ca_file: str | None = None,
    carrier: FcmTransport = "http2",
) -> Sender:
    """One app's way to FCM, on this transport or on firebase-admin's own. Raises BadServiceAccount."""
    credentials = Credentials(service_account, fcm_url, ca_file)
    if carrier == "firebase_admin":
        return StockFcmSender(fcm_url, credentials.project_id, credentials)
    return FcmSender(transport, fcm_url, credentials.project_id, credentials)


def web_push_sender(
    transport: Transport, key: VapidKey, extra_hosts: frozenset[str], encryptor: Encryptor
) -> WebPushSender:
    """One app's way to browsers. Raises BadVapidKey."""
    return WebPushSender(transport, VapidSigner(key), extra_hosts, encryptor)


def email_sender(account: Account, named_hosts: frozenset[str], ca_file: str | None) -> EmailSender:
    """One app's way to its mail server."""
    return EmailSender(account, lambda: connect(account, named_hosts, ca_file))
