"""How an app's senders come into being: its credentials, unsealed, on transports that all apps of a worker share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag

from push.apps.service import Apps
from push.delivery.clients import Provider
from push.senders import opening
from push.senders.exchange import Transport
from push.senders.fcm.credentials import BadServiceAccount
from push.senders.model import LaneDown, Sender
from push.senders.web_push.encryptor import Encryptor
from push.senders.web_push.vapid import BadVapidKey
from push.settings import Settings
from push.smtp.service import MailServers


class Providers:
    def __init__(
        self, apps: Apps, settings: Settings, fcm: Transport, web_push: Transport, encryptor: Encryptor
    ) -> None:
        self._apps = apps
        self._mail_servers = MailServers(apps, settings.smtp_hosts, settings.ca_file)
        self._settings = settings
        self._fcm = fcm
        self._web_push = web_push
        self._encryptor = encryptor

    async def open(self, app_id: str, provider: Provider) -> Sender | LaneDown:
        """The app's client for `fcm`, `web_push` or `email`, or what its settings lack."""
        openers = {"fcm": self._open_fcm, "web_push": self._open_web_push, "email": self._open_email}
        try:
            return await openers[provider](app_id)
        except InvalidTag:
            return LaneDown("sealed_under_another_secret_key")

    async def _open_fcm(self, app_id: str) -> Sender | LaneDown:
        service_account = await self._apps.fcm_credentials(app_id)
        if service_account is None:
            return LaneDown("no_fcm_credentials")
        try:
            # Reading an RSA key takes milliseconds.
            return await asyncio.to_thread(
                opening.fcm_sender,
                self._fcm,
                self._settings.fcm_url,
                service_account,
                ca_file=self._settings.ca_file,
                carrier=self._settings.fcm_transport,
            )
        except BadServiceAccount:
            return LaneDown("bad_fcm_credentials")

    async def _open_email(self, app_id: str) -> Sender | LaneDown:
        account = await self._mail_servers.account(app_id)
        if account is None:
            return LaneDown("no_smtp_credentials")
        return opening.email_sender(account, self._settings.smtp_hosts, self._settings.ca_file)

    async def _open_web_push(self, app_id: str) -> Sender | LaneDown:
        try:
            return opening.web_push_sender(
                self._web_push,
                await self._apps.vapid_key(app_id),
                self._settings.web_push_hosts,
                self._encryptor,
            )
        except BadVapidKey:
            return LaneDown("bad_vapid_key")


@contextlib.asynccontextmanager
async def open_providers(apps: Apps, settings: Settings) -> AsyncIterator[Providers]:
    """Transports and encryption for all apps of a worker."""
    fcm = opening.fcm_transport(settings.fcm_url, settings.ca_file, carrier=settings.fcm_transport)
    web_push = opening.web_push_transport(settings.web_push_hosts, settings.ca_file)
    encryptor = Encryptor()
    try:
        yield Providers(apps, settings, fcm, web_push, encryptor)
    finally:
        await fcm.close()
        await web_push.close()
        await encryptor.close()
