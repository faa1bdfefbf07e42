"""An SDK in the life of a phone, beside the real server: what it says and does must be counted there."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdk_contracts.conformance.sdk.driver import Driver
from tests.integration.api.serving import Api, draft

PATIENCE_SECONDS = 40


async def lives(api: Api, command: Sequence[str], storage: Path) -> None:
    """Register, log in, hear of a message live, read it, report it; be shown a push, report it by its receipt; go."""
    tenant = await api.tenant()
    driver = await asyncio.to_thread(Driver, command, storage)

    async def do(what: str, **given: Any) -> Any:
        return await asyncio.to_thread(driver.do, what, **given)

    async def ids(count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found := (await do("watched"))["ids"]) != count:
                await asyncio.sleep(0.1)
        return list(found)

    async def counted(campaign: str, **expected: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                numbers = (await api.call("GET", f"/v1/campaigns/{campaign}/metrics", tenant.owner)).json()["total"]
                if {name: numbers[name] for name in expected} == expected:
                    return
                await asyncio.sleep(0.1)

    try:
        await asyncio.to_thread(driver.start, api.url, tenant.publishable)
        device_id = (await do("register", topics=["news"]))["device_id"]
        await do("login", external_id="ada")
        await do("watch")
        campaign = await api.launch(tenant, audience={"include": {"device_ids": [device_id]}})
        (item_id,) = await ids(1)
        await do("mark", item_id=item_id, verb="read")
        assert await do("summary") == {"unread": 0, "unseen": 0}
        rows = (await api.call("GET", f"/v1/campaigns/{campaign}/recipients", tenant.owner)).json()["items"]
        await do("report", kind="opened", delivery_id=rows[0]["delivery_id"])
        await counted(campaign, opened=1)

        other = await api.launch(tenant, **draft(audience={"include": {"device_ids": [device_id]}}))
        await ids(2)
        rows = (await api.call("GET", f"/v1/campaigns/{other}/recipients", tenant.owner)).json()["items"]
        delivery_id = rows[0]["delivery_id"]
        receipt = api.engine.tokens.receipt(tenant.app_id, delivery_id)
        payload = {"delivery_id": delivery_id, "receipt": receipt, "title": "Hello"}
        assert [(await do("push", payload=payload))["shown"] for _ in range(2)] == [True, False]
        await counted(other, received=1, displayed=1)
        await do("remove", item_id=(await do("inbox"))["ids"][0])
        await ids(1)
        await do("logout")
        assert (await do("inbox"))["ids"] == []
    finally:
        driver.kill()
