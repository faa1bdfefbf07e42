"""Whatever is sent, the answer is a 4xx problem that says where it is wrong: never a 500, never an operator."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.serving import Api, Tenant, draft

DEVICE = {"installation_id": "i", "platform": "web"}


def device(**fields: Any) -> bytes:
    return json.dumps({**DEVICE, **fields}).encode()


NASTY = {
    "nothing": b"",
    "invalid UTF-8": b'{"installation_id": "\xff", "platform": "web"}',
    "a lone surrogate": b'{"installation_id": "i", "platform": "web", "model": "\\ud800"}',
    "a byte order mark": b"\xef\xbb\xbf" + device(),
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"tags":' * 50_000,
    "deep, where anything goes": b'{"installation_id":"i","platform":"web","tags":{"a":' + b"[" * 50_000,
    "NUL in a key": device(tags={"a\0b": 1}),
    "NUL in a text": device(model="a\0b"),
    "an operator as a key": device(tags={"$where": "1"}),
    "a path as a key": device(tags={"a.b": 1}),
    "2**63": device(tags={"n": 2**63}),
    "2**53": device(tags={"n": 2**53}),
    "1e400": b'{"installation_id":"i","platform":"web","tags":{"n":1e400}}',
    "NaN": b'{"installation_id":"i","platform":"web","tags":{"n":NaN}}',
    "a field nobody knows": device(colour="red"),
    "a number in place of a text": device(installation_id=7),
    "a text in place of a truth value": device(opted_in="true"),
    "an operator in place of a text": device(installation_id={"$gt": ""}),
    "a line break at the end of a name": device(installation_id="i\n"),
    "two documents": device() + device(),
    "no object": b'"x"',
}


@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY.keys())
async def test_bad_bodies_are_refused_as_problems(api: Api, tenant: Tenant, body: bytes) -> None:
    answer = await api.call("POST", "/v1/devices", tenant.publishable, content=body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 400


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1969-12-31T00:00:00Z", 7, "2026-01-01T00:00:00"],
)
async def test_times_outside_our_times_are_refused(api: Api, tenant: Tenant, moment: Any) -> None:
    campaign = draft(limits={"expires_at": moment})
    assert (await api.call("POST", "/v1/campaigns", tenant.owner, campaign)).status_code == 400
    phone = await api.phone(tenant, f"i-{os.urandom(4).hex()}")
    consent = {"consent": {"promotion": True, "at": moment}}
    assert (await api.call("PUT", "/v1/me/preferences", phone.key, consent)).status_code == 400
    event = {"event_id": "1", "kind": "opened", "at": moment, "delivery_id": "dlv_x"}
    assert (await api.call("POST", "/v1/events", phone.key, {"events": [event]})).status_code == 400
    overview = await api.call("GET", "/v1/metrics/overview", tenant.owner, params={"from": moment})
    assert overview.status_code == 400


async def test_what_is_wrong_is_pointed_at(api: Api, tenant: Tenant) -> None:
    campaign = draft(content={"default_locale": "en", "translations": {"en": {"title": 5}}})
    answer = (await api.call("POST", "/v1/campaigns", tenant.owner, campaign)).json()
    assert answer["errors"] == [{"pointer": "/content/translations", "detail": "Expected `str`, got `int`"}]
    answer = (await api.call("POST", "/v1/campaigns", tenant.owner, draft(colour="red"))).json()
    assert answer["errors"][0]["pointer"] == "/colour"
    answer = (await api.call("GET", "/v1/campaigns", tenant.owner, params={"limit": 101})).json()
    assert answer["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize("cursor", ["x", "%00", "%ff", "e30", "Y21wXw", "💣", "a" * 600])
async def test_a_cursor_of_somebody_elses_making_is_refused(api: Api, tenant: Tenant, cursor: str) -> None:
    phone = await api.phone(tenant, f"i-{os.urandom(4).hex()}")
    assert (await api.call("GET", f"/v1/inbox?cursor={cursor}", phone.key)).status_code == 400
    assert (await api.call("GET", f"/v1/campaigns?cursor={cursor}", tenant.owner)).status_code in (200, 400)


async def test_dollar_signs_and_dots_stay_what_they_are(api: Api, tenant: Tenant) -> None:
    phone = await api.phone(tenant, "i-dollar", tags={"note": "$where: 1"}, model="$$ROOT.a.b")
    stored = (await api.call("GET", "/v1/devices/me", phone.key)).json()
    assert (stored["tags"], stored["model"]) == ({"note": "$where: 1"}, "$$ROOT.a.b")
    changed = await api.call("PATCH", "/v1/devices/me", phone.key, {"tags": {"note": "$model"}, "model": "$tags"})
    assert (changed.json()["tags"], changed.json()["model"]) == ({"note": "$model"}, "$tags")
    app = await api.call("PATCH", "/v1/settings", tenant.owner, {"name": "$name"})
    assert app.json()["name"] == "$name"


async def test_a_body_that_is_too_long_is_refused_with_flat_memory(api: Api, tenant: Tenant) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 1024 * 1024

    before = _memory()
    for body in (b"{" * 2_000_000, endless()):
        answer = await _posted(api, tenant, body)
        assert answer is None or answer == 413
    assert _memory() - before < 32 * 1024 * 1024


async def _posted(api: Api, tenant: Tenant, body: Any) -> int | None:
    """The status; None where the server hung up on what was still being sent."""
    try:
        return (await api.call("POST", "/v1/campaigns", tenant.owner, content=body)).status_code
    except OSError:
        return None


def _memory() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_there_is_no_route_without_a_problem(api: Api, tenant: Tenant) -> None:
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/app", 405),
        ("POST", "/v1/inbox/itm_1/eat", 404),
        ("GET", "/%ff%00", 404),
        ("GET", "/sdk/..%2f..%2fpyproject.toml", 404),
        ("GET", "/sdk/%2e%2e/__init__.py", 404),
    ):
        answer = await api.call(method, path, tenant.owner)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) <= {"type", "title", "status", "detail", "errors"}
    assert (await api.call("PUT", "/v1/app")).headers["allow"]


async def test_strange_headers_do_no_harm(api: Api, tenant: Tenant) -> None:
    calls = [
        api.call("GET", "/v1/app", tenant.publishable, headers={"If-None-Match": '"x' * 500}),
        api.call("GET", "/v1/app", "ffp_" + "x" * 4000),
        api.call("GET", "/v1/app", headers={"Authorization": "Bearer ffd_é".encode()}),
        api.call("GET", "/v1/app", headers={"Authorization": "Bearer ffp_é".encode()}),
        api.call("GET", "/v1/devices/me", "ffd_"),
        api.call("GET", "/v1/devices/me", "ffd_" + "A" * 64),
        api.call("GET", "/v1/app", headers={"Authorization": "Basic eDp4"}),
    ]
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert statuses == [200, 401, 401, 401, 401, 401, 401]


LIQUID = {
    "deep ifs": "{% if a %}" * 370 + "{% endif %}" * 30,
    "closed deep ifs": "{% if a %}" * 190 + "{% endif %}" * 190,
    "deep loops": "{% for a in b %}" * 140 + "{% endfor %}" * 140,
    "long chain": "{{ a" + ".a" * 2000 + " }}",
    "many filters": "{{ a" + " | upcase" * 400 + " }}",
    "deep brackets": "{{ a" + "[a" * 1000 + "]" * 1000 + " }}",
    "deep parentheses": "{% if " + "(" * 1900 + "a" + ")" * 1900 + " %}{% endif %}",
    "a huge number": "{{ " + "9" * 4000 + " }}",
    "a huge range": "{% for i in (1..99999999999) %}x{% endfor %}",
    "an include": "{% include 'x' %}",
    "a division by zero": "{{ 1 | divided_by: 0 }}",
    "raw and comments": "{% raw %}{% comment %}",
    "NUL": "{{ a\0b }}",
}


@pytest.mark.parametrize("text", LIQUID.values(), ids=LIQUID.keys())
async def test_no_template_breaks_composing(api: Api, tenant: Tenant, text: str) -> None:
    content = {"default_locale": "en", "translations": {"en": {"title": "x", "body": text[:4096]}}}
    answer = await api.call("POST", "/v1/campaigns", tenant.owner, draft(content=content))
    assert answer.status_code in (201, 400), answer.text
