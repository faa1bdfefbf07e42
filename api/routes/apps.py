"""The app itself, for its owner: settings, keys, provider credentials; and whose key this is."""

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api import views
from api.auth import ANY_ROLE, OWNER
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.audit.model import Details, Wanted
from push.engine import Engine
from sdk_contracts.wire import apps
from sdk_contracts.wire.common import Page

Actions = Annotated[
    list[apps.AuditAction] | None,
    QueryParameter(name="action", max_items=50, description="Only these deeds; may be given more than once."),
]
WithKey = Annotated[
    str,
    QueryParameter(
        max_length=64,
        pattern=f"^(key_[0-9a-v]+|{apps.NO_KEY})?$",
        description=f"Only what was done with this key, or with `{apps.NO_KEY}`.",
    ),
]
Object = Annotated[str, QueryParameter(max_length=64, description="Only what was done to this.")]


@get("/v1/me", guards=[ANY_ROLE])
async def get_me(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> apps.Me:
    """Whose key this is, and what it may."""
    app = await engine.apps.get(caller.app_id)
    assert caller.role is not None
    return apps.Me(app_id=app.id, app_name=app.name, role=caller.role, timezone=app.timezone)


@get("/v1/settings", guards=[OWNER])
async def get_settings(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> apps.Settings:
    """The app's settings."""
    return views.settings(await engine.apps.get(caller.app_id))


@patch("/v1/settings", guards=[OWNER])
async def change_settings(
    data: JSONBody[apps.SettingsChange], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> apps.Settings:
    """Change what is given; what is left out stays."""
    app = await engine.apps.change(caller.app_id, data)
    await engine.audit.record(caller, "settings.changed", caller.app_id, {"fields": list(data.given())})
    return views.settings(app)


@post("/v1/keys", guards=[OWNER], opt={"idempotent": True})
async def create_key(
    data: JSONBody[apps.KeyRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[apps.KeyCreated]:
    """A new key, shown this once."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        record, key = await engine.apps.create_key(
            caller.app_id, data.kind, data.role, data.name, key_id=attempt.resource_id
        )
        kind_of_key: Details = {"kind": record.kind, "role": record.role}
        await engine.audit.record(caller, "key.created", record.id, kind_of_key, attempt_id=attempt.resource_id)
        return 201, apps.KeyCreated(id=record.id, key=key, kind=record.kind, role=record.role)

    return await once("key", create)


@get("/v1/keys", guards=[OWNER])
async def list_keys(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[apps.KeyView]:
    """The app's keys, oldest first, revoked ones too. An app has few, so they are read at once."""
    after = place(cursor) or ""
    rest = sorted((key for key in await engine.apps.keys(caller.app_id) if key.id > after), key=lambda key: key.id)
    return page(rest[:limit], views.key, rest[limit - 1].id if len(rest) > limit else None)


@delete("/v1/keys/{key_id:str}", guards=[OWNER])
async def revoke_key(
    key_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """The key stops working within a minute."""
    await engine.apps.revoke_key(caller.app_id, key_id)
    await engine.audit.record(caller, "key.revoked", key_id)


@put("/v1/credentials/fcm", guards=[OWNER])
async def put_fcm_credentials(
    data: JSONBody[apps.FcmCredentials], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> apps.Settings:
    """Keep the Firebase service account that pushes are sent with, encrypted. It is never given out again."""
    app = await engine.apps.set_fcm_credentials(caller.app_id, data.service_account)
    await engine.audit.record(caller, "credentials.fcm.changed", app.id, {"project_id": app.fcm_project_id})
    return views.settings(app)


@put("/v1/credentials/smtp", guards=[OWNER])
async def put_smtp_credentials(
    data: JSONBody[apps.SmtpCredentials], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> apps.Settings:
    """Sign in at the mail server that letters are to be handed in at, and keep it, encrypted.

    Refused with the reason where that fails. The password is never given out again.
    """
    app = await engine.mail_servers.set(caller.app_id, data)
    await engine.audit.record(caller, "credentials.smtp.changed", app.id, {"host": app.smtp_host})
    return views.settings(app)


@get("/v1/audit", guards=[OWNER])
async def list_audit(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    actions: Actions = None,
    key_id: WithKey = "",
    object_id: Object = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[apps.AuditEntry]:
    """Who launched, stopped or redrove what, and who changed keys, credentials and settings; newest first."""
    with_key = "" if key_id == apps.NO_KEY else key_id or None
    wanted = Wanted(actions=tuple(actions or ()), key_id=with_key, object_id=object_id or None)
    entries, after = await engine.audit.page(caller.app_id, limit, place(cursor), wanted)
    return page(entries, views.audit_entry, after)


ROUTES: list[Any] = [
    get_me,
    get_settings,
    change_settings,
    create_key,
    list_keys,
    revoke_key,
    put_fcm_credentials,
    put_smtp_credentials,
    list_audit,
]
