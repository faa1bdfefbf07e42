"""People and devices by the thousand: streamed, resumed, each line stored once, errors by line."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest

from tests.integration.api.serving import Api, Tenant

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


def lines(rows: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def people(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "external_id": f"user-{number}",
            "attributes": {"name": f"Name {number}", "visits": number},
            "devices": [
                {
                    "installation_id": f"install-{number}",
                    "platform": "android",
                    "address": {"kind": "fcm_token", "token": f"token-{number}"},
                    "topics": ["news"],
                }
            ],
        }
        for number in range(start, start + count)
    ]


async def send(api: Api, tenant: Tenant, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
    given = {**NDJSON, **headers, **({"Idempotency-Key": key} if key else {})}
    return await api.call("POST", "/v1/people/import", tenant.owner, content=body, headers=given)


async def taken(api: Api, tenant: Tenant, body: Any, key: str | None = None, **headers: str) -> dict[str, Any]:
    answer = await send(api, tenant, body, key, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "done"
    return dict(answer.json())


async def kept(api: Api, tenant: Tenant) -> dict[str, int]:
    names = ("people", "devices", "device_claims", "consents")
    return {n: await api.engine.database.collection(n).count_documents({"app_id": tenant.app_id}) for n in names}


async def test_people_and_devices_are_there_afterwards(api: Api, tenant: Tenant) -> None:
    consent = {"promotion": True, "at": "2025-01-01T00:00:00Z", "source": "old system"}
    rows = people(3)
    rows[0] |= {"relations": ["customer"], "consent": consent, "categories": {"offers": {"push": False}}}
    rows.append({"devices": [{"installation_id": "nobody", "platform": "ios", "created_at": "2024-05-01T00:00:00Z"}]})
    done = await taken(api, tenant, lines(rows))
    assert (done["lines"], done["errors"]) == (4, [])
    assert done["counts"] == {
        "people_created": 4, "people_known": 0, "devices_created": 4, "devices_known": 0, "failed": 0,
    }  # fmt: skip
    person = (await api.call("GET", "/v1/people/user-0", tenant.owner)).json()
    assert (person["attributes"], person["relations"]) == ({"name": "Name 0", "visits": 0}, ["customer"])
    assert person["consent"]["source"] == "old system"
    assert (person["devices"][0]["topics"], person["devices"][0]["address"]["kind"]) == (["news"], "fcm_token")
    device = await api.engine.device_store.get(tenant.app_id, person["devices"][0]["device_id"])
    assert device is not None
    assert (device.gate.consent, device.gate.muted, device.external_id) == (True, ("push:offers",), "user-0")
    nobody = await api.engine.device_store.by_installation(tenant.app_id, "nobody")
    assert nobody is not None
    assert nobody.created_at.year == 2024
    assert (await kept(api, tenant)) == {"people": 4, "devices": 4, "device_claims": 7, "consents": 1}
    # The counts and settings that others see know them, too.
    estimate = {"audience": {"include": {"topics": ["news"]}}}
    assert (await api.call("POST", "/v1/audience/estimate", tenant.owner, estimate)).json()["devices"] == 3


async def test_who_is_known_is_changed_and_a_phone_that_registered_here_stays_as_it_says(
    api: Api, tenant: Tenant
) -> None:
    address = {"kind": "fcm_token", "token": "token-1"}
    phone = await api.phone(tenant, "install-0", external_id="user-0", locale="fr")
    moved = await api.phone(tenant, "its-new-installation", address=address, locale="fr")
    put = {"attributes": {"plan": "gold", "visits": 99}}
    await api.call("PUT", "/v1/people/user-0", tenant.owner, put)
    consent = {"promotion": True, "at": "2025-01-01T00:00:00Z"}
    rows = people(2)
    rows[0]["consent"] = consent
    done = await taken(api, tenant, lines(rows))
    assert done["counts"] == {
        "people_created": 1, "people_known": 1, "devices_created": 0, "devices_known": 2, "failed": 0,
    }  # fmt: skip
    person = (await api.call("GET", "/v1/people/user-0", tenant.owner)).json()
    assert person["attributes"] == {"plan": "gold", "visits": 0, "name": "Name 0"}
    for known in (phone, moved):
        assert (await api.call("GET", "/v1/devices/me", known.key)).json()["locale"] == "fr"
    assert (await api.call("GET", "/v1/devices/me", moved.key)).json()["address"]["kind"] == "fcm_token"
    assert (await api.call("GET", "/v1/me/preferences", phone.key)).json()["consent"]["promotion"] is True
    again = {"installation_id": "install-1", "platform": "android"}
    assert (await api.call("POST", "/v1/devices", tenant.publishable, again)).status_code == 201


async def test_a_phone_that_registers_replaces_what_was_imported_of_it(api: Api, tenant: Tenant) -> None:
    await taken(api, tenant, lines(people(1)))
    phone = await api.phone(tenant, "really-me", address={"kind": "fcm_token", "token": "token-0"})
    assert (await api.call("GET", "/v1/devices/me", phone.key)).json()["external_id"] is None
    person = (await api.call("GET", "/v1/people/user-0", tenant.owner)).json()
    assert person["devices"] == []
    overview = (await api.call("GET", "/v1/metrics/overview", tenant.owner)).json()
    assert overview["devices"] == 1
    # What was imported of an address that was given up since may be imported again.
    assert (await api.call("DELETE", "/v1/devices/me", phone.key)).status_code == 204
    row = {**people(1)[0]["devices"][0], "installation_id": "other"}
    assert (await taken(api, tenant, lines([{"devices": [row]}])))["counts"]["devices_created"] == 1


BAD = {
    1: (b"nonsense", ""),
    3: (b'{"external_id": "a b"}', "/external_id"),
    4: (b'{"external_id": "c", "colour": "red"}', ""),
    5: (b'{"attributes": {"name": "x"}}', ""),
    6: (b'{"external_id": "d", "attributes": {"visits": "many"}}', "/attributes/visits"),
    7: (
        b'{"external_id": "e", "devices": [{"installation_id": "i", "platform": "web", "timezone": "Moon/X"}]}',
        "/timezone",
    ),
    8: (b'{"external_id": "f", "consent": {"promotion": true, "at": "2999-01-01T00:00:00Z"}}', "/consent/at"),
    9: (b"\xff\xfe", ""),
    10: (b"[" * 5000, ""),
    11: (b'{"external_id": "' + b"x" * 70_000 + b'"}', ""),
}


async def test_a_bad_line_is_left_out_and_named_and_the_others_are_stored(api: Api, tenant: Tenant) -> None:
    good = json.dumps(people(1)[0]).encode()
    body = b"\n".join(BAD[number][0] if number in BAD else good for number in range(1, 12))
    done = await taken(api, tenant, body)
    assert [error["line"] for error in done["errors"]] == sorted(BAD)
    for error in done["errors"]:
        assert error["pointer"] == BAD[error["line"]][1], error
        assert error["detail"]
    assert (done["counts"]["failed"], done["counts"]["people_created"]) == (len(BAD), 1)
    shown = (await api.call("GET", f"/v1/people/import/{done['id']}", tenant.owner)).json()
    assert shown == done
    entry = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"][0]
    assert (entry["action"], entry["object_id"], entry["details"]["failed"]) == (
        "people.imported",
        done["id"],
        len(BAD),
    )


async def test_what_was_cut_goes_on_where_it_was_and_stores_nothing_twice(api: Api, tenant: Tenant) -> None:
    consent = {"promotion": True, "at": "2025-01-01T00:00:00Z"}
    rows = [{**person, "consent": consent} for person in people(2500)]
    body = lines(rows)

    async def cut_off() -> AsyncIterator[bytes]:
        yield body[: len(body) * 6 // 10]
        # What is whole must be stored before the line goes dead.
        async with asyncio.timeout(20):
            while (await kept(api, tenant))["devices"] < 1000:
                await asyncio.sleep(0.02)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await send(api, tenant, cut_off(), "cut")
    async with asyncio.timeout(20):
        while True:
            cut = (await api.call("GET", "/v1/people/import", tenant.owner)).json()["items"][0]
            if cut["state"] == "interrupted":
                break
            await asyncio.sleep(0.05)
    assert (cut["lines"], cut["counts"]["people_created"]) == (1000, 1000)
    assert (await send(api, tenant, lines(people(2500, 1)), "cut")).status_code == 409
    done = await taken(api, tenant, body, "cut")
    assert (done["id"], done["lines"], done["counts"]["people_known"]) == (cut["id"], 2500, 0)
    assert await kept(api, tenant) == {"people": 2500, "devices": 2500, "device_claims": 5000, "consents": 2500}
    assert await taken(api, tenant, body, "cut") == done
    assert (await send(api, tenant, body + lines(people(1, 9000)), "cut")).status_code == 409
    assert (await send(api, tenant, lines(rows[:2000]), "cut")).status_code == 409
    assert (await kept(api, tenant))["people"] == 2500


async def test_killed_between_two_pieces_it_is_taken_over_and_the_lost_one_cannot_go_on(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, store = lines(people(1500)), api.engine.importing._store
    put_people, stolen = store.put_people, []

    async def slow(*arguments: Any) -> Any:
        if arguments[1][0].number > 1000 and not stolen:
            found = await store.page(tenant.app_id, None, 1)
            stolen.append(await store.take_over(found[0], api.engine.clock.now()))
        return await put_people(*arguments)

    monkeypatch.setattr(store, "put_people", slow)
    lost = await send(api, tenant, body, "stolen")
    assert (lost.status_code, (await kept(api, tenant))["people"]) == (409, 1000)
    assert (await send(api, tenant, body, "stolen")).status_code == 409
    past = {"until": api.engine.clock.now()}
    await api.engine.database.collection("imports").update_many({"app_id": tenant.app_id}, {"$set": past})
    assert (await taken(api, tenant, body, "stolen"))["counts"]["people_created"] == 1500


async def test_of_two_who_send_the_same_at_once_one_is_told_to_wait(api: Api, tenant: Tenant) -> None:
    body = lines(people(1200))
    answers = await asyncio.gather(*(send(api, tenant, body, "twice") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert next(answer for answer in answers if answer.status_code == 409).headers["retry-after"]
    assert (await kept(api, tenant))["people"] == 1200


async def test_imports_and_phones_that_want_the_same_at_once_end_with_one_of_each(api: Api, tenant: Tenant) -> None:
    body = lines(people(300))
    phones = [
        api.call("POST", "/v1/devices", tenant.publishable, {**people(1, number)[0]["devices"][0]})
        for number in range(0, 300, 30)
    ]
    puts = [api.call("PUT", f"/v1/people/user-{n}", tenant.owner, {"attributes": {"plan": "x"}}) for n in range(5)]
    one, two, *others = await asyncio.gather(send(api, tenant, body), send(api, tenant, body), *phones, *puts)
    assert (one.status_code, two.status_code) == (200, 200)
    assert {answer.status_code for answer in others} <= {200, 201, 409}
    devices = [each async for each in api.engine.database.collection("devices").find({"app_id": tenant.app_id})]
    assert len({each["installation_id"] for each in devices}) == len(devices) == 300
    tokens = [each["fingerprint"] for each in devices if "fingerprint" in each]
    assert len(set(tokens)) == len(tokens)
    assert (await api.call("GET", "/v1/people/user-0", tenant.owner)).json()["attributes"]["plan"] == "x"


async def test_it_is_streamed_so_memory_stays_flat_and_no_limit_of_the_body_holds(api: Api, tenant: Tenant) -> None:
    async def many() -> AsyncIterator[bytes]:
        for start in range(0, 4000, 1000):
            yield lines({**person, "attributes": {"filler": "x" * 400}} for person in people(1000, start))

    done = await taken(api, tenant, many())
    assert (done["lines"], done["counts"]["devices_created"]) == (4000, 4000)


HEADER = [
    "id",
    "identifier",
    "session_count",
    "language",
    "timezone",
    "game_version",
    "device_os",
    "device_type",
    "device_model",
    "ad_id",
    "tags",
    "last_active",
    "playtime",
    "amount_spent",
    "created_at",
    "invalid_identifier",
    "badge_count",
    "external_user_id",
    "notification_types",
]


def exported(**fields: str) -> list[str]:
    row = {
        "id": "b2f7f966-d8cc-11e4-bed1-df8f05be55ba",
        "identifier": "token-a",
        "language": "de",
        "device_type": "1",
        "tags": '{"plan":"gold"}',
        "last_active": "2024-03-30 15:45:22",
        "created_at": "2023-03-30 15:45:22.123456",
        "invalid_identifier": "f",
        "notification_types": "1",
        **fields,
    }
    return [row.get(name, "") for name in HEADER]


async def test_onesignals_export_comes_in_as_it_is_packed(api: Api, tenant: Tenant) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            HEADER,
            exported(external_user_id="ada"),
            exported(id="second", identifier="token-b", external_user_id="ada", tags='{"note":\n"x"}'),
            exported(id="mail", device_type="11", identifier="ada@example.org"),
            exported(id="iphone", device_type="0", identifier="apns", notification_types="-2"),
        ]
    )
    packed = gzip.compress(text.getvalue().encode())
    done = await taken(api, tenant, packed, **CSV, **{"Content-Encoding": "gzip"})
    assert [(error["line"], error["pointer"]) for error in done["errors"]] == [(5, "/device_type")]
    assert done["counts"] == {
        "people_created": 2, "people_known": 0, "devices_created": 3, "devices_known": 0, "failed": 1,
    }  # fmt: skip
    ada = (await api.call("GET", "/v1/people/ada", tenant.owner)).json()
    assert {device["installation_id"] for device in ada["devices"]} == {exported()[0], "second"}
    assert ada["devices"][0]["tags"] == {"plan": "gold"}
    assert ada["devices"][0]["created_at"] == "2023-03-30T15:45:22.123000Z"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b"[]"),
        (CSV, b"name,email\nada,x\n"),
        (CSV, b"\xff\n"),
        ({**NDJSON, "Content-Encoding": "gzip"}, b"{}"),
    ],
)
async def test_what_is_no_import_is_refused(api: Api, tenant: Tenant, headers: dict[str, str], body: bytes) -> None:
    answer = await send(api, tenant, body, "again", **headers)
    assert answer.status_code == 400, answer.text
    # And leaves its key to the file that was meant.
    assert (await send(api, tenant, lines(people(1)), "other")).status_code == 200


async def test_imports_are_listed_newest_first_and_an_app_sees_its_own(api: Api, tenant: Tenant) -> None:
    made = [(await taken(api, tenant, lines(people(1, number))))["id"] for number in range(3)]
    first = (await api.call("GET", "/v1/people/import?limit=2", tenant.owner)).json()
    second = (await api.call("GET", f"/v1/people/import?limit=2&cursor={first['next_cursor']}", tenant.owner)).json()
    assert [each["id"] for each in first["items"] + second["items"]] == made[::-1]
    other = await api.tenant("Other")
    assert (await api.call("GET", "/v1/people/import", other.owner)).json()["items"] == []
    assert (await api.call("GET", f"/v1/people/import/{made[0]}", other.owner)).status_code == 404
