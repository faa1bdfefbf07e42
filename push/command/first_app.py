"""The app that `up` connects people to: the one it made before, or a new one."""

from typing import TYPE_CHECKING, Literal, TypedDict

from cryptography.exceptions import InvalidTag

from push.command.home import Home, RememberedKeys
from push.errors import PushError, Unauthenticated
from push.settings import Settings

if TYPE_CHECKING:
    from push.engine import Engine

Purpose = Literal["app", "demo"]
NAMES: dict[Purpose, str] = {"app": "My app", "demo": "Demo shop"}


class WrongSecret(PushError):
    def __init__(self) -> None:
        super().__init__(
            "This FANFARE_SECRET_KEY does not open what is stored in this database. Start with the one it was filled "
            "with, or with another database (FANFARE_MONGO_DATABASE) or directory (--data-dir)."
        )


class AppPart(TypedDict):
    """The part of `connection.json` that the app decides."""

    app_id: str
    publishable_key: str
    secret_key: str
    identity_secret: str
    vapid_public_key: str


async def app_part(home: Home, settings: Settings, purpose: Purpose) -> AppPart:
    """Makes the app, or only new keys, where there are none that work. Raises WrongSecret."""
    from push.engine import open_engine

    async with open_engine(settings) as engine:
        keys = await _remembered(engine, home, purpose)
        if keys is None:
            keys = await _new_keys(engine, home, purpose)
            home.remember(purpose, keys)
        try:
            identity_secret = await engine.apps.identity_secret(keys.app_id)
        except InvalidTag as error:
            raise WrongSecret from error
        return AppPart(
            app_id=keys.app_id,
            publishable_key=keys.publishable_key,
            secret_key=keys.secret_key,
            identity_secret=identity_secret,
            vapid_public_key=(await engine.apps.get(keys.app_id)).vapid_public_key,
        )


async def _remembered(engine: "Engine", home: Home, purpose: Purpose) -> RememberedKeys | None:
    """Unless they were revoked, or belong to another database."""
    keys = home.keys().get(purpose)
    if keys is None:
        return None
    try:
        await engine.apps.identify(keys.secret_key)
        await engine.apps.identify(keys.publishable_key)
    except Unauthenticated:
        return None
    return keys


async def _new_keys(engine: "Engine", home: Home, purpose: Purpose) -> RememberedKeys:
    """An app somebody made already is used, but never the demo's for real people nor a real one for the demo."""
    others = {keys.app_id for name, keys in home.keys().items() if name != purpose}
    free = [app for app in await engine.apps.all() if app.id not in others and app.name != NAMES["demo"]]
    if purpose == "demo" or not free:
        created = await engine.apps.create(NAMES[purpose])
        return RememberedKeys(
            app_id=created.app.id, publishable_key=created.publishable_key, secret_key=created.secret_key
        )
    app_id = free[0].id
    _, publishable = await engine.apps.create_key(app_id, "publishable", None, "fanfare up")
    _, secret = await engine.apps.create_key(app_id, "secret", "owner", "fanfare up")
    return RememberedKeys(app_id=app_id, publishable_key=publishable, secret_key=secret)
