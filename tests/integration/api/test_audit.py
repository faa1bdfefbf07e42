"""The audit log: what is written down, who reads it, and that it only grows (check 53)."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pymongo import monitoring

from push.apps.model import Principal
from push.audit.store import AuditStore
from push.settings import Settings
from sdk_contracts.wire.apps import AuditAction as Action
from tests.integration.api.serving import Api, Tenant, draft, serving

ACCOUNT = {
    "project_id": "shop",
    "private_key": "-----BEGIN-SECRET-----",
    "client_email": "robot@shop.example",
    "token_uri": "http://127.0.0.1:1/token",
}


class Listener(monitoring.CommandListener):
    """Collects the names of all commands about the audit log."""

    def __init__(self) -> None:
        self.database = ""
        self.commands: set[str] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name == self.database and event.command.get(event.command_name) == "audit":
            self.commands.add(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    registered = Listener()
    monitoring.register(registered)
    yield registered
    registered.database = ""


@pytest.fixture(scope="module")
async def api(settings: Settings, listener: Listener) -> AsyncIterator[Api]:
    listener.database = settings.database
    async with serving(settings) as running:
        yield running


async def entries(api: Api, tenant: Tenant, **params: Any) -> list[dict[str, Any]]:
    answer = await api.call("GET", "/v1/audit", tenant.owner, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def everything(api: Api, tenant: Tenant) -> str:
    """Does all that is written down; answers the id of the campaign it was done to."""
    key = (await api.call("POST", "/v1/keys", tenant.owner, {"role": "marketer", "name": "Ada"})).json()
    await api.call("PATCH", "/v1/settings", tenant.owner, {"categories": ["offers"]})
    await api.call("PUT", "/v1/credentials/fcm", tenant.owner, {"service_account": ACCOUNT})
    campaign = str((await api.call("POST", "/v1/campaigns", key["key"], draft())).json()["id"])
    for verb in ("launch", "pause", "resume", "cancel"):
        answer = await api.call("POST", f"/v1/campaigns/{campaign}/{verb}", key["key"])
        assert answer.status_code == 200, answer.text
    await api.call("DELETE", f"/v1/keys/{key['id']}", tenant.owner)
    return campaign


MOVES: list[tuple[str, str, Action]] = [
    ("draft", "launch", "campaign.launched"),
    ("sending", "pause", "campaign.paused"),
    ("paused", "resume", "campaign.resumed"),
    ("sending", "cancel", "campaign.cancelled"),
]


async def test_it_says_who_did_what_to_what_newest_first(api: Api, tenant: Tenant) -> None:
    campaign = await everything(api, tenant)
    listed = await entries(api, tenant)
    ids = [entry["id"] for entry in listed]
    assert ids == sorted(ids, reverse=True)
    by_action = {entry["action"]: entry for entry in listed}
    assert len(by_action) == len(listed) == 8
    moves = ("launched", "paused", "resumed", "cancelled")
    assert {by_action[f"campaign.{move}"]["object_id"] for move in moves} == {campaign}
    made = by_action["key.created"]
    assert (made["role"], made["details"]) == ("owner", {"kind": "secret", "role": "marketer"})
    assert made["object_id"] == by_action["key.revoked"]["object_id"] == by_action["campaign.launched"]["key_id"]
    assert by_action["campaign.launched"]["role"] == "marketer"
    assert by_action["settings.changed"]["details"] == {"fields": ["categories"]}
    assert by_action["credentials.fcm.changed"]["details"] == {"project_id": "shop"}


async def test_it_holds_no_secret(api: Api, tenant: Tenant) -> None:
    await everything(api, tenant)
    stored = str([each async for each in api.engine.database.collection("audit").find({"app_id": tenant.app_id})])
    for secret in ("BEGIN-SECRET", "robot@", "ffs_", "Ada", tenant.owner):
        assert secret not in stored


async def test_what_was_refused_is_not_written_down(api: Api, tenant: Tenant) -> None:
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    for verb in ("pause", "resume", "redrive"):
        assert (await api.call("POST", f"/v1/campaigns/{campaign}/{verb}", tenant.owner)).status_code == 409
    assert (await api.call("DELETE", "/v1/keys/key_0", tenant.owner)).status_code == 404
    assert await entries(api, tenant) == []


async def test_a_launch_that_is_asked_for_again_is_one_entry(api: Api, tenant: Tenant) -> None:
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    for _ in range(3):
        await api.call(
            "POST", f"/v1/campaigns/{campaign}/launch", tenant.owner, headers={"Idempotency-Key": "launch-it"}
        )
    assert [entry["action"] for entry in await entries(api, tenant)] == ["campaign.launched"]


async def test_it_is_read_page_by_page_without_gap_or_repeat_while_it_grows(api: Api, tenant: Tenant) -> None:
    await everything(api, tenant)
    whole = [entry["id"] for entry in await entries(api, tenant)]
    seen, cursor = [], ""
    while True:
        page = (await api.call("GET", "/v1/audit", tenant.owner, params={"limit": 3, "cursor": cursor})).json()
        seen += [entry["id"] for entry in page["items"]]
        await api.call("PATCH", "/v1/settings", tenant.owner, {"name": "Grown"})
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert seen == whole


async def test_it_is_narrowed_to_deeds_a_key_and_an_object(api: Api, tenant: Tenant) -> None:
    await everything(api, tenant)
    await api.engine.audit.record(Principal(tenant.app_id, None, None), "dead_letters.expired", "cmp_1")
    whole = await entries(api, tenant)
    deeds = sorted({entry["action"] for entry in whole})[:2]
    key, launched = whole[-1]["key_id"], next(entry for entry in whole if entry["action"] == "campaign.launched")

    async def told(**params: Any) -> list[str]:
        return [entry["id"] for entry in await entries(api, tenant, **params)]

    assert await told(action=deeds[0]) == [each["id"] for each in whole if each["action"] == deeds[0]]
    assert await told(action=deeds) == [each["id"] for each in whole if each["action"] in deeds]
    assert await told(key_id=key) == [each["id"] for each in whole if each["key_id"] == key]
    assert await told(key_id="none") == [each["id"] for each in whole if each["key_id"] is None] != []
    of = launched["object_id"]
    assert await told(object_id=of) == [each["id"] for each in whole if each["object_id"] == of]
    assert await told(object_id=of, action="campaign.launched", key_id=launched["key_id"]) == [launched["id"]]
    assert await told(object_id=of, action="settings.changed") == []
    first = (await api.call("GET", "/v1/audit", tenant.owner, params={"object_id": of, "limit": 1})).json()
    rest = await told(object_id=of, cursor=first["next_cursor"])
    assert [first["items"][0]["id"], *rest] == await told(object_id=of)


@pytest.mark.parametrize("params", [{"action": "campaign.sung"}, {"key_id": "mine"}, {"object_id": "x" * 65}])
async def test_what_is_no_deed_and_no_key_is_refused(api: Api, tenant: Tenant, params: dict[str, str]) -> None:
    assert (await api.call("GET", "/v1/audit", tenant.owner, params=params)).status_code == 400


async def test_each_app_has_a_log_of_its_own(api: Api, tenant: Tenant) -> None:
    await everything(api, tenant)
    assert await entries(api, await api.tenant("Other")) == []


async def test_it_only_grows(api: Api, tenant: Tenant, listener: Listener) -> None:
    await everything(api, tenant)
    before = await entries(api, tenant, limit=100)
    await everything(api, tenant)
    after = await entries(api, tenant, limit=100)
    assert len(after) == 2 * len(before)
    assert after[-len(before) :] == before
    assert listener.commands - {"create", "createIndexes"} == {"insert", "find"}
    assert {name for name in vars(AuditStore) if not name.startswith("_")} == {"add", "get", "page"}


@pytest.mark.parametrize(("state", "verb", "action"), MOVES)
async def test_what_cannot_be_written_down_is_not_done(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, state: str, verb: str, action: Action
) -> None:
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    if state != "draft":
        await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)
    if state == "paused":
        await api.call("POST", f"/v1/campaigns/{campaign}/pause", tenant.owner)

    async def fails(*_: object) -> bool:
        raise OSError("no room")

    engine = api.engine
    monkeypatch.setattr(engine.audit._store, "add", fails)
    witness = engine.audit.witness(Principal(tenant.app_id, "secret", "owner"), action, campaign)
    with pytest.raises(OSError, match="no room"):
        await getattr(engine.campaigns, verb)(tenant.app_id, campaign, witness)
    assert (await engine.campaigns.get(tenant.app_id, campaign)).state == state


async def test_a_move_whose_answer_was_lost_is_made_again_as_one(api: Api, tenant: Tenant) -> None:
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft())).json()["id"]
    witness = api.engine.audit.witness(Principal(tenant.app_id, "secret", "owner"), "campaign.launched", campaign)
    was = await api.engine.campaigns.get(tenant.app_id, campaign)
    launched = await api.engine.campaigns.launch(tenant.app_id, campaign, witness)
    assert await api.engine.campaigns._moves.move(was, launched, "launched", witness) == launched
    assert [entry["action"] for entry in await entries(api, tenant)] == ["campaign.launched"]
