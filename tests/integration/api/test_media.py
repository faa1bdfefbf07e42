"""Images that were uploaded: kept once, shown to everybody, and not thrown away while they are needed."""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from push.media.model import MOST_BYTES, media_id
from tests.integration.api.serving import Api, Tenant, draft


def png(width: int = 40, height: int = 30, colour: int = 1) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), colour).save(out, "png")
    return out.getvalue()


async def uploaded(api: Api, tenant: Tenant, content: bytes, media_type: str = "image/png", **headers: str) -> Any:
    answer = await api.call(
        "POST", "/v1/media", tenant.owner, content=content, headers={"Content-Type": media_type, **headers}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def content_with(url: str) -> dict[str, Any]:
    return {"default_locale": "en", "translations": {"en": {"title": "Look"}}, "image_url": url}


async def test_an_image_is_shown_to_everybody_and_may_be_kept_for_good(api: Api, tenant: Tenant) -> None:
    made = await uploaded(api, tenant, png())
    assert made["url"] == f"{api.engine.settings.public_url}/media/{made['media_id']}"
    assert (made["type"], made["bytes"], made["width"], made["height"]) == ("image/png", len(png()), 40, 30)
    shown = await api.client.get(f"/media/{made['media_id']}")
    assert (shown.status_code, shown.content) == (200, png())
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["access-control-allow-origin"] == "*"
    assert "sandbox" in shown.headers["content-security-policy"]
    again = await api.client.get(f"/media/{made['media_id']}", headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_type_is_what_the_bytes_say_and_not_the_sender(api: Api, tenant: Tenant) -> None:
    made = await uploaded(api, tenant, png(), "image/gif")
    assert made["type"] == "image/png"
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>alert(1)</script>", b"", png()[:20]):
        headers = {"Content-Type": "image/png"}
        refused = await api.call("POST", "/v1/media", tenant.owner, content=content, headers=headers)
        assert refused.status_code == 400, refused.text
    assert len((await api.call("GET", "/v1/media", tenant.owner)).json()["items"]) == 1


async def test_the_same_bytes_are_one_image_of_an_app_and_another_of_another(api: Api, tenant: Tenant) -> None:
    other = await api.tenant("Other")
    first, again = await uploaded(api, tenant, png()), await uploaded(api, tenant, png())
    assert first == again
    theirs = await uploaded(api, other, png())
    assert theirs["media_id"] != first["media_id"]
    assert (await api.call("DELETE", f"/v1/media/{first['media_id']}", other.owner)).status_code == 404
    assert [each["media_id"] for each in (await api.call("GET", "/v1/media", other.owner)).json()["items"]] == [
        theirs["media_id"]
    ]
    log = (await api.call("GET", "/v1/audit", tenant.owner)).json()["items"]
    assert [(each["action"], each["object_id"]) for each in log] == [("media.uploaded", first["media_id"])]


async def test_one_that_is_too_long_is_refused_with_flat_memory(api: Api, tenant: Tenant) -> None:
    padded = png() + bytes(MOST_BYTES)
    headers = {"Content-Type": "image/png"}
    assert (await api.call("POST", "/v1/media", tenant.owner, content=padded, headers=headers)).status_code == 413

    async def endless() -> Any:
        for _ in range(64):
            yield bytes(1024 * 1024)

    before = memory()
    # The server may hang up on what is still being sent.
    with contextlib.suppress(OSError):
        answer = await api.call("POST", "/v1/media", tenant.owner, content=endless(), headers=headers)
        assert answer.status_code == 413
    assert memory() - before < 32 * 1024 * 1024
    assert (await uploaded(api, tenant, padded[:MOST_BYTES]))["bytes"] == MOST_BYTES


async def test_they_are_listed_newest_first_page_by_page(api: Api, tenant: Tenant) -> None:
    made = [(await uploaded(api, tenant, png(colour=number)))["media_id"] for number in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        answer = (await api.call("GET", f"/v1/media?limit=2&cursor={cursor}", tenant.owner)).json()
        seen += [each["media_id"] for each in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == made[::-1]
    assert (await api.call("GET", "/v1/media?cursor=Y21wXzA", tenant.owner)).status_code == 400


@pytest.mark.parametrize("place", ["content", "follow_up", "experiment"])
async def test_what_a_campaign_that_is_not_over_shows_is_not_thrown_away(
    api: Api, tenant: Tenant, worker: None, place: str
) -> None:
    made = await uploaded(api, tenant, png())
    content, path = content_with(made["url"]), f"/v1/media/{made['media_id']}"
    fields: dict[str, Any] = {
        "content": {"content": content},
        "follow_up": {"follow_up": {"after_seconds": 60, "channels": ["inbox"], "content": content}},
        "experiment": {
            "experiment": {
                "variants": [{"name": "A", "content": draft()["content"]}, {"name": "B", "content": content}]
            }
        },
    }[place]
    campaign = (await api.call("POST", "/v1/campaigns", tenant.owner, draft(name="With it", **fields))).json()["id"]
    refused = await api.call("DELETE", path, tenant.owner)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:fanfare:problem:media-in-use")
    assert "With it" in refused.json()["detail"]
    await api.call("POST", f"/v1/campaigns/{campaign}/launch", tenant.owner)
    await api.sent(tenant, campaign)
    if place == "follow_up":
        # Its second step is to come.
        assert (await api.call("DELETE", path, tenant.owner)).status_code == 409
        await api.call("POST", f"/v1/campaigns/{campaign}/cancel", tenant.owner)
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 204
    assert (await api.client.get(f"/media/{made['media_id']}")).status_code == 404
    assert (await api.call("DELETE", path, tenant.owner)).status_code == 404


async def test_what_a_template_shows_is_not_thrown_away(api: Api, tenant: Tenant) -> None:
    made = await uploaded(api, tenant, png())
    body = {"name": "Letter", "content": content_with(made["url"])}
    template = (await api.call("POST", "/v1/templates", tenant.owner, body)).json()["id"]
    assert (await api.call("DELETE", f"/v1/media/{made['media_id']}", tenant.owner)).status_code == 409
    await api.call("DELETE", f"/v1/templates/{template}", tenant.owner)
    assert (await api.call("DELETE", f"/v1/media/{made['media_id']}", tenant.owner)).status_code == 204


async def test_a_campaign_with_an_image_that_is_gone_is_not_launched(api: Api, tenant: Tenant) -> None:
    url = f"{api.engine.settings.public_url}/media/{media_id(tenant.app_id, b'never was')}"
    made = await api.call("POST", "/v1/campaigns", tenant.owner, draft(content=content_with(url)))
    path = f"/v1/campaigns/{made.json()['id']}"
    found = (await api.call("POST", f"{path}/check", tenant.owner)).json()["errors"]
    assert [(each["code"], each["pointer"]) for each in found] == [("dead_link", "/content/image_url")]
    assert (await api.call("POST", f"{path}/launch", tenant.owner)).status_code == 409
    await uploaded(api, tenant, png())
    good = (await api.call("GET", "/v1/media", tenant.owner)).json()["items"][0]["url"]
    await api.call("PATCH", path, tenant.owner, {"content": content_with(good)})
    assert (await api.call("POST", f"{path}/launch", tenant.owner)).status_code == 200


@pytest.mark.parametrize("name", ["med_0", "med_" + "0" * 48, "..%2F..%2Fetc%2Fpasswd", "app_" + "0" * 48, "%00"])
async def test_an_address_that_names_nothing_shows_nothing(api: Api, name: str) -> None:
    assert (await api.client.get(f"/media/{name}")).status_code == 404


async def test_only_those_who_compose_upload_and_throw_away(api: Api, tenant: Tenant) -> None:
    made = await uploaded(api, tenant, png())
    headers = {"Content-Type": "image/png"}
    for role, may_list in (("analyst", 200), ("sender", 403)):
        key = await api.key(tenant, role)
        assert (await api.call("POST", "/v1/media", key, content=png(), headers=headers)).status_code == 403
        assert (await api.call("DELETE", f"/v1/media/{made['media_id']}", key)).status_code == 403
        assert (await api.call("GET", "/v1/media", key)).status_code == may_list
    author = await api.key(tenant, "author")
    answer = await api.call("POST", "/v1/media", author, content=png(colour=2), headers=headers)
    assert answer.status_code == 201
