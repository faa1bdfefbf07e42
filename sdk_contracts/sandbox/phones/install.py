"""The first minutes of an installed app: address, registration, login, consent, topics."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from sdk_contracts.sandbox.fcm.service import FcmStandIn
from sdk_contracts.sandbox.phones.api import Api, Refused
from sdk_contracts.sandbox.phones.habits import Habits
from sdk_contracts.sandbox.phones.keepsake import Installation, Keepsake
from sdk_contracts.sandbox.phones.phone import Line
from sdk_contracts.sandbox.web_push.service import WebPushStandIn
from sdk_contracts.wire import devices
from sdk_contracts.wire.apps import PublicSettings
from sdk_contracts.wire.people import Consent, PreferencesChange

CONSENT_TEXT = "Send me offers and news. I can stop this at any time in the settings."
CONFLICTS = {401, 403, 404, 409}


class Installed(Struct, frozen=True):
    key: str
    """The device key."""
    line: Line | None


class Installer:
    """Installs the app on phones, or wakes the installation of an earlier run."""

    def __init__(
        self, api: Api, key: str, settings: PublicSettings, keepsake: Keepsake, identity_secret: str | None
    ) -> None:
        self._api = api
        self._key = key
        self._settings = settings
        self._keepsake = keepsake
        self._identity_secret = identity_secret

    async def install(self, habits: Habits, fcm: FcmStandIn, web_push: WebPushStandIn) -> Installed | None:
        """A living installation; None when this phone's owner had removed the app in an earlier run. Raises Refused."""
        kept = self._keepsake.find(habits.number)
        if kept and kept.uninstalled:
            fcm.unregister(fcm_address(habits, kept.installation_id))
            return None
        identity = kept.installation_id if kept else f"phone-{habits.number:05d}-{secrets.token_hex(6)}"
        address, line = self._subscribe(habits, identity, fcm, web_push)
        try:
            key = await self._register(habits, identity, address, kept)
        except Refused as error:
            if kept is None or error.status not in CONFLICTS:
                raise
            self._keepsake.forget(habits.number)  # Another database than last time: begin anew.
            return await self.install(habits, fcm, web_push)
        self._keepsake.put(habits.number, Installation(identity, key))
        if kept is None:
            await self._introduce(habits, key)
        return Installed(key, line)

    def _subscribe(
        self, habits: Habits, identity: str, fcm: FcmStandIn, web_push: WebPushStandIn
    ) -> tuple[devices.Address | None, Line | None]:
        if habits.platform != "web":
            token = fcm_address(habits, identity)
            line = Line(fcm.mailbox, token, fcm.unregister)
            return (devices.FcmFid(fid=token) if habits.by_fid else devices.FcmToken(token=token)), line
        if not habits.opted_in:
            return None, None  # A browser without the permission has no subscription.
        subscription = web_push.subscription(self._settings.vapid_public_key)
        web = msgspec.convert(subscription.address, devices.WebPush)
        return web, Line(web_push.mailbox, subscription.token, web_push.unsubscribe)

    async def _register(
        self, habits: Habits, identity: str, address: devices.Address | None, kept: Installation | None
    ) -> str:
        registration = devices.DeviceRegistration(
            installation_id=identity,
            platform=habits.platform,
            address=address,
            opted_in=habits.opted_in,
            locale=habits.locale,
            timezone=habits.timezone,
            app_version=habits.app_version,
            os_version=habits.os_version,
            model=habits.model,
            tags={"simulated": True},
            topics=habits.topics[:1],
        )
        headers = {"fanfare-device": kept.device_token} if kept else {"idempotency-key": identity}
        answer = await self._api.ask("POST", "/v1/devices", self._key, registration, headers)
        return msgspec.json.decode(answer.content, type=devices.Registered).device_token

    async def _introduce(self, habits: Habits, key: str) -> None:
        """Who it is, what they agreed to, what they follow."""
        if habits.external_id:
            login = devices.Login(external_id=habits.external_id, signature=self._sign(habits.external_id))
            await self._api.ask("PUT", "/v1/devices/me/person", key, login)
        consent = Consent(promotion=habits.consents, at=datetime.now(UTC), source="sandbox", text=CONSENT_TEXT)
        await self._api.ask("PUT", "/v1/me/preferences", key, PreferencesChange(consent=consent))
        for topic in habits.topics[1:]:
            await self._api.ask("PUT", f"/v1/devices/me/topics/{topic}", key)

    def _sign(self, external_id: str) -> str | None:
        if self._identity_secret is None:
            return None
        return hmac.new(self._identity_secret.encode(), external_id.encode(), hashlib.sha256).hexdigest()


def fcm_address(habits: Habits, identity: str) -> str:
    """A FID (22 characters) or a registration token, the same for the same installation."""
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return f"f{digest[:21]}" if habits.by_fid else f"{digest[:22]}:APA91b{digest}{digest}"
