"""Who may call what: kinds of keys, roles, and one app never seeing another's, on every route there is."""

from typing import Any

import httpx
import pytest

from api.app import describe
from sdk_contracts.wire.apps import Role
from tests.integration.api.serving import Api, Phone, Tenant, draft

ROLES: tuple[Role, ...] = ("owner", "marketer", "author", "analyst", "sender")
DOCUMENT = describe()
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
MAY: dict[Role, set[str]] = {
    "owner": {name for name, (*_, made) in OPERATIONS.items() if {"secret": []} in made.get("security", [])},
    "marketer": {
        "approve_campaign",
        "reject_campaign",
        "launch_campaign",
        "pause_campaign",
        "resume_campaign",
        "cancel_campaign",
        "redrive_campaign",
        "expire_dead_letters",
        "put_person",
    },
    "author": {
        "create_campaign",
        "change_campaign",
        "delete_campaign",
        "submit_campaign",
        "test_campaign",
        "copy_campaign",
        "check_campaign",
        "create_segment",
        "change_segment",
        "delete_segment",
        "upload_media",
        "delete_media",
        "create_placement",
        "change_placement",
        "delete_placement",
        "archive_placement",
        "unarchive_placement",
        "create_template",
        "change_template",
        "delete_template",
        "preview_campaign",
        "preview_schedule",
        "archive_campaign",
        "unarchive_campaign",
    },
    "analyst": {
        "get_me",
        "list_campaigns",
        "get_campaign",
        "get_campaign_metrics",
        "get_campaign_timeline",
        "list_campaign_recipients",
        "export_campaign",
        "estimate_audience",
        "list_segments",
        "get_segment",
        "explain_audience",
        "get_campaign_retention",
        "list_media",
        "list_placements",
        "get_placement",
        "get_placement_metrics",
        "draw_placement_code",
        "export_placement",
        "get_audience_series",
        "list_templates",
        "get_template",
        "get_overview",
        "watch_metrics",
        "get_live_metrics",
        "get_device_metrics",
        "get_person",
        "trace_person",
        "list_person_deliveries",
        "list_person_consents",
    },
    "sender": {"get_me", "send_message"},
}
MAY["author"] |= MAY["analyst"]
MAY["marketer"] |= MAY["author"]


def keys_of(operation: dict[str, Any]) -> set[str]:
    return {kind for choice in operation.get("security", []) for kind in choice}


def filled(path: str) -> str:
    return (
        path.replace("{campaign_id}", "cmp_0")
        .replace("{item_id}", "itm_0")
        .replace("{key_id}", "key_0")
        .replace("{topic}", "news")
        .replace("{external_id}", "nobody")
        .replace("{import_id}", "imp_0")
        .replace("{template_id}", "tpl_0")
        .replace("{webhook_id}", "whk_0")
        .replace("{delivery_id}", "whd_0")
    )


async def asked(api: Api, method: str, path: str, key: str) -> httpx.Response:
    """The answer to a body that no route takes; of a stream, what it says before it begins."""
    headers = {"Authorization": f"Bearer {key}"}
    async with api.client.stream(method, path, headers=headers, content=b"[]") as answer:
        if not answer.is_success:
            await answer.aread()
    return answer


@pytest.mark.parametrize("name", sorted(name for name, (*_, made) in OPERATIONS.items() if keys_of(made)))
async def test_only_the_right_kind_of_key_opens_a_route(api: Api, tenant: Tenant, name: str) -> None:
    method, path, operation = OPERATIONS[name]
    phone = await api.phone(tenant, "install-1")
    keys = {"publishable": tenant.publishable, "device": phone.key, "secret": tenant.owner}
    for kind, key in keys.items():
        answer = await asked(api, method, filled(path), key)
        assert (answer.status_code == 403) == (kind not in keys_of(operation)), (kind, answer.status_code)
    if {} not in operation["security"]:
        answer = await api.call(method, filled(path))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (await api.call(method, filled(path), tenant.owner[:-1] + "!")).status_code == 401


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_what_it_may_and_no_more(api: Api, tenant: Tenant, role: Role) -> None:
    key = await api.key(tenant, role)
    for name in sorted(MAY["owner"]):
        method, path, _ = OPERATIONS[name]
        # A body that no route takes: whoever may, is told so instead of being turned away.
        answer = await asked(api, method, filled(path), key)
        assert (answer.status_code != 403) == (name in MAY[role]), (name, answer.status_code)


async def test_a_revoked_key_stops_working(api: Api, tenant: Tenant) -> None:
    made = (await api.call("POST", "/v1/keys", tenant.owner, {"role": "analyst"})).json()
    assert (await api.call("GET", "/v1/me", made["key"])).json()["role"] == "analyst"
    assert (await api.call("DELETE", f"/v1/keys/{made['id']}", tenant.owner)).status_code == 204
    assert (await api.call("GET", "/v1/me", made["key"])).status_code == 401
    listed = (await api.call("GET", "/v1/keys", tenant.owner)).json()["items"]
    assert next(key for key in listed if key["id"] == made["id"])["revoked_at"] is not None


async def test_keys_and_credentials_are_stored_as_hashes_or_sealed(api: Api, tenant: Tenant) -> None:
    account = {
        "project_id": "shop",
        "private_key": "-----BEGIN-SECRET-----",
        "client_email": "a@b.c",
        "token_uri": "http://127.0.0.1:1/token",
    }
    saved = await api.call("PUT", "/v1/credentials/fcm", tenant.owner, {"service_account": account})
    assert saved.json()["fcm_project_id"] == "shop"
    assert "BEGIN-SECRET" not in saved.text
    everything = ""
    for name in ("apps", "keys", "secrets", "idempotency"):
        found = api.engine.database.collection(name).find({"app_id": tenant.app_id})
        everything += str([document async for document in found])
    for secret in (tenant.owner, tenant.publishable, "BEGIN-SECRET"):
        assert secret not in everything
        assert secret.encode().hex() not in everything


async def test_one_app_never_sees_another(api: Api, tenant: Tenant, worker: None) -> None:
    """All that the other app has is asked for with this app's keys, on each route that takes an id."""
    other = await api.tenant("Other")
    theirs = await api.phone(other, "install-1", external_id="ada")
    campaign = await api.launch(other)
    await api.sent(other, campaign)
    drafted = (await api.call("POST", "/v1/campaigns", other.owner, draft())).json()["id"]
    item = (await api.call("GET", "/v1/inbox", theirs.key)).json()["items"][0]
    key_id = (await api.call("GET", "/v1/keys", other.owner)).json()["items"][0]["id"]
    mine = await api.phone(tenant, "install-1", external_id="ada")

    for method, end, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/launch", None),
        ("POST", "/cancel", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/redrive", None),
        ("POST", "/expire-dead-letters", None),
        ("GET", "/metrics", None),
        ("GET", "/timeline", None),
        ("GET", "/recipients", None),
    ):
        for campaign_id in (campaign, drafted):
            answer = await api.call(method, f"/v1/campaigns/{campaign_id}{end}", tenant.owner, body)
            assert answer.status_code == 404, (method, end)
    for verb in ("read", "unread", "seen", "archive", "unarchive", "acknowledge"):
        assert (await api.call("POST", f"/v1/inbox/{item['id']}/{verb}", mine.key)).status_code == 404
    await api.call("DELETE", f"/v1/inbox/{item['id']}", mine.key)
    await api.call("POST", "/v1/inbox/read-all", mine.key)
    assert (await api.call("DELETE", f"/v1/keys/{key_id}", tenant.owner)).status_code == 404

    assert (await api.call("GET", "/v1/people/ada", other.owner)).status_code == 200
    assert [
        each["device_id"] for each in (await api.call("GET", "/v1/people/ada", tenant.owner)).json()["devices"]
    ] == [mine.id]
    assert (await api.call("GET", "/v1/inbox", mine.key)).json()["items"] == []
    assert (await api.call("GET", "/v1/campaigns", tenant.owner)).json()["items"] == []
    for audience in ({"all": True}, {"external_ids": ["ada"]}, {"device_ids": [theirs.id]}):
        estimate = await api.call("POST", "/v1/audience/estimate", tenant.owner, {"audience": {"include": audience}})
        assert estimate.json()["devices"] == (0 if "device_ids" in audience else 1)
    overview = (await api.call("GET", "/v1/metrics/overview", tenant.owner)).json()
    assert (overview["devices"], overview["totals"]["targeted"]) == (1, 0)

    still = (await api.call("GET", "/v1/inbox", theirs.key)).json()["items"]
    assert [each["id"] for each in still] == [item["id"]]
    assert still[0]["read_at"] is None
    kept = (await api.call("GET", f"/v1/campaigns/{drafted}", other.owner)).json()
    assert (kept["name"], kept["state"]) == ("Spring", "draft")


async def test_one_person_never_sees_anothers_inbox(api: Api, tenant: Tenant, worker: None) -> None:
    ada = await api.phone(tenant, "install-1", external_id="ada")
    bob = await api.phone(tenant, "install-2", external_id="bob")
    campaign = await api.launch(tenant, audience={"include": {"external_ids": ["ada"]}})
    await api.sent(tenant, campaign)
    item = (await api.call("GET", "/v1/inbox", ada.key)).json()["items"][0]
    assert (await api.call("GET", "/v1/inbox", bob.key)).json()["items"] == []
    assert (await api.call("POST", f"/v1/inbox/{item['id']}/read", bob.key)).status_code == 404
    await api.call("DELETE", f"/v1/inbox/{item['id']}", bob.key)
    assert (await api.call("GET", "/v1/inbox", ada.key)).json()["unread"] == 1
    await _reports(api, bob, item["delivery_id"], accepted=0)
    await _reports(api, ada, item["delivery_id"], accepted=1)


async def _reports(api: Api, phone: Phone, delivery_id: str, accepted: int) -> None:
    event = {"event_id": "1", "kind": "opened", "delivery_id": delivery_id, "at": api.engine.clock.now().isoformat()}
    answer = await api.call("POST", "/v1/events", phone.key, {"events": [event]})
    assert (answer.status_code, answer.json()["accepted"]) == (202, accepted), answer.text
