"""Many phones open at once after a push: each is served in time or told when to come back (check 43)."""

import asyncio
from collections import Counter

from api.settings import ApiSettings
from push.settings import Settings
from tests.integration.api.serving import serving, working


async def test_a_storm_is_served_or_turned_away_cleanly_and_operators_are_not_shed(settings: Settings) -> None:
    async with serving(settings, ApiSettings(most_at_once=8)) as api, working(settings):
        tenant = await api.tenant()
        phones = [await api.phone(tenant, f"install-{number}") for number in range(5)]
        await api.sent(tenant, await api.launch(tenant))
        seen: Counter[int] = Counter()

        async def opens(number: int) -> None:
            path = ("/v1/inbox", "/v1/inbox/summary")[number % 2]
            answer = await api.call("GET", path, phones[number % 5].key)
            seen[answer.status_code] += 1
            if answer.status_code == 429:
                assert answer.headers["content-type"] == "application/problem+json"
                assert 2 <= int(answer.headers["retry-after"]) <= 10
            else:
                assert answer.json()["unread"] == 1

        async def operates() -> None:
            assert (await api.call("GET", "/health/ready")).status_code == 200
            assert (await api.call("GET", "/v1/campaigns", tenant.owner)).status_code == 200

        async with asyncio.TaskGroup() as group:
            for number in range(600):
                group.create_task(opens(number))
                if number % 60 == 0:
                    group.create_task(operates())
        assert set(seen) == {200, 429}
        assert seen.total() == 600
        # Once it is over, everybody is served again.
        assert (await api.call("GET", "/v1/inbox", phones[0].key)).status_code == 200
