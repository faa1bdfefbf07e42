"""A device's key: read without the database, rotated, and over when its device says so (check 49)."""

import asyncio
from collections.abc import Iterator

import pytest
from pymongo import monitoring

from push.settings import Settings
from tests.integration.api.serving import Api, Phone, Tenant, serving


class Reads(monitoring.CommandListener):
    """The collections that are read, in order."""

    def __init__(self) -> None:
        self.collections: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate", "findAndModify"):
            self.collections.append(str(event.command[event.command_name]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


READS = Reads()
monitoring.register(READS)


@pytest.fixture
def reads() -> Iterator[list[str]]:
    READS.collections.clear()
    yield READS.collections
    READS.collections.clear()


async def rotated(api: Api, phone: Phone, **headers: str) -> str:
    answer = await api.call("POST", "/v1/devices/me/key", phone.key, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["device_token"])


async def test_a_call_reads_its_device_once_and_nothing_for_its_key(api: Api, tenant: Tenant, reads: list[str]) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    for path in ("/v1/devices/me", "/v1/inbox/summary", "/v1/inbox"):
        reads.clear()
        assert (await api.call("GET", path, phone.key)).status_code == 200
        assert reads.count("devices") == 1, reads
        assert not {"keys", "apps", "secrets"} & set(reads)


async def test_a_made_up_device_key_costs_no_read_at_all(api: Api, tenant: Tenant, reads: list[str]) -> None:
    phone = await api.phone(tenant, "install-1")
    forged = phone.key[:-1] + ("A" if phone.key[-1] != "A" else "B")
    reads.clear()
    assert (await api.call("GET", "/v1/inbox", forged)).status_code == 401
    assert reads == []


async def test_a_rotated_key_takes_over_and_the_old_one_ends_everywhere(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    phone = await api.phone(tenant, "install-1", external_id="ada")
    async with serving(settings) as other_process:
        assert (await other_process.call("GET", "/v1/inbox", phone.key)).status_code == 200
        new = await rotated(api, phone)
        event = {"event_id": "1", "kind": "opened", "delivery_id": "dlv_0", "at": "2026-01-01T00:00:00Z"}
        for server in (api, other_process):
            for method, path, body in (
                ("GET", "/v1/devices/me", None),
                ("PATCH", "/v1/devices/me", {"locale": "fr"}),
                ("DELETE", "/v1/devices/me", None),
                ("POST", "/v1/devices/me/key", None),
                ("PUT", "/v1/devices/me/person", {"external_id": "eve"}),
                ("PUT", "/v1/devices/me/topics/news", None),
                ("GET", "/v1/inbox", None),
                ("GET", "/v1/me/preferences", None),
                ("POST", "/v1/events", {"events": [event]}),
            ):
                answer = await server.call(method, path, phone.key, body)
                assert answer.status_code == 401, (method, path, answer.text)
            assert (await server.call("GET", "/v1/inbox", new)).status_code == 200
    assert (await api.call("GET", "/v1/devices/me", new)).json()["external_id"] == "ada"


async def test_of_many_who_rotate_with_one_key_at_once_one_gets_the_new_one(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    answers = await asyncio.gather(*(api.call("POST", "/v1/devices/me/key", phone.key) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_who_lost_the_answer_gets_it_again_and_nobody_else_does(api: Api, tenant: Tenant) -> None:
    phone, stranger = await api.phone(tenant, "install-1"), await api.phone(tenant, "install-2")
    first = await rotated(api, phone, **{"Idempotency-Key": "mine"})
    assert await rotated(api, phone, **{"Idempotency-Key": "mine"}) == first
    assert (await api.call("POST", "/v1/devices/me/key", phone.key)).status_code == 401
    assert await rotated(api, stranger, **{"Idempotency-Key": "mine"}) != first


async def test_an_ended_key_does_not_register_in_its_installations_name(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    new = await rotated(api, phone)
    body = {"installation_id": "install-1", "platform": "android", "locale": "fr"}
    for key, status in ((phone.key, 409), (new, 200)):
        answer = await api.call("POST", "/v1/devices", tenant.publishable, body, headers={"Fanfare-Device": key})
        assert answer.status_code == status
    assert answer.json()["device_token"] == new


async def test_a_phone_that_lost_its_key_comes_back_as_a_new_installation_with_its_address(
    api: Api, tenant: Tenant
) -> None:
    address = {"kind": "fcm_token", "token": "the-same-phone"}
    lost = await api.phone(tenant, "install-1", address=address, external_id="ada")
    body = {"installation_id": "install-1", "platform": "android", "address": address}
    assert (await api.call("POST", "/v1/devices", tenant.publishable, body)).status_code == 409
    again = await api.phone(tenant, "install-1b", address=address)
    assert (await api.call("GET", "/v1/devices/me", lost.key)).json()["address"] is None
    device = (await api.call("GET", "/v1/devices/me", again.key)).json()
    assert (device["address"]["kind"], device["external_id"]) == ("fcm_token", None)


async def test_the_key_of_a_phone_that_uninstalled_is_over(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "install-1")
    assert (await api.call("DELETE", "/v1/devices/me", phone.key)).status_code == 204
    assert (await api.call("POST", "/v1/devices/me/key", phone.key)).status_code == 404
    body = {"installation_id": "install-1", "platform": "android"}
    answer = await api.call("POST", "/v1/devices", tenant.publishable, body, headers={"Fanfare-Device": phone.key})
    assert (answer.status_code, answer.json()["device_id"] != phone.id) == (201, True)


async def test_a_revoked_secret_key_ends_within_a_minute_in_the_other_processes_too(
    api: Api, tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await api.call("POST", "/v1/keys", tenant.owner, {"role": "analyst"})).json()
    async with serving(settings) as other_process:
        assert (await other_process.call("GET", "/v1/me", made["key"])).status_code == 200
        assert (await api.call("DELETE", f"/v1/keys/{made['id']}", tenant.owner)).status_code == 204
        remembered = other_process.engine.apps._remembered
        now = asyncio.get_running_loop().time()
        assert all(until - now <= 30.5 for until, _ in remembered.values())
        # What lies ahead of the clock by those 30 s has passed.
        for digest, (until, principal) in list(remembered.items()):
            remembered[digest] = (until - 30.5, principal)
        assert (await other_process.call("GET", "/v1/me", made["key"])).status_code == 401
