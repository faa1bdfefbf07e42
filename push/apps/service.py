"""Tenants: making them, telling who calls, keeping their secrets."""

import secrets
import time
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from push.apps import keys
from push.apps.model import App, AppCreated, AttributeType, KeyRecord, Principal, Role, VapidKey
from push.apps.store import AppStore
from push.apps.tokens import base64url
from push.apps.vault import Vault
from push.clock import TIMEZONES, Clock
from push.database import Database, Session
from push.errors import AppNotFound, Invalid, KeyNotFound, Unauthenticated
from push.ids import new_id
from sdk_contracts.wire.apps import SettingsChange

_REMEMBER_KEY_SECONDS = 30.0
_REMEMBER_APP_SECONDS = 10.0
_REMEMBERED_KEYS = 10_000
MOST_ATTRIBUTES = 500
"""Of all people of an app together."""
_SERVICE_ACCOUNT_FIELDS = ("project_id", "private_key", "client_email", "token_uri")


class Apps:
    def __init__(self, database: Database, store: AppStore, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._vault = vault
        self._clock = clock
        self._remembered: dict[str, tuple[float, Principal]] = {}

    async def create(self, name: str) -> AppCreated:
        """A new tenant with a publishable key and an owner's secret key, both shown this once."""
        private = ec.generate_private_key(ec.SECP256R1())
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        app = App(
            id=new_id("app"),
            name=name,
            created_at=self._clock.now(),
            vapid_public_key=base64url(point),
            vapid_subject="mailto:push@example.com",
        )
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

        async def store(session: Session) -> tuple[str, str]:
            await self._store.add(app, session)
            await self._seal(app.id, "vapid", pem, session)
            await self._seal(app.id, "identity", secrets.token_hex(32).encode(), session)
            _, publishable = await self.create_key(app.id, "publishable", None, None, session)
            _, secret = await self.create_key(app.id, "secret", "owner", "first owner", session)
            return publishable, secret

        publishable, secret = await self._database.transaction(store)
        return AppCreated(app, publishable, secret)

    async def get(self, app_id: str) -> App:
        """Raises AppNotFound."""
        app = await self._store.get(app_id)
        if app is None:
            raise AppNotFound(app_id)
        return app

    async def all(self) -> list[App]:
        return await self._store.all()

    async def ids_between(self, first: str, before: str) -> list[str]:
        """The apps with ids from `first` on that sort before `before`."""
        return await self._store.ids_between(first, before)

    async def change(self, app_id: str, change: SettingsChange) -> App:
        """Change what is given. Raises AppNotFound, Invalid."""
        if change.timezone is not None and change.timezone not in TIMEZONES:
            raise Invalid("/timezone", "This is no time zone of the IANA database.")
        fields = change.given()
        await self._declare(app_id, fields.pop("attributes", {}))
        app = await self._store.change(app_id, fields) if fields else await self._store.get(app_id)
        if app is None:
            raise AppNotFound(app_id)
        return app

    async def fix_attributes(self, app_id: str, types: dict[str, AttributeType]) -> dict[str, AttributeType]:
        """The types of all attributes; these get theirs unless they have one. Raises AppNotFound, Invalid."""
        known = (await self.get(app_id)).attributes
        if len(known.keys() | types.keys()) > MOST_ATTRIBUTES:
            raise Invalid("/attributes", f"An app has {MOST_ATTRIBUTES} attributes at most.")
        app = await self._store.fix_attributes(app_id, types)
        if app is None:
            raise AppNotFound(app_id)
        return app.attributes

    async def _declare(self, app_id: str, types: dict[str, AttributeType]) -> None:
        if not types:
            return
        fixed = await self.fix_attributes(app_id, types)
        for name, wanted in types.items():
            if fixed[name] != wanted:
                raise Invalid(f"/attributes/{name}", f"{name} is a {fixed[name]} already, and stays one.")

    async def identify(self, key: str) -> Principal:
        """Whose publishable or secret key this is; a revoked one works for at most 30 s. Raises Unauthenticated."""
        digest = keys.digest(key)
        until, principal = self._remembered.get(digest, (0.0, None))
        if principal is not None and time.monotonic() < until:
            return principal
        record = await self._store.key_by_digest(keys.app_of(key), digest)
        if record is None or record.revoked_at is not None:
            self._remembered.pop(digest, None)
            raise Unauthenticated
        principal = Principal(record.app_id, record.kind, record.role, record.id)
        if len(self._remembered) >= _REMEMBERED_KEYS:
            self._remembered.clear()
        self._remembered[digest] = (time.monotonic() + _REMEMBER_KEY_SECONDS, principal)
        return principal

    async def create_key(
        self,
        app_id: str,
        kind: Literal["publishable", "secret"],
        role: Role | None,
        name: str | None,
        session: Session | None = None,
        *,
        key_id: str | None = None,
    ) -> tuple[KeyRecord, str]:
        """The record, and the key itself, which is not kept; one with this `key_id` is replaced. Raises Invalid."""
        if (kind == "secret") != (role is not None):
            raise Invalid("/role", "A secret key needs a role, a publishable key has none.")
        key = keys.new_key(kind, app_id)
        record = KeyRecord(
            id=key_id or new_id("key"),
            app_id=app_id,
            kind=kind,
            role=role,
            name=name,
            hint=key[-4:],
            created_at=self._clock.now(),
        )
        await self._store.add_key(record, keys.digest(key), session)
        return record, key

    async def keys(self, app_id: str) -> list[KeyRecord]:
        return await self._store.keys(app_id)

    async def revoke_key(self, app_id: str, key_id: str) -> None:
        """Raises KeyNotFound."""
        if not await self._store.revoke_key(app_id, key_id, self._clock.now()):
            raise KeyNotFound(key_id)
        self._remembered = {k: v for k, v in self._remembered.items() if v[1].key_id != key_id}

    async def set_fcm_credentials(self, app_id: str, service_account: dict[str, Any]) -> App:
        """Keep a Firebase service account, sealed. Raises Invalid, AppNotFound."""
        for field in _SERVICE_ACCOUNT_FIELDS:
            if not isinstance(service_account.get(field), str) or not service_account[field]:
                raise Invalid(f"/service_account/{field}", "A service account JSON from the Firebase console has this.")
        await self._seal(app_id, "fcm", msgspec.json.encode(service_account))
        app = await self._store.change(app_id, {"fcm_project_id": service_account["project_id"]})
        if app is None:
            raise AppNotFound(app_id)
        return app

    async def fcm_credentials(self, app_id: str) -> dict[str, Any] | None:
        sealed = await self._unseal(app_id, "fcm")
        return msgspec.json.decode(sealed, type=dict[str, Any]) if sealed else None

    async def set_smtp(self, app_id: str, account: bytes, host: str, email_from: str) -> App:
        """Keep a mail server and its password, sealed. Raises AppNotFound."""
        await self._seal(app_id, "smtp", account)
        app = await self._store.change(app_id, {"smtp_host": host, "email_from": email_from})
        if app is None:
            raise AppNotFound(app_id)
        return app

    async def smtp(self, app_id: str) -> bytes | None:
        return await self._unseal(app_id, "smtp")

    async def vapid_key(self, app_id: str) -> VapidKey:
        """Raises AppNotFound."""
        app, pem = await self.get(app_id), await self._unseal(app_id, "vapid")
        if pem is None:
            raise AppNotFound(app_id)
        return VapidKey(pem, app.vapid_public_key, app.vapid_subject)

    async def identity_secret(self, app_id: str) -> str:
        """What the app's backend signs external ids with. Raises AppNotFound."""
        secret = await self._unseal(app_id, "identity")
        if secret is None:
            raise AppNotFound(app_id)
        return secret.decode()

    async def required_identity_secret(self, app_id: str) -> str | None:
        """The identity secret where the app verifies identities, else None. Raises AppNotFound."""
        return await self.identity_secret(app_id) if (await self.get(app_id)).identity_verification else None

    async def _seal(self, app_id: str, name: str, secret: bytes, session: Session | None = None) -> None:
        await self._store.put_secret(app_id, name, self._vault.seal(secret, f"{app_id}:{name}"), session)

    async def _unseal(self, app_id: str, name: str) -> bytes | None:
        sealed = await self._store.secret(app_id, name)
        return self._vault.open(sealed, f"{app_id}:{name}") if sealed else None


class Remembered:
    """Apps as they were some seconds ago, for those who ask often."""

    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self._known: dict[str, tuple[float, App]] = {}

    async def get(self, app_id: str) -> App:
        """At most 10 s old. Raises AppNotFound."""
        until, app = self._known.get(app_id, (0.0, None))
        if app is None or time.monotonic() > until:
            app = await self._apps.get(app_id)
            self._known[app_id] = (time.monotonic() + _REMEMBER_APP_SECONDS, app)
        return app
